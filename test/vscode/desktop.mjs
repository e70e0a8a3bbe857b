import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron';
import { cacheFolder } from './cacheFolder.mjs';

/** A network that does not answer for this long does not let VS Code through. */
const TIMEOUT_MS = 8000;

/**
 * Downloads VS Code for the desktop, or finds the one downloaded before.
 *
 * @returns {Promise<string>} the path of its executable
 * @throws when the network does not let it through
 */
export async function downloadDesktop() {
  return downloadAndUnzipVSCode({
    version: 'stable',
    cachePath: cacheFolder(),
    timeout: TIMEOUT_MS,
    reporter: new SilentReporter(),
  });
}
