/**
 * What an end-to-end suite starts from. test/e2e/run.mjs starts the VS Code server and says where it is; a suite is
 * then as short as this:
 *
 *   import { panelFrame, runCommand, screenshot } from '../vscode/workbench.mjs';
 *   import { useWorkbench } from './session.mjs';
 *
 *   describe('the sample run', () => {
 *     const workbench = useWorkbench({ folder: 'media/sample' });
 *
 *     it('opens', async () => {
 *       await runCommand(workbench.page, 'Normscope: Open Sample Run');
 *       const panel = await panelFrame(workbench.page);
 *       await panel.getByRole('heading', { name: 'Layers' }).waitFor();
 *       await screenshot(workbench.page, 'sample-run');
 *     });
 *   });
 *
 * Paths are relative to the checkout, which npm scripts run in.
 */
import { launchChromium } from '../vscode/chromium.mjs';
import { temporaryCopy } from '../vscode/temporaryCopy.mjs';
import { THEMES, webHostSettings, writeUserSettings } from '../vscode/userSettings.mjs';
import { openWorkbench, screenshot } from '../vscode/workbench.mjs';

/** Starting Chromium and showing VS Code for the first time, on a loaded machine. */
const OPEN_TIMEOUT_MS = 120_000;

/** Whether the server has the packaged extension installed; otherwise the checkout is under test. */
export const isInstalled = process.env['NORMSCOPE_E2E_INSTALLED'] === 'yes';

const CHECKOUT = process.cwd();

/**
 * @typedef {object} SessionOptions
 * @property {string} folder what to open; a temporary copy of it, which the suite may change
 * @property {(folder: string) => void} [prepare] changes the copy before it is opened: what is made when the workbench
 *   has just come up may fall between its look at the folder and its watching, and is never shown
 * @property {boolean} [web] run the extension in the web extension host, as on vscode.dev (default: the Node one)
 * @property {keyof typeof THEMES} [theme] default: dark
 * @property {Record<string, unknown>} [settings] user settings
 * @property {import('playwright-core').BrowserContextOptions} [context] e.g. viewport or reducedMotion
 * @property {() => Promise<string>} [extension] makes the extension that is under test (default: the checkout)
 * @property {string} [language] the display language (default: English)
 *
 * @typedef {object} Session
 * @property {import('playwright-core').Page} page the workbench
 * @property {string} folder the copy that is open
 */

/**
 * Opens a workbench before the tests of the suite that calls this and closes it after them. Leaves a screenshot,
 * `failed-….png`, of every test that fails.
 *
 * @param {SessionOptions} options
 * @returns {Session} filled when the tests run
 */
export function useWorkbench({ folder, prepare, web = false, theme = 'dark', settings, context, ...more }) {
  const session = /** @type {Session} */ ({});
  /** @type {import('playwright-core').Browser | undefined} */
  let browser;

  before(async function () {
    this.timeout(OPEN_TIMEOUT_MS);
    writeUserSettings(required('NORMSCOPE_E2E_SERVER_DATA'), {
      'workbench.colorTheme': THEMES[theme],
      'workbench.reduceMotion': 'on',
      ...(web ? webHostSettings(CHECKOUT) : {}),
      ...settings,
    });
    browser = await launchChromium(required('NORMSCOPE_E2E_CHROMIUM'));
    session.folder = temporaryCopy(folder);
    prepare?.(session.folder);
    session.page = await openWorkbench(
      browser,
      {
        server: required('NORMSCOPE_E2E_SERVER'),
        folder: session.folder,
        ...(isInstalled ? {} : { extension: (await more.extension?.()) ?? CHECKOUT }),
      },
      context,
      more.language,
    );
  });

  afterEach(async function () {
    const title = this.currentTest?.state === 'failed' ? this.currentTest.fullTitle() : undefined;
    if (title !== undefined) await screenshot(session.page, `failed-${title.replace(/[^\w]+/g, '-')}`);
  });

  after(async () => {
    await browser?.close();
  });

  return session;
}

/** @param {string} name of a variable that test/e2e/run.mjs sets */
function required(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the suites with npm run test:e2e.`);
  return value;
}
