import { chromium } from 'playwright-core';

/**
 * @param {string} executablePath
 * @returns {Promise<import('playwright-core').Browser>} a headless Chromium that talks to nobody but the server
 */
export async function launchChromium(executablePath) {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
