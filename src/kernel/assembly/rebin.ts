// Re-binning of block histograms (blocks.ts) into the window of a sketch. A cell's values are spread evenly between its
// edges, so that the distribution function is piecewise linear: each edge of a block changes its slope, which is kept as
// two differences, of the second order, whatever the number of window cells that a block's cell covers.

const ROW: usize = 64;
/** Added to a float64 below 2^31, leaves its nearest integer in the lower half of the bits. */
const BIAS: f64 = 6755399441055744.0;
/** A block, or one of its cells, that covers less of a window cell than this counts as one point. */
const POINT: f64 = 0.0009765625;

/**
 * Adds blocks to the windows of the even and the odd samples. A value x of a block lies at place
 * (x − shift)·scale + offset, in cells; `maps` holds these three of each block as float64. `isOdd` is a byte for each.
 * A window is `size + 4` float64 of differences, followed by `size + 1` uint32 of points: `even` and `odd`.
 * Of the blocks that reach out of the window, or have no cells of their own, it adds only the cells inside: it writes the
 * block's number and these cells' [begin, end) to `left` (three int32 each, room for all), and returns how many there are.
 */
export function rebinBlocks(
  blocks: i32,
  rows: usize,
  cells: usize,
  maps: usize,
  isOdd: usize,
  size: i32,
  even: usize,
  odd: usize,
  left: usize,
): i32 {
  const points = (<usize>size + 4) << 3;
  let leftOver = 0;
  let own = cells;
  for (let block = 0; block < blocks; block++) {
    const row = rows + <usize>block * ROW;
    const map = maps + <usize>block * 24;
    const shift = load<f64>(map);
    const scale = load<f64>(map, 8);
    const offset = load<f64>(map, 16);
    const count = load<i32>(row, 40);
    const from = (load<f64>(row, 16) - shift) * scale + offset;
    const to = (load<f64>(row, 24) - shift) * scale + offset;
    const low = min<f64>(from, to);
    const high = max<f64>(from, to);
    const window = load<u8>(isOdd + <usize>block) ? odd : even;
    const width = load<f64>(row, 48);
    const first = <f64>load<i32>(row, 44) * width - <f64>load<f32>(row, 60);
    const start = (first - shift) * scale + offset;
    const step = width * scale;
    let begin = 0;
    let end = count;
    if (count < 0 || !(low >= 0 && high < <f64>size)) {
      if (count <= 0 || step === 0) end = 0;
      else {
        const near = step > 0 ? 0 : <f64>size;
        const far = step > 0 ? <f64>size : 0;
        if (from < 0 || from >= <f64>size)
          begin = <i32>min<f64>(<f64>count, max<f64>(0, ceil<f64>((near - start) / step)));
        if (to < 0 || to >= <f64>size)
          end = <i32>min<f64>(<f64>count, max<f64>(0, floor<f64>((far - start) / step)));
        end = max<i32>(begin, end);
      }
      const at = left + <usize>leftOver * 12;
      store<i32>(at, block);
      store<i32>(at, begin, 4);
      store<i32>(at, end, 8);
      leftOver++;
    } else addPoints(row, window + points, from, to, (0 - shift) * scale + offset);
    if (end > begin) {
      const cell = own + ((<usize>begin) << 1);
      const inner = start + <f64>begin * step;
      if (load<i32>(row, 56)) addAtoms(cell, end - begin, window + points, inner, step);
      else {
        addCells(
          cell,
          end - begin,
          window,
          window + points,
          inner,
          step,
          begin > 0 ? inner : from,
          end < count ? start + <f64>end * step : to,
        );
      }
    }
    if (count > 0) own += (<usize>((count + 7) & ~7)) << 1;
  }
  return leftOver;
}

/** Zeros, and values equal to the least or the greatest of the block. */
function addPoints(row: usize, points: usize, from: f64, to: f64, zero: f64): void {
  const zeros = load<i32>(row, 32);
  if (zeros > 0) addPoint(points, zero, zeros);
  addPoint(points, from, <i32>load<u16>(row, 36));
  addPoint(points, to, <i32>load<u16>(row, 38));
}

function addPoint(points: usize, place: f64, count: i32): void {
  const at = points + ((<usize>(<i32>place)) << 2);
  store<u32>(at, load<u32>(at) + <u32>count);
}

/** Cells that hold a single number of the values' type each, at their near edge. */
function addAtoms(cells: usize, count: i32, points: usize, start: f64, step: f64): void {
  for (let i = 0; i < count; i++) {
    const own = <i32>load<u16>(cells + ((<usize>i) << 1));
    if (own > 0) addPoint(points, start + <f64>i * step, own);
  }
}

function addCells(
  cells: usize,
  count: i32,
  window: usize,
  points: usize,
  start: f64,
  step: f64,
  from: f64,
  to: f64,
): void {
  if (abs<f64>(to - from) < POINT * <f64>count) {
    let all = 0;
    for (let i = 0; i < count; i++) all += <i32>load<u16>(cells + ((<usize>i) << 1));
    addPoint(points, from, all);
    return;
  }
  // The outer cells reach to the least and the greatest value only.
  const last = count - 1;
  if (count === 1) {
    addSpread(window, points, from, to, <i32>load<u16>(cells), step, false, false);
    return;
  }
  addSpread(window, points, from, start + step, <i32>load<u16>(cells), step, false, true);
  addSpread(
    window,
    points,
    start + <f64>last * step,
    to,
    <i32>load<u16>(cells + ((<usize>last) << 1)),
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
    const at = cells + ((<usize>i) << 1);
    const slopes = i32x4.sub(
      i32x4.extend_low_i16x8_u(v128.load64_zero(at)),
      i32x4.extend_low_i16x8_u(v128.load64_zero(at - 2)),
    );
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
    const at = cells + ((<usize>i) << 1);
    const slope = <f64>(<i32>load<u16>(at) - <i32>load<u16>(at - 2)) * perCell;
    addEdge(window, start + <f64>i * step, slope);
  }
}

/**
 * One outer cell over [from, to), which the loop over inner edges takes for one of full width: `hasNear` says that it
 * does so at the cell's near edge, `hasFar` at its far one.
 */
function addSpread(
  window: usize,
  points: usize,
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
  if (abs<f64>(to - from) < POINT) addPoint(points, min<f64>(from, to), own);
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
 * Turns the differences of a window (see {@link rebinBlocks}) into whole counts, and adds them and the points to `counts`
 * (uint32, one a cell). Rounds the distribution function, so that the counts add up to the values that were put in.
 */
export function gatherWindow(window: usize, size: i32, counts: usize): void {
  const points = window + ((<usize>size + 4) << 3);
  let slope = load<f64>(window);
  let sum: f64 = 0;
  let before: f64 = 0;
  for (let i = 0; i < size; i++) {
    // The mass of cell i is what the slope has come to at its far edge.
    slope += load<f64>(window + ((<usize>i) << 3), 8);
    sum += slope;
    const rounded = max<f64>(before, nearest<f64>(sum));
    const at = (<usize>i) << 2;
    store<u32>(counts + at, load<u32>(counts + at) + <u32>(rounded - before) + load<u32>(points + at));
    before = rounded;
  }
  // What lies at the far edge exactly, of a map that turns the order around.
  const last = counts + ((<usize>size) << 2) - 4;
  if (size > 0) store<u32>(last, load<u32>(last) + load<u32>(points + ((<usize>size) << 2)));
}
