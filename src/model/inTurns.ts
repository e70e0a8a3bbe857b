/**
 * Long work in small pieces: a generator that yields wherever other work may run in between. What it yields is ignored;
 * its return value is the result.
 */
export type InTurns<T> = Generator<undefined, T>;

/** Runs a generator to completion without pausing and returns its result. */
export function withoutTurns<T>(work: InTurns<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Maps each item, such as a layer, to zero or more results. Yields after each item. */
export function* flatMapInTurns<T, U>(items: readonly T[], of: (item: T) => readonly U[] | U): InTurns<U[]> {
  const all: U[] = [];
  for (const item of items) {
    const made = of(item);
    if (Array.isArray(made)) all.push(...made);
    else all.push(made as U);
    yield;
  }
  return all;
}

/** Number of items to visit between yields, for loops that do little work per item. */
const STRIDE = 200;

/** Visits each item of a long list: `yield* inTurns(records, (record) => …)`. */
export function* inTurns<T>(items: Iterable<T>, visit: (item: T, index: number) => void): InTurns<void> {
  let count = 0;
  if (Array.isArray(items)) {
    // Without the objects of an iterator.
    const list: readonly T[] = items;
    while (count < list.length) {
      visit(list[count], count);
      if (++count % STRIDE === 0) yield;
    }
    return;
  }
  for (const item of items) {
    visit(item, count);
    if (++count % STRIDE === 0) yield;
  }
}

/** `items.map(of)`, for a long list. */
export function* mapInTurns<T, U>(items: readonly T[], of: (item: T, index: number) => U): InTurns<U[]> {
  const all: U[] = [];
  yield* inTurns(items, (item, index) => void all.push(of(item, index)));
  return all;
}

/** Items that are sorted, or merged, in one piece. */
const SORTED_AT_ONCE = 1 << 12;

/** `[...items].sort(compare)`, for a long list: sorts stretches of it, and merges them by twos. */
export function* sortInTurns<T>(items: readonly T[], compare: (a: T, b: T) => number): InTurns<T[]> {
  let sorted: T[][] = [];
  for (let from = 0; from < items.length; from += SORTED_AT_ONCE) {
    sorted.push(items.slice(from, from + SORTED_AT_ONCE).sort(compare));
    yield;
  }
  while (sorted.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < sorted.length; i += 2)
      merged.push(i + 1 < sorted.length ? yield* merge(sorted[i], sorted[i + 1], compare) : sorted[i]);
    sorted = merged;
  }
  return sorted[0] ?? [];
}

function* merge<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): InTurns<T[]> {
  const merged: T[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const isFirst = j === b.length || (i < a.length && compare(a[i], b[j]) <= 0);
    merged.push(isFirst ? a[i++] : b[j++]);
    if (merged.length % SORTED_AT_ONCE === 0) yield;
  }
  return merged;
}
