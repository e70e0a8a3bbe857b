/**
 * The indices from 0 to n - 1 in an order in which any beginning spreads over all of them: first, last, then halving
 * the gaps. A curve that is computed in this order shows its whole extent at once and gets finer.
 */
export function coarseToFine(n: number): number[] {
  if (n <= 0) return [];
  const order = n === 1 ? [0] : [0, n - 1];
  let gaps: [number, number][] = [[0, n - 1]];
  while (gaps.length > 0) {
    const next: [number, number][] = [];
    for (const [low, high] of gaps) {
      if (high - low < 2) continue;
      const middle = (low + high) >> 1;
      order.push(middle);
      next.push([low, middle], [middle, high]);
    }
    gaps = next;
  }
  return order;
}
