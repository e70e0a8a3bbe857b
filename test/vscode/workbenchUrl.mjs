import { resolve } from 'node:path';

/**
 * @typedef {object} WorkbenchTarget
 * @property {string} server URL of the VS Code server
 * @property {string | undefined} [folder] the folder to open (default: none)
 * @property {string} [extension] folder of the extension under development
 * @property {string} [tests] the script whose run() tests the extension
 */

/**
 * The address at which the workbench shows a folder; extension and tests need a server with the test driver.
 *
 * @param {WorkbenchTarget} target
 * @returns {string}
 */
export function workbenchUrl({ server, folder, extension, tests }) {
  const { host } = new URL(server);
  const remote = (/** @type {string} */ path) => `vscode-remote://${host}${encodeURI(resolve(path))}`;
  /** @type {[string, string][]} */
  const payload = [['skipWelcome', 'true']];
  if (extension !== undefined) payload.push(['extensionDevelopmentPath', remote(extension)]);
  if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)]);
  const url = new URL(server);
  if (folder === undefined) url.searchParams.set('ew', 'true');
  else url.searchParams.set('folder', resolve(folder));
  url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}
