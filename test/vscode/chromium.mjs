import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

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

/** What a person's Chromium does: Debian's gives frames of another site no service worker, as if all were incognito. */
const PREFERENCES = { profile: { cookie_controls_mode: 0 } };

/**
 * With a profile, in which a frame of another site than the page's may have a service worker, as a webview does that
 * does not come from the workbench's site.
 *
 * @param {string} executablePath
 * @param {string} profile an empty folder
 * @param {import('playwright-core').BrowserContextOptions} options
 * @returns {Promise<import('playwright-core').Page>} the only page of a headless Chromium
 */
export async function launchChromiumWithProfile(executablePath, profile, options) {
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(PREFERENCES));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ARGUMENTS,
    ...options,
  });
  return context.pages()[0] ?? context.newPage();
}
