/**
 * Adds up what the test runners said: our own `normscope-tests NAME: N passed, M failed` and mocha's
 * `N passing` and `N failing`.
 *
 * @param {string} output
 * @returns {{ passed: number, failed: number }}
 */
export function countTests(output) {
  const sum = (/** @type {RegExp} */ pattern) =>
    [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  return {
    passed: sum(/^normscope-tests \S+: (\d+) passed, \d+ failed$/gm) + sum(/^ +(\d+) passing\b/gm),
    failed: sum(/^normscope-tests \S+: \d+ passed, (\d+) failed$/gm) + sum(/^ +(\d+) failing\b/gm),
  };
}
