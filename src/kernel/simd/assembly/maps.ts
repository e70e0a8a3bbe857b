/** Multiplies n float64 values by a factor, for example scales by the number of cells in 1. */
export function inCells(values: usize, n: i32, factor: f64, target: usize): void {
  const factors = f64x2.splat(factor);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    const at = (<usize>i) << 3;
    v128.store(target + at, f64x2.mul(v128.load(values + at), factors));
  }
  if (i < n) store<f64>(target + ((<usize>i) << 3), load<f64>(values + ((<usize>i) << 3)) * factor);
}

/** Writes the shift and the scale of each of n units next to each other. */
export function pairMaps(shifts: usize, scales: usize, n: i32, target: usize): void {
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    store<f64>(target + 2 * at, load<f64>(shifts + at));
    store<f64>(target + 2 * at, load<f64>(scales + at), 8);
  }
}
