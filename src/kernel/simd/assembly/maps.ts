/** Writes the shift and the scale of each of n units next to each other. */
export function pairMaps(shifts: usize, scales: usize, n: i32, target: usize): void {
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    store<f64>(target + 2 * at, load<f64>(shifts + at));
    store<f64>(target + 2 * at, load<f64>(scales + at), 8);
  }
}
