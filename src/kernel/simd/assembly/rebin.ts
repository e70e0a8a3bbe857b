// Re-binning of block histograms (blocks.ts) into the window of a sketch. A cell's values are spread evenly between its
// edges, so that the distribution function is piecewise linear: each edge of a block changes its slope, which is kept as
// two differences, of the second order, whatever the number of window cells that a block's cell covers.

import { endFill, fillStretch } from './fill';
// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { addAt, Fill } from './histogram';

const ROW: usize = 64;
/** Added to a float64 below 2^31, leaves its nearest integer in the lower half of the bits. */
const BIAS: f64 = 6755399441055744.0;
/** A block, or one of its cells, that covers less of a window cell than this counts as one point. */
const POINT: f64 = 0.0009765625;

/** Places within cells of values that are placed one by one are multiples of this, modulo 1: they spread evenly. */
const GOLDEN: f64 = 0.6180339887498949;

/**
 * Adds blocks to a method's histogram. `units` has n · channels + c of each block; `kept` has the values of blocks
 * without cells, block after block, which are counted one by one. `outerOnly`: of merged blocks (see merge.ts), adds
 * only the parts that are not shared: points and outer cells.
 *
 * A window is `size + 4` float64 differences. Point masses, and everything outside the window, go to the table.
 */
export function rebinBlocks(
  blocks: i32,
  rows: usize,
  cells: usize,
  units: usize,
  channels: i32,
  kept: usize,
  fill: Fill,
  outerOnly: bool,
): void {
  let own = cells;
  for (let block = 0; block < blocks; block++) {
    const row = rows + <usize>block * ROW;
    const number = load<i32>(units + ((<usize>block) << 2));
    const sample = number / channels;
    const unit = fill.unitOf(sample, number - sample * channels, 0);
    const table = fill.tableOf(sample);
    const count = load<i32>(row, 40);
    if (count < 0) {
      const n = load<i32>(row, 44);
      fillStretch(kept, n, unit, fill, sample);
      kept += (<usize>n) << 2;
      continue;
    }
    addPoints(row, unit, fill, table);
    if (count === 0) continue;
    const window = fill.windowOf(sample);
    const first = load<i32>(row, 44);
    const width = load<f64>(row, 48);
    const below = <f64>load<f32>(row, 60);
    const least = load<f64>(row, 16);
    const greatest = load<f64>(row, 24);
    const isLattice = load<i32>(row, 56) !== 0;
    if (outerOnly && isMergeable(row)) {
      // Hardly anything but the extremes themselves, which are points, is in the cells that they are in.
      const outer = own + ((<usize>(count - 1)) << 1);
      if (load<u16>(own) > 0) {
        const low = <f64>(first + 1) * width - below;
        addStretch<u16>(own, 1, first, width, below, least, low, false, unit, fill, table, window);
      }
      if (load<u16>(outer) > 0) {
        const last = first + count - 1;
        const high = <f64>last * width - below;
        addStretch<u16>(outer, 1, last, width, below, high, greatest, false, unit, fill, table, window);
      }
    } else
      addStretch<u16>(own, count, first, width, below, least, greatest, isLattice, unit, fill, table, window);
    own += (<usize>((count + 7) & ~7)) << 1;
  }
  endFill(fill);
}

/** Whether a block has inner cells that can be added to those of other blocks: full, evenly filled ones. */
export function isMergeable(row: usize): bool {
  return load<i32>(row, 40) > 2 && load<i32>(row, 56) === 0;
}

/**
 * Adds `count` cells (of type T) from number `first` on, which hold values from `least` to `greatest` and begin `below`
 * their numbers.
 */
export function addStretch<T>(
  cells: usize,
  count: i32,
  first: i32,
  width: f64,
  below: f64,
  least: f64,
  greatest: f64,
  isLattice: bool,
  unit: i32,
  fill: Fill,
  table: usize,
  window: usize,
): void {
  const size = <f64>fill.size;
  const from = fill.placeOf(least, unit);
  const to = fill.placeOf(greatest, unit);
  const start = fill.placeOf(<f64>first * width - below, unit);
  const step = width * fill.scaleOf(unit);
  let begin = 0;
  let end = count;
  if (!(min<f64>(from, to) >= 0 && max<f64>(from, to) < size)) {
    if (step === 0) end = 0;
    else {
      const near = step > 0 ? 0 : size;
      const far = step > 0 ? size : 0;
      if (from < 0 || from >= size)
        begin = <i32>min<f64>(<f64>count, max<f64>(0, ceil<f64>((near - start) / step)));
      if (to < 0 || to >= size)
        end = <i32>min<f64>(<f64>count, max<f64>(0, floor<f64>((far - start) / step)));
      end = max<i32>(begin, end);
    }
    scatter<T>(cells, 0, begin, first, width, least, greatest, isLattice, unit, fill, table);
    scatter<T>(cells, end, count, first, width, least, greatest, isLattice, unit, fill, table);
  }
  if (end === begin) return;
  const inner = start + <f64>begin * step;
  const cell = cells + <usize>begin * sizeof<T>();
  if (isLattice) addAtoms<T>(cell, end - begin, fill, table, inner, step);
  else {
    const outer = start + <f64>end * step;
    addCells<T>(
      cell,
      end - begin,
      window,
      fill,
      table,
      inner,
      step,
      begin > 0 ? inner : from,
      end < count ? outer : to,
    );
  }
}

/** The cells [begin, end), which extend past the window: each value at a separate position within its cell. */
function scatter<T>(
  cells: usize,
  begin: i32,
  end: i32,
  first: i32,
  width: f64,
  least: f64,
  greatest: f64,
  isLattice: bool,
  unit: i32,
  fill: Fill,
  table: usize,
): void {
  for (let cell = begin; cell < end; cell++) {
    const count = <i32>load<T>(cells + <usize>cell * sizeof<T>());
    if (count === 0) continue;
    const low = <f64>(first + cell) * width;
    if (isLattice) {
      addAt(fill, table, fill.placeOf(low, unit), count);
      continue;
    }
    const from = max<f64>(low, least);
    const span = min<f64>(low + width, greatest) - from;
    for (let k = 0; k < count; k++) {
      const turn = <f64>fill.placed * GOLDEN;
      fill.placed += 1;
      addAt(fill, table, fill.placeOf(from + (turn - floor<f64>(turn)) * span, unit), 1);
    }
  }
}

/** Zeros, and values equal to the least or the greatest of the block. */
function addPoints(row: usize, unit: i32, fill: Fill, table: usize): void {
  const zeros = load<i32>(row, 32);
  if (zeros > 0) addAt(fill, table, fill.placeOf(0, unit), zeros);
  const atLeast = <i32>load<u16>(row, 36);
  if (atLeast > 0) addAt(fill, table, fill.placeOf(load<f64>(row, 16), unit), atLeast);
  const atGreatest = <i32>load<u16>(row, 38);
  if (atGreatest > 0) addAt(fill, table, fill.placeOf(load<f64>(row, 24), unit), atGreatest);
}

/** Cells that hold a single number of the values' type each, at their near edge. */
function addAtoms<T>(cells: usize, count: i32, fill: Fill, table: usize, start: f64, step: f64): void {
  for (let i = 0; i < count; i++) {
    const own = <i32>load<T>(cells + <usize>i * sizeof<T>());
    if (own > 0) addAt(fill, table, start + <f64>i * step, own);
  }
}

function addCells<T>(
  cells: usize,
  count: i32,
  window: usize,
  fill: Fill,
  table: usize,
  start: f64,
  step: f64,
  from: f64,
  to: f64,
): void {
  if (abs<f64>(to - from) < POINT * <f64>count) {
    let all = 0;
    for (let i = 0; i < count; i++) all += <i32>load<T>(cells + <usize>i * sizeof<T>());
    addAt(fill, table, from, all);
    return;
  }
  // The outer cells reach to the least and the greatest value only.
  const last = count - 1;
  if (count === 1) {
    addSpread(window, fill, table, from, to, <i32>load<T>(cells), step, false, false);
    return;
  }
  addSpread(window, fill, table, from, start + step, <i32>load<T>(cells), step, false, true);
  addSpread(
    window,
    fill,
    table,
    start + <f64>last * step,
    to,
    <i32>load<T>(cells + <usize>last * sizeof<T>()),
    step,
    true,
    false,
  );
  const perCell = 1 / step;
  const perCells = f64x2.splat(perCell);
  const bias = f64x2.splat(BIAS);
  const half = f64x2.splat(0.5);
  const steps = f64x2.splat(4 * step);
  let place0 = f64x2.add(f64x2.splat(start + step), f64x2.mul(f64x2(0, 1), f64x2.splat(step)));
  let place1 = f64x2.add(place0, f64x2.splat(2 * step));
  let i = 1;
  for (; i + 4 <= count; i += 4) {
    const at = cells + <usize>i * sizeof<T>();
    const slopes = i32x4.sub(fourCounts<T>(at), fourCounts<T>(at - sizeof<T>()));
    const slope0 = f64x2.mul(f64x2.convert_low_i32x4_s(slopes), perCells);
    const slope1 = f64x2.mul(
      f64x2.convert_low_i32x4_s(v128.shuffle<i32>(slopes, slopes, 2, 3, 2, 3)),
      perCells,
    );
    addEdges(window, place0, slope0, bias, half);
    addEdges(window, place1, slope1, bias, half);
    place0 = f64x2.add(place0, steps);
    place1 = f64x2.add(place1, steps);
  }
  for (; i < count; i++) {
    const at = cells + <usize>i * sizeof<T>();
    const slope = <f64>(<i32>load<T>(at) - <i32>load<T>(at - sizeof<T>())) * perCell;
    addEdge(window, start + <f64>i * step, slope);
  }
}

/** Four counts, of 16 or 32 bits, as int32. */
function fourCounts<T>(at: usize): v128 {
  return sizeof<T>() === 2 ? i32x4.extend_low_i16x8_u(v128.load64_zero(at)) : v128.load(at);
}

/**
 * One outer cell over [from, to), which the loop over inner edges takes for one of full width: `hasNear` says that it
 * does so at the cell's near edge, `hasFar` at its far one.
 */
function addSpread(
  window: usize,
  fill: Fill,
  table: usize,
  from: f64,
  to: f64,
  own: i32,
  step: f64,
  hasNear: bool,
  hasFar: bool,
): void {
  if (own === 0) return;
  const assumed = <f64>own / step;
  let slope: f64 = 0;
  if (abs<f64>(to - from) < POINT) addAt(fill, table, min<f64>(from, to), own);
  else slope = <f64>own / (to - from);
  addEdge(window, from, hasNear ? slope - assumed : slope);
  addEdge(window, to, hasFar ? assumed - slope : -slope);
}

/** The slope of the distribution function changes at a place: differences of the second order. */
function addEdge(window: usize, place: f64, slope: f64): void {
  const cell = floor<f64>(place);
  const far = slope * (place - cell);
  const at = window + ((<usize>(<i32>cell)) << 3);
  store<f64>(at, load<f64>(at, 8) + (slope - far), 8);
  store<f64>(at, load<f64>(at, 16) + far, 16);
}

function addEdges(window: usize, places: v128, slopes: v128, bias: v128, half: v128): void {
  // Rounding half a cell below is rounding down; at an edge, either side gives the same differences.
  const biased = f64x2.add(f64x2.sub(places, half), bias);
  const far = f64x2.mul(slopes, f64x2.sub(places, f64x2.sub(biased, bias)));
  const near = f64x2.sub(slopes, far);
  const at0 = window + ((<usize>(<i32>i64x2.extract_lane(biased, 0))) << 3);
  v128.store(at0, f64x2.add(v128.load(at0, 8), v128.shuffle<f64>(near, far, 0, 2)), 8);
  const at1 = window + ((<usize>(<i32>i64x2.extract_lane(biased, 1))) << 3);
  v128.store(at1, f64x2.add(v128.load(at1, 8), v128.shuffle<f64>(near, far, 1, 3)), 8);
}

/**
 * Turns the differences of a window (see {@link rebinBlocks}) into whole counts, and adds them to `counts` (uint32, one a
 * cell of the window). Rounds the distribution function, so that the counts add up to the values that were put in.
 */
export function gatherWindow(window: usize, size: i32, counts: usize): void {
  let slope = load<f64>(window);
  let sum: f64 = 0;
  let before: f64 = 0;
  for (let i = 0; i < size; i++) {
    // The mass of cell i is what the slope has come to at its far edge.
    slope += load<f64>(window + ((<usize>i) << 3), 8);
    sum += slope;
    const rounded = max<f64>(before, nearest<f64>(sum));
    const at = counts + ((<usize>i) << 2);
    store<u32>(at, load<u32>(at) + <u32>(rounded - before));
    before = rounded;
  }
}
