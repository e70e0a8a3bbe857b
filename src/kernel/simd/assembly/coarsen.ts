// Merges the moments of fine units into coarser ones: src/kernel/statistics/moments.ts in the arena's memory.

/**
 * Columns, starting with those of src/kernel/statistics/moments.ts: count, mean, M2, minimum, maximum, and the origin
 * from which sums are measured; float64 per unit.
 */
const MEAN = 1;
const M2 = 2;
const LEAST = 3;
const GREATEST = 4;
const ORIGIN = 5;

/**
 * Merges `sources` units, in rows of `width`, into `targets`, whose columns are zero: column c of row r goes to unit r
 * · nStride + units[c]. With `maps`, the moments are of (x − shift)·scale: all shifts, then all scales; column c of row
 * r has index r · mapStride + mapped[c].
 */
export function coarsen(
  source: usize,
  sources: i32,
  width: i32,
  target: usize,
  targets: i32,
  nStride: i32,
  units: usize,
  shifts: usize,
  maps: i32,
  mapStride: i32,
  mapped: usize,
): void {
  if (nStride === 0 && (width & 1) === 0 && areColumnsUnits(units, width) && hasNoEmpty(source, sources))
    for (let column = 0; column < width; column += 2)
      mergeColumns(source, sources, width, target, targets, column, shifts, maps, mapStride, mapped);
  else mergeEach(source, sources, width, target, targets, nStride, units, shifts, maps, mapStride, mapped);
  for (let unit = 0; unit < targets; unit++) {
    const count = load<f64>(at(target, targets, 0, unit));
    if (count === 0) {
      store<f64>(at(target, targets, LEAST, unit), Infinity);
      store<f64>(at(target, targets, GREATEST, unit), -Infinity);
      continue;
    }
    const mean = at(target, targets, MEAN, unit);
    const m2 = at(target, targets, M2, unit);
    const sum = load<f64>(mean);
    const delta = sum / count;
    store<f64>(m2, max<f64>(0, load<f64>(m2) - sum * delta));
    store<f64>(mean, load<f64>(at(target, targets, ORIGIN, unit)) + delta);
  }
}

/** Whether column c goes to unit c. */
function areColumnsUnits(units: usize, width: i32): bool {
  for (let column = 0; column < width; column++)
    if (load<i32>(units + ((<usize>column) << 2)) !== column) return false;
  return true;
}

function hasNoEmpty(source: usize, sources: i32): bool {
  for (let from = 0; from < sources; from++) if (load<f64>(at(source, sources, 0, from)) === 0) return false;
  return true;
}

function mergeEach(
  source: usize,
  sources: i32,
  width: i32,
  target: usize,
  targets: i32,
  nStride: i32,
  units: usize,
  shifts: usize,
  maps: i32,
  mapStride: i32,
  mapped: usize,
): void {
  const scales = shifts + ((<usize>maps) << 3);
  let firstUnit = 0;
  let firstMap = 0;
  for (let from = 0; from < sources; firstUnit += nStride, firstMap += mapStride) {
    for (let column = 0; column < width; column++, from++) {
      const own = at(source, sources, 0, from);
      const count = load<f64>(own);
      if (count === 0) continue;
      let center = load<f64>(at(source, sources, MEAN, from));
      let spread = load<f64>(at(source, sources, M2, from));
      let low = load<f64>(at(source, sources, LEAST, from));
      let high = load<f64>(at(source, sources, GREATEST, from));
      if (maps > 0) {
        const map = (<usize>(firstMap + load<i32>(mapped + ((<usize>column) << 2)))) << 3;
        const shift = load<f64>(shifts + map);
        const scale = load<f64>(scales + map);
        center = (center - shift) * scale;
        spread *= scale * scale;
        const least = (low - shift) * scale;
        const greatest = (high - shift) * scale;
        low = scale < 0 ? greatest : least;
        high = scale < 0 ? least : greatest;
      }
      const unit = firstUnit + load<i32>(units + ((<usize>column) << 2));
      merge(target, targets, unit, count, center, spread, low, high);
    }
  }
}

/**
 * Merges two neighboring columns of all rows into the units of their numbers: what `merge` does, in registers, for both
 * at a time. No unit of the source is empty.
 */
function mergeColumns(
  source: usize,
  sources: i32,
  width: i32,
  target: usize,
  targets: i32,
  column: i32,
  shifts: usize,
  maps: i32,
  mapStride: i32,
  mapped: usize,
): void {
  const scales = shifts + ((<usize>maps) << 3);
  const nothing = f64x2.splat(0);
  const means = (<usize>sources) << 3;
  let map = shifts;
  let second: usize = 0;
  if (maps > 0) {
    const own = load<i32>(mapped + ((<usize>column) << 2));
    map += (<usize>own) << 3;
    second = (<usize>(load<i32>(mapped + ((<usize>column) << 2), 4) - own)) << 3;
  }
  const toScales = scales - shifts;
  let counts = nothing;
  let sums = nothing;
  let squares = nothing;
  let origins = nothing;
  let lows = nothing;
  let highs = nothing;
  for (let from = column; from < sources; from += width) {
    const own = at(source, sources, 0, from);
    const count = v128.load(own);
    let center = v128.load(own + MEAN * means);
    let spread = v128.load(own + M2 * means);
    let low = v128.load(own + LEAST * means);
    let high = v128.load(own + GREATEST * means);
    if (maps > 0) {
      const shift = v128.load64_lane(map + second, v128.load64_zero(map), 1);
      const scale = v128.load64_lane(map + second + toScales, v128.load64_zero(map + toScales), 1);
      center = f64x2.mul(f64x2.sub(center, shift), scale);
      spread = f64x2.mul(spread, f64x2.mul(scale, scale));
      const least = f64x2.mul(f64x2.sub(low, shift), scale);
      const greatest = f64x2.mul(f64x2.sub(high, shift), scale);
      const isTurned = f64x2.lt(scale, nothing);
      low = v128.bitselect(greatest, least, isTurned);
      high = v128.bitselect(least, greatest, isTurned);
      map += (<usize>mapStride) << 3;
    }
    if (from === column) {
      origins = center;
      lows = low;
      highs = high;
    }
    const d = f64x2.sub(center, origins);
    const product = f64x2.mul(count, d);
    counts = f64x2.add(counts, count);
    sums = f64x2.add(sums, product);
    squares = f64x2.add(squares, f64x2.add(spread, f64x2.mul(product, d)));
    lows = f64x2.pmin(lows, low);
    highs = f64x2.pmax(highs, high);
  }
  v128.store(at(target, targets, 0, column), counts);
  v128.store(at(target, targets, MEAN, column), sums);
  v128.store(at(target, targets, M2, column), squares);
  v128.store(at(target, targets, LEAST, column), lows);
  v128.store(at(target, targets, GREATEST, column), highs);
  v128.store(at(target, targets, ORIGIN, column), origins);
}

function at(moments: usize, units: i32, column: i32, unit: i32): usize {
  return moments + ((<usize>(column * units + unit)) << 3);
}

function merge(
  target: usize,
  targets: i32,
  unit: i32,
  count: f64,
  center: f64,
  spread: f64,
  low: f64,
  high: f64,
): void {
  const counts = at(target, targets, 0, unit);
  const origins = at(target, targets, ORIGIN, unit);
  const lows = at(target, targets, LEAST, unit);
  const highs = at(target, targets, GREATEST, unit);
  const sums = at(target, targets, MEAN, unit);
  const squares = at(target, targets, M2, unit);
  const before = load<f64>(counts);
  if (before === 0) {
    store<f64>(counts, count);
    store<f64>(origins, center);
    store<f64>(squares, spread);
    store<f64>(lows, low);
    store<f64>(highs, high);
    return;
  }
  const d = center - load<f64>(origins);
  store<f64>(counts, before + count);
  store<f64>(sums, load<f64>(sums) + count * d);
  store<f64>(squares, load<f64>(squares) + (spread + count * d * d));
  if (low < load<f64>(lows)) store<f64>(lows, low);
  if (high > load<f64>(highs)) store<f64>(highs, high);
}
