// The maps of a method's units to places in the window of its histogram, which the loops of fill.ts apply in float32.

// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { Fill } from './histogram';

/**
 * Added to a value's position, in cells. Rounding in float32 moves a position by at most 1/512 of a cell; values
 * exactly on an edge, such as the zeros of a ReLU, must not fall below it.
 */
const NUDGE: f64 = 3.0 / 1024.0;

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
