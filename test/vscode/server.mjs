/** Starts VS Code's own server, the one behind Remote-SSH and VS Code in the browser, on a free port. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onExit } from './exitHooks.mjs';
import { writeUserSettings } from './userSettings.mjs';

const START_TIMEOUT_MS = 60_000;

/** How long the server may take to stop before it is killed. */
const STOP_TIMEOUT_MS = 5000;

/**
 * How long a temporary server keeps the extension host of a page that is gone, which may only have lost its connection.
 * By default, it is 3 hours: the hosts of all suites would run until the last one ends.
 */
const KEPT_S = 30;

/** How many of the server's last lines an error carries. */
const SAID_LINES = 20;

/**
 * @typedef {object} ServerOptions
 * @property {number} [port] default: a free one
 * @property {boolean} [testDriver] lets the page's address name extensions under development and tests (default true)
 * @property {string} [serverDataDir] where the server keeps its data (default: temporary, removed by stop())
 * @property {string} [extensionsDir] installed extensions (default: below serverDataDir)
 * @property {Record<string, unknown>} [settings] user settings, see writeUserSettings
 * @property {Record<string, string>} [environment] variables for the server and its extension hosts
 *
 * @typedef {object} Server
 * @property {string} url with the token that lets one in, e.g. http://127.0.0.1:40123/?tkn=…
 * @property {number} port
 * @property {string} dataDir
 * @property {() => Promise<void>} stop
 */

/**
 * @param {import('./vscodeServer.mjs').VSCodeServer} binaries
 * @param {ServerOptions} [options]
 * @returns {Promise<Server>} once it accepts connections
 */
export async function startServer(binaries, options = {}) {
  const dataDir = options.serverDataDir ?? mkdtempSync(join(tmpdir(), 'normscope-server-'));
  const removeData = () => {
    if (options.serverDataDir === undefined) removeFolder(dataDir);
  };
  writeUserSettings(dataDir, options.settings ?? {});
  const token = randomUUID();

  const child = spawn(binaries.node, [binaries.main, ...serverArguments(dataDir, token, options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: serverEnvironment(options.environment),
  });
  const forget = onExit(() => {
    child.kill('SIGKILL');
    removeData();
  });
  const stop = async () => {
    await stopChild(child);
    forget();
    removeData();
  };
  try {
    const port = await listeningPort(child);
    return { url: `http://127.0.0.1:${port}/?tkn=${token}`, port, dataDir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {string} dataDir
 * @param {string} token
 * @param {ServerOptions} options
 */
function serverArguments(dataDir, token, { port = 0, testDriver = true, serverDataDir, extensionsDir }) {
  return [
    '--host=127.0.0.1',
    `--port=${port}`,
    `--connection-token=${token}`,
    '--accept-server-license-terms',
    '--disable-workspace-trust',
    '--disable-telemetry',
    '--disable-getting-started-override',
    `--server-data-dir=${dataDir}`,
    ...(serverDataDir === undefined ? [`--reconnection-grace-time=${KEPT_S}`] : []),
    ...(testDriver ? ['--enable-smoke-test-driver'] : []),
    ...(extensionsDir === undefined ? [] : [`--extensions-dir=${extensionsDir}`]),
  ];
}

/**
 * This process's environment without what a VS Code whose terminal it runs in left there, and without a gallery of
 * extensions: what is tested depends on no network.
 *
 * @param {Record<string, string>} [extra]
 */
function serverEnvironment(extra) {
  const own = Object.entries(process.env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name));
  return { ...Object.fromEntries(own), EXTENSIONS_GALLERY: '{}', ...extra };
}

/**
 * Reads the server's output until it names its port; keeps draining it afterwards.
 *
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @returns {Promise<number>}
 */
async function listeningPort(child) {
  /** @type {string[]} */
  const said = [];
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ reason) =>
      reject(new Error(`The VS Code server ${reason}:\n${said.join('\n')}`));
    const timer = setTimeout(
      () => fail(`did not start within ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    child.on('error', (error) => fail(`could not be started (${error.message})`));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (said.length > SAID_LINES) said.shift();
        const port = /Extension host agent listening on (\d+)/.exec(line)?.[1];
        if (port === undefined) return;
        clearTimeout(timer);
        resolve(Number(port));
      });
    }
  });
}

/**
 * Removes a folder that processes which are about to end may still write into: what has come meanwhile is found by
 * going through it again, which `maxRetries` does not.
 *
 * @param {string} folder
 * @param {number} [tries]
 */
function removeFolder(folder, tries = 5) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    if (tries === 1) throw error;
    removeFolder(folder, tries - 1);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function stopChild(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}
