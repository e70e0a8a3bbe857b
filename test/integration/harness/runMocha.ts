import { report } from './report';

/** Longer than a test waits for any one thing: see session.ts. */
const TEST_TIMEOUT_MS = 90_000;

/**
 * Runs mocha inside an extension host. Its browser build serves both hosts: neither needs files or a process from
 * it.
 *
 * @param host the extension host that the suites are meant to run in
 * @param loadSuites imports the suites, which call `describe` and `it`
 * @throws when a test failed or this is the other host; VS Code then exits with a code other than 0
 */
export async function runMocha(host: 'node' | 'web', loadSuites: () => Promise<unknown>): Promise<void> {
  const actual = 'WorkerGlobalScope' in globalThis ? 'web' : 'node';
  if (actual !== host)
    throw new Error(`These suites are for the ${host} extension host, not the ${actual} one.`);
  // Not a static import: this script assigns to module.exports, before VS Code would have read what we export.
  await import('mocha/mocha.js');
  mocha.setup({ ui: 'bdd', reporter: Mocha.reporters.Base, timeout: TEST_TIMEOUT_MS });
  await loadSuites();
  // Not mocha.run(): it wants a window that has an address.
  const failed = await new Promise<number>((done) => report(host, Mocha.prototype.run.call(mocha, done)));
  if (failed > 0) throw new Error(`${failed} tests failed in the ${host} extension host.`);
}
