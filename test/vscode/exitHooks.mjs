/** What must not outlive this process: servers are stopped and temporary folders removed however it ends. */

/** @type {Set<() => void>} */
const hooks = new Set();

let listening = false;

/**
 * Calls `clean` (which must be synchronous) when the process exits or receives a signal to.
 *
 * @param {() => void} clean
 * @returns {() => void} forgets it again
 */
export function onExit(clean) {
  if (!listening) listen();
  hooks.add(clean);
  return () => hooks.delete(clean);
}

function listen() {
  listening = true;
  process.on('exit', () => {
    for (const clean of hooks) clean();
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => process.exit(1));
  }
}
