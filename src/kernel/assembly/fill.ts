// Counting normalized values into the cells of a window. A value x lies in cell ⌊(x − pivot)·scale + offset⌋ of
// size + 2: the first and the last are for what lies outside the window, NaN in the last. Arithmetic is float32 around a
// pivot inside the window, so that rounding moves an edge by less than 1/256 of a cell.

/** Adding 2^23 leaves a float32 between 0 and 2^22 as an integer in its lower bits. */
const BIAS: f32 = 8388608.0;
const BIAS_BITS: i32 = 0x4b000000;

function cellsOf(x: v128, pivot: v128, scale: v128, offset: v128, last: v128): v128 {
  const t = f32x4.add(f32x4.mul(f32x4.sub(x, pivot), scale), offset);
  // Pseudo-minimum: NaN goes to the last cell.
  const inside = f32x4.pmax(f32x4.splat(0), f32x4.pmin(last, t));
  return v128.xor(f32x4.add(inside, f32x4.splat(BIAS)), i32x4.splat(BIAS_BITS));
}

function cellOf(x: f32, pivot: f32, scale: f32, offset: f32, last: f32): i32 {
  const t = (x - pivot) * scale + offset;
  let inside = t < last ? t : last;
  inside = inside > 0 ? inside : 0;
  return reinterpret<i32>(inside + BIAS) ^ BIAS_BITS;
}

function increment(counts: usize, cell: i32): void {
  const at = counts + ((<usize>cell) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts the cells of four values, neighbours into two tables: equal neighbours would wait for each other. */
function incrementAll(counts: usize, other: usize, cells: v128): void {
  increment(counts, i32x4.extract_lane(cells, 0));
  increment(other, i32x4.extract_lane(cells, 1));
  increment(counts, i32x4.extract_lane(cells, 2));
  increment(other, i32x4.extract_lane(cells, 3));
}

function outsideOf(counts: usize, other: usize, size: i32): u32 {
  const last = (<usize>(size + 1)) << 2;
  return load<u32>(counts) + load<u32>(other) + load<u32>(counts + last) + load<u32>(other + last);
}

/**
 * Counts n values that share one affine map into `counts`: two tables of size + 2 cells, one after the other.
 * Returns how many lie outside the window.
 */
export function fillRow(
  x: usize,
  n: i32,
  pivot: f32,
  scale: f32,
  offset: f32,
  size: i32,
  counts: usize,
): i32 {
  const other = counts + ((<usize>(size + 2)) << 2);
  const before = outsideOf(counts, other, size);
  const last = <f32>(size + 1);
  const pivots = f32x4.splat(pivot);
  const scales = f32x4.splat(scale);
  const offsets = f32x4.splat(offset);
  const lasts = f32x4.splat(last);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const a = cellsOf(v128.load(x + ((<usize>i) << 2)), pivots, scales, offsets, lasts);
    const b = cellsOf(v128.load(x + ((<usize>i) << 2), 16), pivots, scales, offsets, lasts);
    incrementAll(counts, other, a);
    incrementAll(counts, other, b);
  }
  for (; i < n; i++) increment(counts, cellOf(load<f32>(x + ((<usize>i) << 2)), pivot, scale, offset, last));
  return outsideOf(counts, other, size) - before;
}

/** As {@link fillRow}, for values that have an affine map each. */
export function fillVector(
  x: usize,
  n: i32,
  pivot: usize,
  scale: usize,
  offset: usize,
  size: i32,
  counts: usize,
): i32 {
  const other = counts + ((<usize>(size + 2)) << 2);
  const before = outsideOf(counts, other, size);
  const last = <f32>(size + 1);
  const lasts = f32x4.splat(last);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    incrementAll(
      counts,
      other,
      cellsOf(v128.load(x + at), v128.load(pivot + at), v128.load(scale + at), v128.load(offset + at), lasts),
    );
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    increment(
      counts,
      cellOf(load<f32>(x + at), load<f32>(pivot + at), load<f32>(scale + at), load<f32>(offset + at), last),
    );
  }
  return outsideOf(counts, other, size) - before;
}
