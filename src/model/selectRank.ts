/**
 * Moves values so that the one of a rank (from 0) is where sorting would put it, with no greater value before and no
 * smaller one after it [Hoare 1961, Algorithm 65: FIND]. Values must not be NaN.
 */
export function selectRank(values: Float64Array, rank: number): void {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return;
  }
}
