// Counts normalized values into the cells of one method's histogram. Arithmetic is float32 around a pivot inside the
// window, so that rounding moves an edge by less than 1/256 of a cell; float64 outside the window, and for units whose
// parameters do not fit a float32.

// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { addOutside, Fill } from './histogram';

/** As in src/kernel/statistics/grid.ts. */
const MAX_WINDOW: i32 = 16384;
/** A cell of a window has four counts, uint16 each, so that equal neighbors do not wait for each other: 8 bytes. */
const CELL_BITS: i32 = 3;
/** Values that the four counts of a cell hold together: each has every fourth value, up to 2^16 − 1 of them. */
const MOST_VALUES: i32 = 4 * 0xffff;
/**
 * Windows of the even and the odd samples, for the histogram that is being filled; all counts are 0 otherwise. Past a
 * window's last cell is one for the values outside it.
 */
const EVEN_WINDOW: usize = memory.data(8 * (MAX_WINDOW + 4), 16);
const ODD_WINDOW: usize = memory.data(8 * (MAX_WINDOW + 4), 16);
/** Values that are in the windows. */
let counted: i32 = 0;

/**
 * Addresses of the cells of some values, int32 each: to take them from memory one by one needs fewer steps than to take
 * them from a vector, and those of many values are known before the first is counted.
 */
const QUEUE_BYTES: i32 = 2048;
const QUEUE: usize = memory.data(QUEUE_BYTES, 16);

/** Bytes of a run's sample, channel and position. */
const ROLE_BYTES: usize = 12;
/** Number of values up to which short runs are counted together. */
const TOGETHER: i32 = 4096;
/** Rows that are counted side by side, so that maps are loaded once for all of them. */
const ROWS: i32 = 4;

/** Adding 2^23 leaves a float32 between 0 and 2^22 as the nearest integer in its lower bits. */
const BIAS: f32 = 8388608.0;
/** The bits of {@link BIAS} plus 1: those of the window's first cell, which is number 1. */
const FIRST_BITS: i32 = 0x4b000001;

/** Counts the values of four queued cells, each in another of its cell's counts. */
function countFour(queued: usize): void {
  const a = <usize>load<u32>(queued);
  store<u16>(a, load<u16>(a) + 1);
  const b = <usize>load<u32>(queued, 4);
  store<u16>(b, load<u16>(b, 2) + 1, 2);
  const c = <usize>load<u32>(queued, 8);
  store<u16>(c, load<u16>(c, 4) + 1, 4);
  const d = <usize>load<u32>(queued, 12);
  store<u16>(d, load<u16>(d, 6) + 1, 6);
}

/** Counts the values of all queued cells. */
function countQueue(end: usize): void {
  let at = QUEUE;
  for (; at + 32 <= end; at += 32) {
    countFour(at);
    countFour(at + 16);
  }
  if (at < end) countFour(at);
}

/** Queues cells of a window whose first is at address `first`; for values outside it, the cell past its `size` ones. */
function queueFour(to: usize, cells: v128, size: v128, first: v128): void {
  v128.store(to, i32x4.add(i32x4.shl(i32x4.min_u(cells, size), CELL_BITS), first));
}

/** Numbers of values' cells in the window, from 0; for values outside it and NaN, as unsigned integers, at least its size. */
function cellsOf(x: v128, pivots: v128, factors: v128, offsets: v128): v128 {
  const places = f32x4.add(f32x4.mul(f32x4.sub(x, pivots), factors), offsets);
  return i32x4.sub(f32x4.add(places, f32x4.splat(BIAS)), i32x4.splat(FIRST_BITS));
}

/** Counts n values of one unit of an even or odd sample. {@link endFill} must follow. */
export function fillStretch(x: usize, n: i32, unit: i32, fill: Fill, sample: i32): void {
  beginRun(n, fill);
  fillSegments(x, n, unit, n, n, fill, sample);
}

/** Makes room for n more values. */
function beginRun(n: i32, fill: Fill): void {
  if (counted + n > MOST_VALUES) endFill(fill);
  counted += n;
}

/** Counts n values: `head` of a unit, then `segment` of the next, and so on. */
function fillSegments(x: usize, n: i32, unit: i32, head: i32, segment: i32, fill: Fill, sample: i32): void {
  const column = (<usize>fill.units) << 2;
  const table = fill.tableOf(sample);
  const window = windowOf(sample);
  const size = i32x4.splat(fill.size);
  const first = i32x4.splat(<i32>window);
  const begin = x;
  const end = x + ((<usize>n) << 2);
  const full = QUEUE + <usize>QUEUE_BYTES;
  let own = unit;
  let at = fill.places + ((<usize>unit) << 2);
  let stop = min<usize>(end, x + ((<usize>head) << 2));
  let to = QUEUE;
  while (x < end) {
    const pivots = v128.load32_splat(at);
    const factors = v128.load32_splat(at + column);
    const offsets = v128.load32_splat(at + 2 * column);
    while (x + 16 <= stop) {
      const part = min<usize>(stop, x + (full - to));
      for (; x + 32 <= part; x += 32) {
        queueFour(to, cellsOf(v128.load(x), pivots, factors, offsets), size, first);
        queueFour(to + 16, cellsOf(v128.load(x, 16), pivots, factors, offsets), size, first);
        to += 32;
      }
      if (x + 16 <= part) {
        queueFour(to, cellsOf(v128.load(x), pivots, factors, offsets), size, first);
        to += 16;
        x += 16;
      }
      if (to === full) {
        countQueue(to);
        to = QUEUE;
      }
    }
    if (x < stop) countEach(x, <i32>((stop - x) >> 2), own, 0, fill, table);
    x = stop;
    stop = min<usize>(end, stop + ((<usize>segment) << 2));
    own++;
    at += 4;
  }
  countQueue(to);
  if (hasOutside(fill, window)) countOutside(begin, n, unit, head, segment, fill, table);
}

/** Like {@link fillSegments}, for neighbors that are each in a separate unit, from `unit` on. */
function fillColumns(x: usize, n: i32, unit: i32, fill: Fill, sample: i32): void {
  const column = (<usize>fill.units) << 2;
  const table = fill.tableOf(sample);
  const window = windowOf(sample);
  const size = i32x4.splat(fill.size);
  const first = i32x4.splat(<i32>window);
  const full = QUEUE + <usize>QUEUE_BYTES;
  let at = fill.places + ((<usize>unit) << 2);
  let to = QUEUE;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const own = v128.load(x + ((<usize>i) << 2));
    const offsets = v128.load(at + 2 * column);
    queueFour(to, cellsOf(own, v128.load(at), v128.load(at + column), offsets), size, first);
    at += 16;
    to += 16;
    if (to === full) {
      countQueue(to);
      to = QUEUE;
    }
  }
  countQueue(to);
  if (i < n) countEach(x + ((<usize>i) << 2), n - i, unit + i, 1, fill, table);
  if (hasOutside(fill, window)) countColumnsOutside(x, i, unit, fill, table);
}

/**
 * Counts `rows` rows of n neighbors whose maps are those of the first row, which begins with `unit`. Rows are a multiple
 * of {@link ROWS}, and n is one of 4: that many neighbors have maps of their own, or one together.
 */
function fillTiles(x: usize, n: i32, rows: i32, unit: i32, fill: Fill, sample: i32): void {
  const segment = fill.segment;
  const column = (<usize>fill.units) << 2;
  const window = windowOf(sample);
  const size = i32x4.splat(fill.size);
  const first = i32x4.splat(<i32>window);
  const full = QUEUE + <usize>QUEUE_BYTES;
  const stride = (<usize>n) << 2;
  const begin = fill.places + ((<usize>unit) << 2);
  let to = QUEUE;
  let from = x;
  for (let row = 0; row < rows; row += ROWS) {
    let at = begin;
    let left = segment;
    for (const end = from + stride; from < end; from += 16) {
      let pivots: v128;
      let factors: v128;
      let offsets: v128;
      if (segment === 1) {
        pivots = v128.load(at);
        factors = v128.load(at + column);
        offsets = v128.load(at + 2 * column);
        at += 16;
      } else {
        pivots = v128.load32_splat(at);
        factors = v128.load32_splat(at + column);
        offsets = v128.load32_splat(at + 2 * column);
        left -= 4;
        if (left === 0) {
          left = segment;
          at += 4;
        }
      }
      const lower = from + 2 * stride;
      queueFour(to, cellsOf(v128.load(from), pivots, factors, offsets), size, first);
      queueFour(to + 16, cellsOf(v128.load(from + stride), pivots, factors, offsets), size, first);
      queueFour(to + 32, cellsOf(v128.load(lower), pivots, factors, offsets), size, first);
      queueFour(to + 48, cellsOf(v128.load(lower + stride), pivots, factors, offsets), size, first);
      to += 64;
      if (to === full) {
        countQueue(to);
        to = QUEUE;
      }
    }
    from += (ROWS - 1) * stride;
  }
  countQueue(to);
  if (!hasOutside(fill, window)) return;
  const table = fill.tableOf(sample);
  for (let row = 0; row < rows; row++) {
    if (segment === 1) countColumnsOutside(x, n, unit, fill, table);
    else countOutside(x, n, unit, segment, segment, fill, table);
    x += stride;
  }
}

/** Of n neighbors that are each in a separate unit, from `unit` on, counts those outside the window; n is a multiple of 4. */
function countColumnsOutside(x: usize, n: i32, unit: i32, fill: Fill, table: usize): void {
  const column = (<usize>fill.units) << 2;
  const size = i32x4.splat(fill.size);
  let at = fill.places + ((<usize>unit) << 2);
  for (let i = 0; i < n; i += 4) {
    const cells = cellsOf(v128.load(x), v128.load(at), v128.load(at + column), v128.load(at + 2 * column));
    if (v128.any_true(i32x4.ge_u(cells, size))) countEachOutside(x, 4, unit + i, 1, fill, table);
    x += 16;
    at += 16;
  }
}

function windowOf(sample: i32): usize {
  return sample & 1 ? ODD_WINDOW : EVEN_WINDOW;
}

/** Whether there are values in the cell past the window, which this clears. */
function hasOutside(fill: Fill, window: usize): bool {
  const at = window + ((<usize>fill.size) << CELL_BITS);
  if (load<u64>(at) === 0) return false;
  store<u64>(at, 0);
  return true;
}

/** Counts values one by one, of units that are `step` apart. */
function countEach(x: usize, n: i32, unit: i32, step: i32, fill: Fill, table: usize): void {
  const first = table + ((<usize>fill.below) << 2);
  for (let i = 0; i < n; i++) {
    const at = x + ((<usize>i) << 2);
    const own = unit + i * step;
    const cell = cellOf(at, own, fill);
    if (<u32>cell < <u32>fill.size) {
      const to = first + ((<usize>cell) << 2);
      store<u32>(to, load<u32>(to) + 1);
    } else addOutside(at, own, fill, table);
  }
}

/** As {@link cellsOf}, for one value. */
function cellOf(x: usize, unit: i32, fill: Fill): i32 {
  const column = (<usize>fill.units) << 2;
  const at = fill.places + ((<usize>unit) << 2);
  const place = (load<f32>(x) - load<f32>(at)) * load<f32>(at + column) + load<f32>(at + 2 * column);
  return reinterpret<i32>(place + BIAS) - FIRST_BITS;
}

/** Of the values that {@link fillSegments} counts four at a time, counts those outside the window. */
function countOutside(x: usize, n: i32, unit: i32, head: i32, segment: i32, fill: Fill, table: usize): void {
  const column = (<usize>fill.units) << 2;
  const size = i32x4.splat(fill.size);
  const end = x + ((<usize>n) << 2);
  let stop = min<usize>(end, x + ((<usize>head) << 2));
  for (; x < end; unit++) {
    const at = fill.places + ((<usize>unit) << 2);
    const pivots = v128.load32_splat(at);
    const factors = v128.load32_splat(at + column);
    const offsets = v128.load32_splat(at + 2 * column);
    for (; x + 16 <= stop; x += 16) {
      const cells = cellsOf(v128.load(x), pivots, factors, offsets);
      if (v128.any_true(i32x4.ge_u(cells, size))) countEachOutside(x, 4, unit, 0, fill, table);
    }
    x = stop;
    stop = min<usize>(end, stop + ((<usize>segment) << 2));
  }
}

/** Counts those outside the window of values of units that are `step` apart. */
function countEachOutside(x: usize, n: i32, unit: i32, step: i32, fill: Fill, table: usize): void {
  for (let i = 0; i < n; i++) {
    const at = x + ((<usize>i) << 2);
    const own = unit + i * step;
    if (<u32>cellOf(at, own, fill) >= <u32>fill.size) addOutside(at, own, fill, table);
  }
}

/**
 * Counts `runs` runs of n neighbors, one after the other, each from `offset` neighbors after its origin on. `roles` has
 * sample, channel and position of each run's origin, int32. {@link endFill} must follow.
 */
export function fillRuns(x: usize, n: i32, runs: i32, offset: i32, roles: usize, fill: Fill): void {
  const segment = fill.segment;
  const canTile = n % 4 === 0 && (segment === 1 || segment % 4 === 0);
  for (let run = 0; run < runs; ) {
    const role = roles + <usize>run * ROLE_BYTES;
    const sample = load<i32>(role);
    const unit = unitOfRun(role, fill);
    const most = min<i32>(runs - run, TOGETHER / n);
    let step = 0;
    let many = 1;
    if (segment === 0) {
      if (most > 1) step = unitOfRun(role + ROLE_BYTES, fill) - unit;
      if (step === 0 || step === 1) many = runsAlike(role, most, step, fill);
    } else if (canTile && most >= ROWS) many = max<i32>(1, runsAlike(role, most, 0, fill) & -ROWS);
    const all = n * many;
    beginRun(all, fill);
    if (segment === 0) fillSegments(x, all, unit, step === 1 ? n : all, n, fill, sample);
    else if (many > 1) fillTiles(x, n, many, unit, fill, sample);
    else if (segment === 1) fillColumns(x, n, unit + offset, fill, sample);
    else fillSegments(x, n, unit + offset / segment, segment - (offset % segment), segment, fill, sample);
    x += (<usize>all) << 2;
    run += many;
  }
}

/** Unit of a run's origin. */
function unitOfRun(role: usize, fill: Fill): i32 {
  return fill.unitOf(load<i32>(role), load<i32>(role, 4), load<i32>(role, 8));
}

/** How many of the next runs, from 1 to `most`, are of one sample and have units that are `step` apart. */
function runsAlike(role: usize, most: i32, step: i32, fill: Fill): i32 {
  const sample = load<i32>(role);
  let unit = unitOfRun(role, fill);
  let many = 1;
  for (; many < most; many++) {
    role += ROLE_BYTES;
    unit += step;
    if (load<i32>(role) !== sample || unitOfRun(role, fill) !== unit) break;
  }
  return many;
}

/** Moves the counts from the windows to the tables of the histogram that is being filled. */
export function endFill(fill: Fill): void {
  if (counted === 0) return;
  counted = 0;
  moveWindow(EVEN_WINDOW, fill, fill.even);
  moveWindow(ODD_WINDOW, fill, fill.odd);
}

/** Cells are moved four at a time: past the last one, there is room in windows and tables. */
function moveWindow(window: usize, fill: Fill, table: usize): void {
  const zero = i32x4.splat(0);
  let to = table + ((<usize>fill.below) << 2);
  const end = to + ((<usize>fill.size) << 2);
  for (; to < end; to += 16) {
    const low = i32x4.extadd_pairwise_i16x8_u(v128.load(window));
    const high = i32x4.extadd_pairwise_i16x8_u(v128.load(window, 16));
    const counts = i32x4.add(
      v128.shuffle<i32>(low, high, 0, 2, 4, 6),
      v128.shuffle<i32>(low, high, 1, 3, 5, 7),
    );
    v128.store(to, i32x4.add(v128.load(to), counts));
    v128.store(window, zero);
    v128.store(window, zero, 16);
    window += 32;
  }
}
