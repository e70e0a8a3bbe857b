// Counts normalized values into the cells of one method's histogram. Arithmetic is float32 around a pivot inside the
// window, so that rounding moves an edge by less than 1/256 of a cell; float64 outside the window, and for units whose
// parameters do not fit a float32.

/** One method's histogram of a record; src/kernel/record/simdHistogram.ts writes it. */
@unmanaged
export class Fill {
  /** Unit of sample n, channel c and position p: n · nStride + p · pStride + channelUnit[c]. */
  nStride: i32;
  pStride: i32;
  channelUnit: usize;
  /** Number of neighbors in a run that are in one unit, followed by the next unit; 0 if all are in one. */
  segment: i32;
  units: i32;
  /** float64 per unit: value x is at position (x − shift)·scale + offset of the grid, in cells. No offsets: 0. */
  shift: usize;
  scale: usize;
  offset: usize;
  /** Written by {@link writePlaces}. */
  places: usize;
  /** Cells below, in, and above the window, in this order in each table. */
  below: i32;
  size: i32;
  above: i32;
  /** Number of values that were placed one by one within their cells. */
  placed: u32;
  /** Of the even and the odd samples: tables of counts, uint32 each, with room for three more; and windows of rebin.ts. */
  even: usize;
  odd: usize;
  evenWindow: usize;
  oddWindow: usize;
  /** Number of the window's first cell. */
  first: f64;

  @inline tableOf(sample: i32): usize {
    return sample & 1 ? this.odd : this.even;
  }

  @inline
  windowOf(sample: i32): usize {
    return sample & 1 ? this.oddWindow : this.evenWindow;
  }

  @inline unitOf(sample: i32, channel: i32, position: i32): i32 {
    return (
      sample * this.nStride + position * this.pStride + load<i32>(this.channelUnit + ((<usize>channel) << 2))
    );
  }

  @inline shiftOf(unit: i32): f64 {
    return load<f64>(this.shift + ((<usize>unit) << 3));
  }

  @inline
  scaleOf(unit: i32): f64 {
    return load<f64>(this.scale + ((<usize>unit) << 3));
  }

  /** (x − shift)·scale + start is a place within the window. */
  @inline
  startOf(unit: i32): f64 {
    return this.offset ? load<f64>(this.offset + ((<usize>unit) << 3)) - this.first : -this.first;
  }

  @inline
  placeOf(x: f64, unit: i32): f64 {
    return (x - this.shiftOf(unit)) * this.scaleOf(unit) + this.startOf(unit);
  }
}

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

/** Adding 2^23 leaves a float32 between 0 and 2^22 as the nearest integer in its lower bits. */
const BIAS: f32 = 8388608.0;
/** The bits of {@link BIAS} plus 1: those of the window's first cell, which is number 1. */
const FIRST_BITS: i32 = 0x4b000001;
/**
 * Added to a value's position, in cells. Rounding in float32 moves a position by at most 1/512 of a cell; values
 * exactly on an edge, such as the zeros of a ReLU, must not fall below it.
 */
const NUDGE: f64 = 3.0 / 1024.0;
/** Tail cells double their width every 2^TAIL_BITS cells. */
const TAIL_BITS: i32 = 6;

/** Cell of the table at a place within the window, in float64; a tail's outermost holds whatever is farther. */
export function cellAt(fill: Fill, place: f64): i32 {
  const below = fill.below;
  const size = fill.size;
  if (place < 0) return max<i32>(0, below - 1 - tailIndex(-place));
  if (place < <f64>size) return below + <i32>place;
  return min<i32>(below + size + fill.above - 1, below + size + tailIndex(place - <f64>size));
}

/** As `tailIndex` of src/kernel/statistics/sketch.ts: the upper bits of a float64 are linear within each power of two. */
function tailIndex(distance: f64): i32 {
  const y = 1 + distance / <f64>(1 << TAIL_BITS);
  return <i32>(reinterpret<i64>(y) >> (52 - TAIL_BITS)) - (1023 << TAIL_BITS);
}

export function addAt(fill: Fill, table: usize, place: f64, count: i32): void {
  const at = table + ((<usize>cellAt(fill, place)) << 2);
  store<u32>(at, load<u32>(at) + <u32>count);
}

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

/**
 * Writes the units' maps in cells, from float64 scales and offsets (0: none) times `factor`; and as float32: all pivots,
 * all scales, all offsets. Of a unit that does not fit a float32 the offset is NaN, so that no place is inside the window
 * and every value is counted in float64.
 */
export function writePlaces(fill: Fill, scales: usize, offsets: usize, factor: f64): void {
  const units = fill.units;
  const column = (<usize>units) << 2;
  const factors = f64x2.splat(factor);
  const first = f64x2.splat(fill.first);
  const middle = f64x2.splat(<f64>fill.size / 2);
  // Rounding instead of truncating takes off half a cell; the window's first is number 1.
  const added = f64x2.splat(0.5 + NUDGE);
  const most = f32x4.splat(<f32>(fill.size + 1));
  const nothing = f64x2.splat(0);
  for (let unit = 0; unit < units; unit += 2) {
    // Of an odd number of units, the one before the last is done again. Next to a single one, there is room for another,
    // and each column is written over the end of the one before.
    const own = max<i32>(0, min<i32>(unit, units - 2));
    const from = (<usize>own) << 3;
    const shift = v128.load(fill.shift + from);
    const scale = f64x2.mul(v128.load(scales + from), factors);
    const offset = offsets ? f64x2.mul(v128.load(offsets + from), factors) : nothing;
    const start = offsets ? f64x2.sub(offset, first) : f64x2.neg(first);
    // In the middle of the window, so that differences from it are small where accuracy matters.
    const pivot = f32x4.demote_f64x2_zero(f64x2.add(shift, f64x2.div(f64x2.sub(middle, start), scale)));
    const distance = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(pivot), shift), scale);
    const place = f32x4.demote_f64x2_zero(f64x2.add(f64x2.add(distance, start), added));
    const scaled = f32x4.demote_f64x2_zero(scale);
    // The pivot is the nearest float32 to the middle; far from it, the window is finer than float32.
    const size = f32x4.abs(scaled);
    const fits = v128.and(
      v128.and(f32x4.ge(size, f32x4.splat(1e-36)), f32x4.lt(size, f32x4.splat(Infinity))),
      v128.and(f32x4.ge(place, f32x4.splat(0)), f32x4.le(place, most)),
    );
    const at = fill.places + ((<usize>own) << 2);
    v128.store(fill.scale + from, scale);
    if (offsets) v128.store(fill.offset + from, offset);
    v128.store64_lane(at, pivot, 0);
    v128.store64_lane(at + column, scaled, 0);
    // All bits set are NaN.
    v128.store64_lane(at + 2 * column, v128.or(place, v128.not(fits)), 0);
  }
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
  if (hasOutside(fill, window)) countEachOutside(x, i, unit, 1, fill, table);
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

/** Counts a value that is outside the window in float32; not if it is not finite. */
function addOutside(x: usize, unit: i32, fill: Fill, table: usize): void {
  const value = load<f32>(x);
  if (value - value === 0) addAt(fill, table, fill.placeOf(<f64>value, unit), 1);
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
  for (let run = 0; run < runs; run++) {
    const role = roles + <usize>run * 12;
    const sample = load<i32>(role);
    const unit = fill.unitOf(sample, load<i32>(role, 4), load<i32>(role, 8));
    beginRun(n, fill);
    if (segment === 0) fillSegments(x, n, unit, n, n, fill, sample);
    else if (segment === 1) fillColumns(x, n, unit + offset, fill, sample);
    else fillSegments(x, n, unit + offset / segment, segment - (offset % segment), segment, fill, sample);
    x += (<usize>n) << 2;
  }
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
