/** Arrays that were made here, and so may be lengthened. */
const own = new WeakSet<readonly unknown[]>();

/**
 * An array with these items after its own. One that came from here is lengthened in place and given back: to copy a
 * hundred thousand items many times a second for a few new ones is what holds up a page, and makes its garbage. One
 * from elsewhere is copied, once.
 */
export function appendInPlace<T>(array: readonly T[], added: readonly T[]): readonly T[] {
  if (!own.has(array)) {
    const copy = array.concat(added);
    own.add(copy);
    return copy;
  }
  // Nobody writes to an array from here but this function.
  const mine = array as T[];
  for (const each of added) mine.push(each);
  return mine;
}
