/** Progress on stderr: one line when a step starts, one with its duration when it ends. */

/** @param {string} line */
export function note(line) {
  process.stderr.write(`normscope: ${line}\n`);
}

/**
 * Runs `work` and tells how long it took.
 *
 * @template T
 * @param {string} label what is being done, e.g. 'installing the VS Code server'
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} what `work` resolved with
 */
export async function step(label, work) {
  note(`${label} …`);
  const started = performance.now();
  const result = await work();
  note(`${label}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
