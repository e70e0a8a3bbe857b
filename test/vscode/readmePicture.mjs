/**
 * `npm run build && node test/vscode/readmePicture.mjs`: takes the picture of README, the panel on the sample run in VS
 * Code's dark theme, and writes media/readme/panel.png.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.mjs';
import { provisionBrowser } from './provision.mjs';
import { runMain } from './runMain.mjs';
import { startServer } from './server.mjs';
import { THEMES } from './userSettings.mjs';
import { openWorkbench, panelFrame, runCommand } from './workbench.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(root, 'media/sample');
const PICTURE = join(root, 'media/readme/panel.png');

/** As wide as README shows it on a screen of high resolution. */
const VIEWPORT = { width: 1280, height: 800 };

/** Charts are drawn some frames after their data has come. */
const DRAWN_MS = 2000;

await runMain(import.meta.url, async () => {
  const { server: binaries, chromium } = await provisionBrowser();
  const settings = { 'workbench.colorTheme': THEMES.dark, 'workbench.reduceMotion': 'on' };
  const server = await startServer(binaries, { settings });
  const browser = await launchChromium(chromium);
  try {
    const target = { server: server.url, folder: SAMPLE, extension: root };
    const page = await openWorkbench(browser, target, { viewport: VIEWPORT });
    await runCommand(page, 'Normscope: Open Sample Run');
    const panel = await panelFrame(page);
    await runCommand(page, 'View: Close Primary Side Bar');
    await panel.locator('canvas[data-chart="distribution-none"]').waitFor();
    await panel.locator('.progress').waitFor({ state: 'detached' });
    await panel.locator('.verdict[data-stale="false"]:not(.pending)').waitFor();
    await page.waitForTimeout(DRAWN_MS);
    await page.screenshot({ path: PICTURE });
    process.stdout.write(`${PICTURE}\n`);
  } finally {
    await browser.close();
    await server.stop();
  }
});
