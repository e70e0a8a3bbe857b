import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { onExit } from './exitHooks.mjs';

/** A Chromium that talks to nobody but the server. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * @param {string} executablePath
 * @returns {Promise<import('playwright-core').Browser>} a headless Chromium, in which each context is incognito
 */
export async function launchChromium(executablePath) {
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** As Playwright starts it: no window, and a page that is not looked at runs as others do. */
const HEADLESS = [
  '--headless=new',
  '--hide-scrollbars',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-background-timer-throttling',
];

/** What a person's Chromium does: Debian's gives frames of another site no service worker, as if all were incognito. */
const PREFERENCES = { profile: { cookie_controls_mode: 0 } };

/**
 * With a profile, in which a frame of another site than the page's may have a service worker, as a webview does that
 * does not come from the workbench's site; and in the session of whoever starts it. Linux shares cores among sessions
 * first [sched(7), autogroup]: Playwright's own launch makes one for the browser, in which it would not go before a
 * kernel that steps back. VS Code for the desktop is one session.
 *
 * @param {string} executablePath
 * @param {string} profile an empty folder
 * @param {import('playwright-core').ViewportSize} viewport
 * @returns {Promise<{ browser: import('playwright-core').Browser, page: import('playwright-core').Page, stop: () => Promise<void> }>}
 *   a headless Chromium and its only page
 */
export async function startChromium(executablePath, profile, viewport) {
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(PREFERENCES));
  const child = spawn(
    executablePath,
    [...ARGUMENTS, ...HEADLESS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const forget = onExit(() => child.kill('SIGKILL'));
  const browser = await chromium.connectOverCDP(await devtoolsAddress(child.stderr));
  const [context] = browser.contexts();
  const page = context?.pages()[0];
  if (page === undefined) throw new Error('Chromium has no page.');
  await page.setViewportSize(viewport);
  const stop = async () => {
    await (await browser.newBrowserCDPSession()).send('Browser.close');
    await ended;
    forget();
  };
  return { browser, page, stop };
}

/**
 * Where Chromium says that it listens; what it says is read to the end of its life.
 *
 * @param {import('node:stream').Readable} said
 * @returns {Promise<string>}
 */
async function devtoolsAddress(said) {
  return new Promise((resolve, reject) => {
    createInterface({ input: said })
      .on('line', (line) => {
        const address = /DevTools listening on (ws:.*)/.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      })
      .on('close', () => reject(new Error('Chromium ended before it listened.')));
  });
}
