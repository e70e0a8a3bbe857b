// Counts normalized values into the cells of one method's histogram. Arithmetic is float32 around a pivot inside the
// window, so that rounding moves an edge by less than 1/256 of a cell; float64 outside the window, and for units whose
// parameters do not fit a float32.

/** One method's histogram of a record; src/kernel/record/simdHistogram.ts writes it. Cells are in pairs of counts, uint32 each. */
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
  /** Of the even and the odd samples: tables, and windows of rebin.ts. */
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

/** Bytes between neighboring cells of a table: two counts, so that equal neighbors do not wait for each other. */
const PAIR_BITS: i32 = 3;
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
  const at = table + ((<usize>cellAt(fill, place)) << PAIR_BITS);
  store<u32>(at, load<u32>(at) + <u32>count);
}

function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** The second count of a pair. */
function incrementSecond(at: usize): void {
  store<u32>(at, load<u32>(at, 4) + 1, 4);
}

/** Counts four places, given the addresses of their cells. Two at a time leave a vector in half the steps. */
function incrementAll(cells: v128): void {
  const low = i64x2.extract_lane(cells, 0);
  increment(<usize>low);
  incrementSecond(<usize>(low >>> 32));
  const high = i64x2.extract_lane(cells, 1);
  increment(<usize>high);
  incrementSecond(<usize>(high >>> 32));
}

/** Address of the window's first cell. */
function windowAt(fill: Fill, table: usize): i32 {
  return <i32>table + (fill.below << PAIR_BITS);
}

/** Cell numbers within the window, from 0; for places outside and for NaN, as unsigned integers, at least its size. */
function cellsOf(places: v128): v128 {
  return i32x4.sub(f32x4.add(places, f32x4.splat(BIAS)), i32x4.splat(FIRST_BITS));
}

function addressesOf(cells: v128, first: v128): v128 {
  return i32x4.add(i32x4.shl(cells, PAIR_BITS), first);
}

/** Whether all are at most `last`, compared as unsigned integers. */
function areInside(a: v128, b: v128, last: v128): bool {
  const greatest = i32x4.max_u(a, b);
  return i32x4.bitmask(v128.or(greatest, i32x4.sub(last, greatest))) === 0;
}

/**
 * Writes the units' maps as float32: all pivots, all scales, all offsets. Of a unit that does not fit a float32 the offset
 * is NaN, so that no place is inside the window and every value is counted in float64.
 */
export function writePlaces(fill: Fill): void {
  const units = fill.units;
  const column = (<usize>units) << 2;
  const middle = <f64>fill.size / 2;
  for (let unit = 0; unit < units; unit++) {
    const scale = fill.scaleOf(unit);
    // In the middle of the window, so that differences from it are small where accuracy matters.
    const pivot = <f32>(fill.shiftOf(unit) + (middle - fill.startOf(unit)) / scale);
    // Rounding instead of truncating takes off half a cell; the window's first is number 1.
    const offset = <f32>(fill.placeOf(<f64>pivot, unit) + 0.5 + NUDGE);
    const factor = <f32>scale;
    // The pivot is the nearest float32 to the middle; far from it, the window is finer than float32.
    const fits =
      abs<f32>(factor) >= 1e-36 &&
      abs<f32>(factor) < Infinity &&
      offset >= 0 &&
      offset <= <f32>(fill.size + 1);
    const at = fill.places + ((<usize>unit) << 2);
    store<f32>(at, pivot);
    store<f32>(at + column, factor);
    store<f32>(at + 2 * column, fits ? offset : NaN);
  }
}

/** Counts n values of one unit. */
export function fillStretch(x: usize, n: i32, unit: i32, fill: Fill, table: usize): void {
  fillSegments(x, n, unit, n, n, fill, table);
}

/** Counts n values: `head` of a unit, then `segment` of the next, and so on. */
function fillSegments(x: usize, n: i32, unit: i32, head: i32, segment: i32, fill: Fill, table: usize): void {
  const column = (<usize>fill.units) << 2;
  const last = i32x4.splat(fill.size - 1);
  const first = i32x4.splat(windowAt(fill, table));
  const end = x + ((<usize>n) << 2);
  let at = fill.places + ((<usize>unit) << 2);
  let stop = min<usize>(end, x + ((<usize>head) << 2));
  while (x < end) {
    const pivots = v128.load32_splat(at);
    const factors = v128.load32_splat(at + column);
    const offsets = v128.load32_splat(at + 2 * column);
    for (; x + 32 <= stop; x += 32) {
      const a = cellsOf(f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), pivots), factors), offsets));
      const b = cellsOf(f32x4.add(f32x4.mul(f32x4.sub(v128.load(x, 16), pivots), factors), offsets));
      if (areInside(a, b, last)) {
        incrementAll(addressesOf(a, first));
        incrementAll(addressesOf(b, first));
      } else countEach(x, 8, unit, 0, fill, table);
    }
    if (x + 16 <= stop) {
      const a = cellsOf(f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), pivots), factors), offsets));
      if (areInside(a, a, last)) incrementAll(addressesOf(a, first));
      else countEach(x, 4, unit, 0, fill, table);
      x += 16;
    }
    if (x < stop) countEach(x, <i32>((stop - x) >> 2), unit, 0, fill, table);
    x = stop;
    stop = min<usize>(end, stop + ((<usize>segment) << 2));
    unit++;
    at += 4;
  }
}

/** Like {@link fillStretch}, for neighbors that are each in a separate unit, from `unit` on. */
function fillColumns(x: usize, n: i32, unit: i32, fill: Fill, table: usize): void {
  const column = (<usize>fill.units) << 2;
  const last = i32x4.splat(fill.size - 1);
  const first = i32x4.splat(windowAt(fill, table));
  let at = fill.places + ((<usize>unit) << 2);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const from = x + ((<usize>i) << 2);
    const centered0 = f32x4.sub(v128.load(from), v128.load(at));
    const centered1 = f32x4.sub(v128.load(from, 16), v128.load(at, 16));
    const a = cellsOf(f32x4.add(f32x4.mul(centered0, v128.load(at + column)), v128.load(at + 2 * column)));
    const b = cellsOf(
      f32x4.add(f32x4.mul(centered1, v128.load(at + column, 16)), v128.load(at + 2 * column, 16)),
    );
    if (areInside(a, b, last)) {
      incrementAll(addressesOf(a, first));
      incrementAll(addressesOf(b, first));
    } else countEach(from, 8, unit + i, 1, fill, table);
    at += 32;
  }
  if (i < n) countEach(x + ((<usize>i) << 2), n - i, unit + i, 1, fill, table);
}

/** Counts values one by one, of units that are `step` apart. */
function countEach(x: usize, n: i32, unit: i32, step: i32, fill: Fill, table: usize): void {
  const column = (<usize>fill.units) << 2;
  const first = windowAt(fill, table);
  for (let i = 0; i < n; i++) {
    const own = unit + i * step;
    const at = fill.places + ((<usize>own) << 2);
    const value = load<f32>(x + ((<usize>i) << 2));
    const place = (value - load<f32>(at)) * load<f32>(at + column) + load<f32>(at + 2 * column);
    const cell = reinterpret<i32>(place + BIAS) - FIRST_BITS;
    if (<u32>cell < <u32>fill.size) increment((cell << PAIR_BITS) + first);
    else if (value - value === 0) addAt(fill, table, fill.placeOf(<f64>value, own), 1);
  }
}

/**
 * Counts `runs` runs of n neighbors, one after the other, each from `offset` neighbors after its origin on. `roles` has
 * sample, channel and position of each run's origin, int32.
 */
export function fillRuns(x: usize, n: i32, runs: i32, offset: i32, roles: usize, fill: Fill): void {
  const segment = fill.segment;
  for (let run = 0; run < runs; run++) {
    const role = roles + <usize>run * 12;
    const sample = load<i32>(role);
    const unit = fill.unitOf(sample, load<i32>(role, 4), load<i32>(role, 8));
    const table = fill.tableOf(sample);
    if (segment === 0) fillStretch(x, n, unit, fill, table);
    else if (segment === 1) fillColumns(x, n, unit + offset, fill, table);
    else fillSegments(x, n, unit + offset / segment, segment - (offset % segment), segment, fill, table);
    x += (<usize>n) << 2;
  }
}

/** Makes one uint32 per cell of a table's pairs, at its start. */
export function gatherInPlace(fill: Fill, table: usize): void {
  const cells = fill.below + fill.size + fill.above;
  let cell = 0;
  // What is written is never beyond what was read.
  for (; cell + 4 <= cells; cell += 4) {
    const at = table + ((<usize>cell) << PAIR_BITS);
    const low = v128.load(at);
    const high = v128.load(at, 16);
    const firsts = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
    const seconds = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
    v128.store(table + ((<usize>cell) << 2), i32x4.add(firsts, seconds));
  }
  for (; cell < cells; cell++) {
    const at = table + ((<usize>cell) << PAIR_BITS);
    store<u32>(table + ((<usize>cell) << 2), load<u32>(at) + load<u32>(at, 4));
  }
}

/** Adds a table's pairs to `counts`, one uint32 per cell. */
export function gatherTable(fill: Fill, table: usize, counts: usize): void {
  const cells = fill.below + fill.size + fill.above;
  let cell = 0;
  for (; cell + 4 <= cells; cell += 4) {
    const at = table + ((<usize>cell) << PAIR_BITS);
    const to = counts + ((<usize>cell) << 2);
    const low = v128.load(at);
    const high = v128.load(at, 16);
    const firsts = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
    const seconds = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
    v128.store(to, i32x4.add(v128.load(to), i32x4.add(firsts, seconds)));
  }
  for (; cell < cells; cell++) {
    const at = table + ((<usize>cell) << PAIR_BITS);
    const to = counts + ((<usize>cell) << 2);
    store<u32>(to, load<u32>(to) + load<u32>(at) + load<u32>(at, 4));
  }
}
