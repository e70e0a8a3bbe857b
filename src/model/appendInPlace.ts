/** Arrays that were made here, and so may be lengthened. */
const own = new WeakSet<readonly unknown[]>();

/**
 * An array with these items appended. An array that this function returned before is extended in place and returned:
 * copying a hundred thousand items many times a second for a few new ones blocks the page and creates garbage. Any
 * other array is copied once.
 */
export function appendInPlace<T>(array: readonly T[], added: readonly T[]): readonly T[] {
  if (!own.has(array)) {
    const copy = array.concat(added);
    own.add(copy);
    return copy;
  }
  // Only this function writes to an array that it returned.
  const mine = array as T[];
  for (const each of added) mine.push(each);
  return mine;
}
