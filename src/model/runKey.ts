/** The key of a run: the same for the same roots in any order. */
export function runKey(roots: readonly string[]): string {
  return [...roots].sort().join('\n');
}
