#!/usr/bin/env node
/**
 * Stands in for VS Code's executable where the desktop cannot be had: takes its command line, runs the extension
 * tests in a real VS Code server with its workbench in a headless Chromium, prints what they log and exits with
 * their exit code. Made for the vscodeExecutablePath of @vscode/test-electron's runTests:
 *
 *   code-in-browser.mjs [--extensionDevelopmentKind=web] --extensionDevelopmentPath=DIR
 *                       --extensionTestsPath=SCRIPT [FOLDER]
 */
import { format } from 'node:util';
import { launchChromium } from './chromium.mjs';
import { parseCommandLine } from './commandLine.mjs';
import { provisionBrowser } from './provision.mjs';
import { runMain } from './runMain.mjs';
import { startServer } from './server.mjs';
import { webHostSettings } from './userSettings.mjs';
import { workbenchUrl } from './workbenchUrl.mjs';

const TESTS_TIMEOUT_MS = 5 * 60 * 1000;

/**
 * @param {import('./commandLine.mjs').CommandLine & { extension: string, tests: string }} commandLine
 * @returns {Promise<number>} the tests' exit code
 */
async function runTestsInBrowser({ folder, extension, tests, web }) {
  const { server: binaries, chromium } = await provisionBrowser();
  const settings = web ? webHostSettings(extension) : {};
  const server = await startServer(binaries, { settings });
  const browser = await launchChromium(chromium);
  try {
    const page = await browser.newPage();
    const { exited } = await watchTests(page);
    const opened = page.goto(workbenchUrl({ server: server.url, folder, extension, tests }));
    return await Promise.race([exited, opened.then(() => exited)]);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/**
 * Gives the page the two functions that the workbench calls where there are any: with what the extension host logs,
 * and when the tests end.
 *
 * @param {import('playwright-core').Page} page before it goes anywhere
 * @returns {Promise<{ exited: Promise<number> }>} the tests' exit code
 */
async function watchTests(page) {
  /** @type {(code: number) => void} */
  let exit = () => {};
  /** @type {Promise<number>} */
  const exited = new Promise((resolve, reject) => {
    exit = resolve;
    const minutes = TESTS_TIMEOUT_MS / 60_000;
    setTimeout(
      () => reject(new Error(`The tests did not end within ${minutes} minutes.`)),
      TESTS_TIMEOUT_MS,
    ).unref();
    page.on('crash', () => reject(new Error('The page crashed.')));
  });
  await page.exposeFunction('codeAutomationExit', exit);
  await page.exposeFunction(
    'codeAutomationLog',
    (/** @type {string} */ _type, /** @type {unknown[]} */ args) => {
      process.stdout.write(`${format(...args)}\n`);
    },
  );
  return { exited };
}

await runMain(import.meta.url, async () => {
  const { extension, tests, ...rest } = parseCommandLine(process.argv.slice(2));
  if (extension === undefined || tests === undefined) {
    throw new Error('code-in-browser.mjs needs --extensionDevelopmentPath and --extensionTestsPath.');
  }
  process.exitCode = await runTestsInBrowser({ extension, tests, ...rest });
});
