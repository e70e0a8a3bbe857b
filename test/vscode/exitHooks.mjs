/** What must not outlive this process: servers are stopped and temporary folders removed however it ends. */

/** The end-to-end suites are bundles of their own, and share what this process listens to. */
const SHARED = Symbol.for('normscope.exitHooks');

/**
 * Calls `clean` (which must be synchronous) when the process exits or receives a signal to.
 *
 * @param {() => void} clean
 * @returns {() => void} forgets it again
 */
export function onExit(clean) {
  const hooks = sharedHooks();
  hooks.add(clean);
  return () => hooks.delete(clean);
}

/** @returns {Set<() => void>} */
function sharedHooks() {
  const shared = /** @type {{ [SHARED]?: Set<() => void> }} */ (globalThis);
  shared[SHARED] ??= listen(new Set());
  return shared[SHARED];
}

/** @param {Set<() => void>} hooks */
function listen(hooks) {
  process.on('exit', () => {
    for (const clean of hooks) clean();
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => process.exit(1));
  }
  return hooks;
}
