// Sums of float32 values in float64, per column of a table, after an affine map.

import { addToColumns, areEmpty, isOneEmpty, TILE } from './columnMoments';
import { addSquare } from './moments';

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

/** Four columns; false, with nothing added, if only some have no origin yet or a y is not finite. */
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
  const isNew = areEmpty(count);
  if (!isNew && isOneEmpty(count)) return false;
  let origin0 = v128.load(origin);
  let origin1 = v128.load(origin, 16);
  if (isNew) {
    const shift = v128.load64_splat(map);
    const scale = v128.load64_splat(map, 8);
    origin0 = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x)), shift), scale);
    origin1 = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), shift), scale);
  }
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
  if (!addToColumns(count, sum, squares, rows, sum0, sum1, squares0, squares1)) return false;
  if (isNew) {
    v128.store(origin, origin0);
    v128.store(origin, origin1, 16);
  }
  return true;
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
