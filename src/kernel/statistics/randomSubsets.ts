import { uniformFrom } from './uniform';

/**
 * Draws `count` subsets of `size` of some items, without replacement, always the same ones [Fisher & Yates 1938, the first
 * `size` places].
 */
export function randomSubsets(items: number, size: number, count: number): Int32Array[] {
  const uniform = uniformFrom(items * 65_537 + size);
  const order = Int32Array.from({ length: items }, (_, n) => n);
  return Array.from({ length: count }, () => {
    for (let i = 0; i < size; i++) {
      const j = i + Math.floor(uniform() * (items - i));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order.slice(0, size);
  });
}
