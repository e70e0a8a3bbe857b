import { pathToFileURL } from 'node:url';
import { note } from './progress.mjs';

/**
 * Runs `main` when `moduleUrl` is the script that Node was started with; an error ends the process with one line.
 *
 * @param {string} moduleUrl `import.meta.url` of the script
 * @param {() => Promise<void>} main
 */
export async function runMain(moduleUrl, main) {
  if (moduleUrl !== pathToFileURL(process.argv[1] ?? '').href) return;
  try {
    await main();
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
