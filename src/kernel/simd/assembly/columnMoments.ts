// Moments of float32 values in float64, per column of a table.

import { addSquare } from './moments';

/** Rows that go through a core's first cache together, so that a column's sums are written once for all of them. */
export const TILE: i32 = 32;
/** What {@link columnMoments} met. */
const MET_NOT_FINITE: i32 = 1;
const MAY_HAVE_ZEROS: i32 = 2;

/**
 * Adds `rows` rows of `width` neighbors, each value to the sums of its own column: shift (the first finite value),
 * count, sum, and squares in float64, minimum and maximum in float32. Skips non-finite values. Returns 1 if there were
 * any, plus 2 if there may have been zeros.
 */
export function columnMoments(
  x: usize,
  width: i32,
  rows: i32,
  shift: usize,
  count: usize,
  sum: usize,
  squares: usize,
  least: usize,
  greatest: usize,
): i32 {
  const stride = (<usize>width) << 2;
  let met = 0;
  for (let row = 0; row < rows; row += TILE) {
    const many = min<i32>(TILE, rows - row);
    const from = x + <usize>row * stride;
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const narrow = (<usize>i) << 2;
      const wide = (<usize>i) << 3;
      const done = addStrip(
        from + narrow,
        stride,
        many,
        shift + wide,
        count + wide,
        sum + wide,
        squares + wide,
        least + narrow,
        greatest + narrow,
      );
      if (done >= 0) {
        met |= done;
        continue;
      }
      for (let lane: usize = 0; lane < 4; lane++) {
        const own = narrow + (lane << 2);
        const both = wide + (lane << 3);
        met |= addColumn(
          from + own,
          stride,
          many,
          shift + both,
          count + both,
          sum + both,
          squares + both,
          least + own,
          greatest + own,
        );
      }
    }
    for (; i < width; i++) {
      const narrow = (<usize>i) << 2;
      const wide = (<usize>i) << 3;
      met |= addColumn(
        from + narrow,
        stride,
        many,
        shift + wide,
        count + wide,
        sum + wide,
        squares + wide,
        least + narrow,
        greatest + narrow,
      );
    }
  }
  return met;
}

/** Four columns; −1, with nothing added, if only some have no shift yet or a value is not finite. */
function addStrip(
  x: usize,
  stride: usize,
  rows: i32,
  shift: usize,
  count: usize,
  sum: usize,
  squares: usize,
  least: usize,
  greatest: usize,
): i32 {
  const nothing = f64x2.splat(0);
  const isNew = areEmpty(count);
  if (!isNew && isOneEmpty(count)) return -1;
  const shift0 = isNew ? f64x2.promote_low_f32x4(v128.load64_zero(x)) : v128.load(shift);
  const shift1 = isNew ? f64x2.promote_low_f32x4(v128.load64_zero(x, 8)) : v128.load(shift, 16);
  let sum0 = nothing;
  let sum1 = nothing;
  let squares0 = nothing;
  let squares1 = nothing;
  let low = v128.load(least);
  let high = v128.load(greatest);
  let products = i32x4.splat(-1);
  let row = 0;
  for (; row + 2 <= rows; row += 2) {
    const next = x + stride;
    const a = v128.load(x);
    const b = v128.load(next);
    low = f32x4.pmin(low, f32x4.pmin(a, b));
    high = f32x4.pmax(high, f32x4.pmax(a, b));
    products = i32x4.min_u(products, i32x4.shl(f32x4.mul(a, b), 1));
    const a0 = f64x2.sub(f64x2.promote_low_f32x4(a), shift0);
    const b0 = f64x2.sub(f64x2.promote_low_f32x4(b), shift0);
    sum0 = f64x2.add(sum0, f64x2.add(a0, b0));
    squares0 = addSquare(addSquare(squares0, a0), b0);
    const a1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), shift1);
    const b1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(next, 8)), shift1);
    sum1 = f64x2.add(sum1, f64x2.add(a1, b1));
    squares1 = addSquare(addSquare(squares1, a1), b1);
    x = next + stride;
  }
  if (row < rows) {
    const a = v128.load(x);
    low = f32x4.pmin(low, a);
    high = f32x4.pmax(high, a);
    products = i32x4.min_u(products, i32x4.shl(a, 1));
    const a0 = f64x2.sub(f64x2.promote_low_f32x4(a), shift0);
    const a1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), shift1);
    sum0 = f64x2.add(sum0, a0);
    sum1 = f64x2.add(sum1, a1);
    squares0 = addSquare(squares0, a0);
    squares1 = addSquare(squares1, a1);
  }
  if (!addToColumns(count, sum, squares, rows, sum0, sum1, squares0, squares1)) return -1;
  v128.store(shift, shift0);
  v128.store(shift, shift1, 16);
  v128.store(least, low);
  v128.store(greatest, high);
  return i32x4.all_true(products) ? 0 : MAY_HAVE_ZEROS;
}

/** Whether all of four columns have no value yet. */
export function areEmpty(count: usize): bool {
  return !v128.any_true(v128.or(v128.load(count), v128.load(count, 16)));
}

/** Whether one of four columns has no value yet. */
export function isOneEmpty(count: usize): bool {
  const nothing = f64x2.splat(0);
  return v128.any_true(v128.or(f64x2.eq(v128.load(count), nothing), f64x2.eq(v128.load(count, 16), nothing)));
}

/**
 * Adds the sums of this number of further rows to those of four columns; false, with nothing added, if they are not
 * finite.
 */
export function addToColumns(
  count: usize,
  sum: usize,
  squares: usize,
  rows: i32,
  sum0: v128,
  sum1: v128,
  squares0: v128,
  squares1: v128,
): bool {
  const all = f64x2.add(squares0, squares1);
  const own = f64x2.sub(all, all);
  if (v128.any_true(f64x2.ne(own, own))) return false;
  const more = f64x2.splat(<f64>rows);
  v128.store(count, f64x2.add(v128.load(count), more));
  v128.store(count, f64x2.add(v128.load(count, 16), more), 16);
  v128.store(sum, f64x2.add(v128.load(sum), sum0));
  v128.store(sum, f64x2.add(v128.load(sum, 16), sum1), 16);
  v128.store(squares, f64x2.add(v128.load(squares), squares0));
  v128.store(squares, f64x2.add(v128.load(squares, 16), squares1), 16);
  return true;
}

/** One column, value by value. */
function addColumn(
  x: usize,
  stride: usize,
  rows: i32,
  shift: usize,
  count: usize,
  sum: usize,
  squares: usize,
  least: usize,
  greatest: usize,
): i32 {
  let met = 0;
  for (let row = 0; row < rows; row++, x += stride) {
    const value = load<f32>(x);
    if (value - value !== 0) {
      met |= MET_NOT_FINITE;
      continue;
    }
    if (value === 0) met |= MAY_HAVE_ZEROS;
    if (load<f64>(count) === 0) store<f64>(shift, <f64>value);
    const d = <f64>value - load<f64>(shift);
    store<f64>(count, load<f64>(count) + 1);
    store<f64>(sum, load<f64>(sum) + d);
    store<f64>(squares, load<f64>(squares) + d * d);
    store<f32>(least, min(load<f32>(least), value));
    store<f32>(greatest, max(load<f32>(greatest), value));
  }
  return met;
}

/**
 * Turns the sums of {@link columnMoments}, whose columns follow each other in the order of its parameters, into
 * columns of count, mean, M2, minimum, and maximum.
 */
export function finishColumns(sums: usize, units: i32, moments: usize): void {
  const column = (<usize>units) << 3;
  for (let unit = 0; unit < units; unit++) {
    const wide = (<usize>unit) << 3;
    const narrow = sums + 4 * column + ((<usize>unit) << 2);
    const to = moments + wide;
    const count = load<f64>(sums + column + wide);
    store<f64>(to, count);
    store<f64>(to + 3 * column, <f64>load<f32>(narrow));
    store<f64>(to + 4 * column, <f64>load<f32>(narrow + (column >> 1)));
    const sum = load<f64>(sums + 2 * column + wide);
    const delta = count === 0 ? 0 : sum / count;
    const m2 = max<f64>(0, load<f64>(sums + 3 * column + wide) - sum * delta);
    store<f64>(to + column, count === 0 ? 0 : load<f64>(sums + wide) + delta);
    store<f64>(to + 2 * column, m2);
  }
}
