/**
 * A site of their own for the webviews of the workbench in a browser. Its server hands them out from the workbench's
 * site, so that Chromium runs both in one process, on one thread and in one heap. Elsewhere a webview has a site of its
 * own (`vscode-webview://…` on the desktop, `https://….vscode-cdn.net` on vscode.dev), and with it a process.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';

/** The files that a webview is made of, below the folder of the server's main script, and what they are. */
const FOLDER = 'vs/workbench/contrib/webview/browser/pre';
const FILES = new Map([
  ['/index.html', 'text/html'],
  ['/fake.html', 'text/html'],
  ['/service-worker.js', 'text/javascript'],
]);

/** Where the page's configuration, JSON in an attribute, says what webviews come from. */
const ENDPOINT = /(?<=&quot;webviewEndpoint&quot;:&quot;).*?(?=&quot;)/;
const POLICY = 'content-security-policy';
const FRAME_SOURCES = /(?<=frame-src )/;

/**
 * @typedef {object} WebviewSite
 * @property {(page: import('playwright-core').Page, server: string) => Promise<void>} useIn has the workbench that this page
 *   will show take its webviews from here; `server` is its URL
 * @property {() => Promise<void>} stop
 */

/**
 * Serves webviews from `*.localhost`, which is this machine, another site than 127.0.0.1, and trusted as https is.
 *
 * @param {import('./vscodeServer.mjs').VSCodeServer} binaries
 * @returns {Promise<WebviewSite>}
 */
export async function startWebviewSite({ main }) {
  const server = createServer(async ({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const type = FILES.get(pathname);
    if (type === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
    response.end(await readFile(join(dirname(main), FOLDER, pathname)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    useIn: (page, workbench) => takeWebviewsFrom(`localhost:${port}`, page, workbench),
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Changes the workbench's page on its way: its configuration and its policy name the site.
 *
 * @param {string} site host and port
 * @param {import('playwright-core').Page} page
 * @param {string} workbench
 */
async function takeWebviewsFrom(site, page, workbench) {
  const { origin } = new URL(workbench);
  // To Chromium a page that did not come over the network is no page of this machine, which may ask it for anything.
  await page.context().grantPermissions(['local-network-access'], { origin });
  const devtools = await page.context().newCDPSession(page);
  devtools.on('Fetch.requestPaused', async ({ requestId, responseStatusCode, responseHeaders = [] }) => {
    // The server first sends one on, with a cookie instead of the token.
    if (responseStatusCode !== 200) {
      await devtools.send('Fetch.continueResponse', { requestId });
      return;
    }
    const { body } = await devtools.send('Fetch.getResponseBody', { requestId });
    const html = Buffer.from(body, 'base64').toString();
    await devtools.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: 200,
      responseHeaders: responseHeaders.map(({ name, value }) =>
        name.toLowerCase() === POLICY
          ? { name, value: replaced(value, FRAME_SOURCES, `http://*.${site} `) }
          : { name, value },
      ),
      // The workbench writes a digest of its own origin for {{uuid}}.
      body: Buffer.from(replaced(html, ENDPOINT, `http://{{uuid}}.${site}`)).toString('base64'),
    });
  });
  await devtools.send('Fetch.enable', {
    patterns: ['/', '/\\?*'].map((path) => ({
      urlPattern: origin + path,
      resourceType: /** @type {const} */ ('Document'),
      requestStage: /** @type {const} */ ('Response'),
    })),
  });
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 * @param {string} replacement
 */
function replaced(text, pattern, replacement) {
  if (!pattern.test(text)) throw new Error(`The workbench's page has no ${pattern}`);
  return text.replace(pattern, replacement);
}
