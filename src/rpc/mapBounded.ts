import { throwIfAborted } from './abort';

/**
 * Runs `work` on every item, at most `limit` at a time; results in the order of the items.
 * Stops taking up items when one fails or the signal is aborted, and rejects once those under way have ended.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        throwIfAborted(signal);
        results[index] = await work(items[index]);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
  for (const each of lanes) if (each.status === 'rejected') throw each.reason;
  throwIfAborted(signal);
  return results;
}
