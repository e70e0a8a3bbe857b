// Moments of float32 values in float64, their extremes and their zeros, in one pass.

/** Bytes of a row of {@link rowMoments}: mean, M2, least, greatest as float64; zeros, and whether all is finite, as int32. */
const ROW: usize = 40;
/** Maximum ratio of the squared mean to the variance; beyond it, Σx² − (Σx)²/n has lost required digits. */
const FAR: f64 = 100;

/**
 * {@link unitMoments} of each of `rows` consecutive stretches of n values; a stretch with non-finite values is only
 * marked.
 */
export function rowMoments(x: usize, n: i32, rows: i32, table: usize): void {
  for (let row = 0; row < rows; row++) {
    store<i32>(table, unitMoments(x, n, table) ? 1 : 0, 36);
    x += (<usize>n) << 2;
    table += ROW;
  }
}

/**
 * Moments of n float32 values, n ≥ 1: mean, M2, least and greatest to `row` as float64, then zeros as int32. Returns whether
 * all values are finite; else the row means nothing.
 *
 * Additions and conversions of float64 limit the loop, so the rest uses other execution units: the extremes are those
 * of the bits as integers, which order numbers of one sign. The bits minus 1 make a zero the largest number, +0 as
 * unsigned and −0 as signed.
 */
export function unitMoments(x: usize, n: i32, row: usize): bool {
  const end = x + ((<usize>n) << 2);
  const end8 = x + ((<usize>(n & ~7)) << 2);
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  let squares2 = f64x2.splat(0);
  let squares3 = f64x2.splat(0);
  const less1 = i32x4.splat(-1);
  const first = i32x4.add(v128.load32_splat(x), less1);
  let unsigned = first;
  let signed = first;
  let at = x;
  for (; at < end8; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const a1 = i32x4.add(a, less1);
    const b1 = i32x4.add(b, less1);
    unsigned = i32x4.max_u(unsigned, i32x4.max_u(a1, b1));
    signed = i32x4.max_s(signed, i32x4.max_s(a1, b1));
    const d0 = f64x2.promote_low_f32x4(a);
    const d1 = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
    sum0 = f64x2.add(sum0, f64x2.add(d0, d1));
    squares0 = addSquare(squares0, d0);
    squares1 = addSquare(squares1, d1);
    const d2 = f64x2.promote_low_f32x4(b);
    const d3 = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
    sum1 = f64x2.add(sum1, f64x2.add(d2, d3));
    squares2 = addSquare(squares2, d2);
    squares3 = addSquare(squares3, d3);
  }
  let sum = sumOf(f64x2.add(sum0, sum1));
  let square = sumOf(f64x2.add(f64x2.add(squares0, squares1), f64x2.add(squares2, squares3)));
  let farthest = largestUnsigned(unsigned);
  let highest = largestSigned(signed);
  for (; at < end; at += 4) {
    const value = load<f32>(at);
    const bits = reinterpret<i32>(value) - 1;
    farthest = max<u32>(farthest, bits);
    highest = max<i32>(highest, bits);
    sum += <f64>value;
    square += <f64>value * <f64>value;
  }
  // Finite float32 values cannot overflow these sums; one that is not makes them NaN or infinite.
  if (square - square !== 0 || sum - sum !== 0) return false;

  const hasZeros = farthest === u32.MAX_VALUE || highest === i32.MAX_VALUE;
  // One is negative, the other is not.
  if (!hasZeros && <i32>(farthest + 1) < 0 && highest >= -1) {
    store<f64>(row, <f64>reinterpret<f32>(farthest + 1), 16);
    store<f64>(row, <f64>reinterpret<f32>(highest + 1), 24);
    store<i32>(row, 0, 32);
  } else extremesAndZeros(x, n, row);
  const least = load<f64>(row, 16);
  const greatest = load<f64>(row, 24);
  const mean = sum / <f64>n;
  const m2 = square - sum * mean;
  if (least === greatest) {
    store<f64>(row, least);
    store<f64>(row, 0, 8);
  } else if (sum * mean > FAR * m2) {
    shiftedMoments(x, n, mean, row);
  } else {
    store<f64>(row, mean);
    store<f64>(row, m2, 8);
  }
  return true;
}

/** Adds d²; with one rounding if the engine has a fused instruction. */
function addSquare(sum: v128, d: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(d, d, sum) : f64x2.add(sum, f64x2.mul(d, d));
}

/** Mean and M2 of n values from a shift near their mean [Chan, Golub & LeVeque 1983]. */
function shiftedMoments(x: usize, n: i32, from: f64, row: usize): void {
  const end = x + ((<usize>n) << 2);
  const end4 = x + ((<usize>(n & ~3)) << 2);
  const shift = f64x2.splat(from);
  let sums = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (; x < end4; x += 16) {
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(v128.load(x)), shift);
    const d1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), shift);
    sums = f64x2.add(sums, f64x2.add(d0, d1));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(d0, d0), f64x2.mul(d1, d1)));
  }
  let sum = sumOf(sums);
  let square = sumOf(squares);
  for (; x < end; x += 4) {
    const d = <f64>load<f32>(x) - from;
    sum += d;
    square += d * d;
  }
  const delta = sum / <f64>n;
  store<f64>(row, from + delta);
  store<f64>(row, max<f64>(0, square - sum * delta), 8);
}

/** Least and greatest of n finite values, and how many are 0, to their columns of `row`. */
function extremesAndZeros(x: usize, n: i32, row: usize): void {
  const end = x + ((<usize>n) << 2);
  const end4 = x + ((<usize>(n & ~3)) << 2);
  const nothing = f32x4.splat(0);
  const first = v128.load32_splat(x);
  let nearests = first;
  let unsigned = first;
  let signed = first;
  let counts = i32x4.splat(0);
  for (; x < end4; x += 16) {
    const v = v128.load(x);
    nearests = i32x4.min_u(nearests, v);
    unsigned = i32x4.max_u(unsigned, v);
    signed = i32x4.max_s(signed, v);
    // A comparison that holds is −1.
    counts = i32x4.sub(counts, f32x4.eq(v, nothing));
  }
  let nearest = ~largestUnsigned(v128.not(nearests));
  let farthest = largestUnsigned(unsigned);
  let highest = largestSigned(signed);
  let zeros =
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3);
  for (; x < end; x += 4) {
    const bits = load<u32>(x);
    nearest = min<u32>(nearest, bits);
    farthest = max<u32>(farthest, bits);
    highest = max<i32>(highest, bits);
    if (load<f32>(x) === 0) zeros++;
  }
  // Among numbers of one sign, the other extreme is the one nearest to 0. −0 + 0 is 0.
  const least = reinterpret<f32>(<i32>farthest < 0 ? farthest : nearest);
  const greatest = reinterpret<f32>(highest >= 0 ? <u32>highest : nearest);
  store<f64>(row, <f64>least + 0, 16);
  store<f64>(row, <f64>greatest + 0, 24);
  store<i32>(row, zeros, 32);
}

function largestUnsigned(lanes: v128): u32 {
  return max<u32>(
    max<u32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<u32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

function largestSigned(lanes: v128): i32 {
  return max<i32>(
    max<i32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<i32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

function sumOf(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}

/** Rows that go through a core's first cache together, so that a column's sums are written once for all of them. */
const TILE: i32 = 8;
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

/** Four columns; −1, with nothing added, if one has no shift yet or a value is not finite. */
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
  if (isOneEmpty(count)) return -1;
  const shift0 = v128.load(shift);
  const shift1 = v128.load(shift, 16);
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
    squares0 = f64x2.add(squares0, f64x2.add(f64x2.mul(a0, a0), f64x2.mul(b0, b0)));
    const a1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), shift1);
    const b1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(next, 8)), shift1);
    sum1 = f64x2.add(sum1, f64x2.add(a1, b1));
    squares1 = f64x2.add(squares1, f64x2.add(f64x2.mul(a1, a1), f64x2.mul(b1, b1)));
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
    squares0 = f64x2.add(squares0, f64x2.mul(a0, a0));
    squares1 = f64x2.add(squares1, f64x2.mul(a1, a1));
  }
  if (!addToColumns(count, sum, squares, rows, sum0, sum1, squares0, squares1)) return -1;
  v128.store(least, low);
  v128.store(greatest, high);
  return i32x4.all_true(products) ? 0 : MAY_HAVE_ZEROS;
}

/** Whether one of four columns has no value yet. */
function isOneEmpty(count: usize): bool {
  const nothing = f64x2.splat(0);
  return v128.any_true(v128.or(f64x2.eq(v128.load(count), nothing), f64x2.eq(v128.load(count, 16), nothing)));
}

/**
 * Adds the sums of this number of further rows to those of four columns; false, with nothing added, if they are not
 * finite.
 */
function addToColumns(
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

/** Bytes of a map: shift and scale, float64. */
const MAP: usize = 16;

/**
 * Adds `rows` rows of `width` neighbors, each y = (x − shift)·scale to the sums of its own column: count, origin (the
 * first finite y), sum, and squares in float64, `columns` bytes apart from `table` on. Skips non-finite values. In a
 * row, every `segment` neighbors have a separate map; `maps` has those of each row, one after the other.
 */
export function affineMoments(
  x: usize,
  width: i32,
  rows: i32,
  segment: i32,
  maps: usize,
  table: usize,
  columns: usize,
): void {
  const stride = (<usize>width) << 2;
  const mapStride = <usize>((width + segment - 1) / segment) * MAP;
  for (let row = 0; row < rows; row += TILE) {
    const many = min<i32>(TILE, rows - row);
    const from = x + <usize>row * stride;
    let map = maps + <usize>row * mapStride;
    for (let i = 0; i < width; map += MAP) {
      const end = min<i32>(i + segment, width);
      for (; i + 4 <= end; i += 4) {
        const at = from + ((<usize>i) << 2);
        const own = table + ((<usize>i) << 3);
        if (addAffineStrip(at, stride, many, map, mapStride, own, columns)) continue;
        for (let lane: usize = 0; lane < 4; lane++)
          addAffineColumn(at + (lane << 2), stride, many, map, mapStride, own + (lane << 3), columns);
      }
      for (; i < end; i++) {
        const own = table + ((<usize>i) << 3);
        addAffineColumn(from + ((<usize>i) << 2), stride, many, map, mapStride, own, columns);
      }
    }
  }
}

/** Four columns; false, with nothing added, if one has no origin yet or a y is not finite. */
function addAffineStrip(
  x: usize,
  stride: usize,
  rows: i32,
  map: usize,
  mapStride: usize,
  count: usize,
  columns: usize,
): bool {
  const origin = count + columns;
  const sum = origin + columns;
  const squares = sum + columns;
  const nothing = f64x2.splat(0);
  if (isOneEmpty(count)) return false;
  const origin0 = v128.load(origin);
  const origin1 = v128.load(origin, 16);
  let sum0 = nothing;
  let sum1 = nothing;
  let squares0 = nothing;
  let squares1 = nothing;
  for (let row = 0; row < rows; row++) {
    const shift = v128.load64_splat(map);
    const scale = v128.load64_splat(map, 8);
    const x0 = f64x2.promote_low_f32x4(v128.load(x));
    const x1 = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    const d0 = f64x2.sub(f64x2.mul(f64x2.sub(x0, shift), scale), origin0);
    const d1 = f64x2.sub(f64x2.mul(f64x2.sub(x1, shift), scale), origin1);
    sum0 = f64x2.add(sum0, d0);
    sum1 = f64x2.add(sum1, d1);
    squares0 = addSquare(squares0, d0);
    squares1 = addSquare(squares1, d1);
    x += stride;
    map += mapStride;
  }
  return addToColumns(count, sum, squares, rows, sum0, sum1, squares0, squares1);
}

/** One column, value by value. */
function addAffineColumn(
  x: usize,
  stride: usize,
  rows: i32,
  map: usize,
  mapStride: usize,
  count: usize,
  columns: usize,
): void {
  const origin = count + columns;
  const sum = origin + columns;
  const squares = sum + columns;
  for (let row = 0; row < rows; row++, x += stride, map += mapStride) {
    const y = (<f64>load<f32>(x) - load<f64>(map)) * load<f64>(map, 8);
    if (y - y !== 0) continue;
    if (load<f64>(count) === 0) store<f64>(origin, y);
    const d = y - load<f64>(origin);
    store<f64>(count, load<f64>(count) + 1);
    store<f64>(sum, load<f64>(sum) + d);
    store<f64>(squares, load<f64>(squares) + d * d);
  }
}
