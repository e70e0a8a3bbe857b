/** The items in an order in which any beginning is spread over all of them: last and first, then ever closer. */
export function coarseToFine<T>(items: readonly T[]): readonly T[] {
  const order: T[] = [];
  const last = items.length - 1;
  let stride = 1;
  while (stride <= last) stride *= 2;
  const taken = new Uint8Array(items.length);
  for (; stride >= 1; stride /= 2) {
    // From the end: the last steps are of most interest.
    for (let at = last; at >= 0; at -= stride) {
      if (taken[at] === 1) continue;
      taken[at] = 1;
      order.push(items[at]);
    }
    if (last >= 0 && taken[0] === 0) {
      taken[0] = 1;
      order.push(items[0]);
    }
  }
  return order;
}
