/**
 * The real VS Code server and workbench from npm: the package code-server carries them, and its version 4.139.1 is
 * VS Code 1.139.1. Built once per machine, outside any checkout. Only VS Code's own server is used; code-server's
 * wrapper around it is not.
 */
import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { buildOnce } from './buildOnce.mjs';
import { cacheFolder } from './cacheFolder.mjs';
import { run } from './command.mjs';
import { step } from './progress.mjs';
import { ensureCompiler } from './systemPackages.mjs';

const PACKAGE_VERSION = '4.139.1';

/** The Node that VS Code 1.139 wants; npm carries its binary and its headers. */
const NODE_MAJOR = 24;

/**
 * Built for this Node: log output channels stay empty without spdlog, and the extension host complains without its
 * watchdog. The file watcher and the terminal come prebuilt; the other native modules serve features that no test
 * uses.
 */
const NATIVE_MODULES = ['@vscode/spdlog', '@vscode/native-watchdog'];

/**
 * @typedef {object} VSCodeServer
 * @property {string} node path of the Node binary that runs the server
 * @property {string} main path of the server's entry script
 */

/**
 * The server's files, from the cache or built now (about a minute).
 *
 * @returns {Promise<VSCodeServer>}
 */
export async function ensureVSCodeServer() {
  const folder = join(cacheFolder(), `vscode-server-${PACKAGE_VERSION}-${process.platform}-${process.arch}`);
  await buildOnce(folder, (draft) =>
    step(`building the VS Code server in ${folder} (once)`, () => build(draft)),
  );
  return { node: nodeBinary(folder), main: join(vscodeFolder(folder), 'out/server-main.js') };
}

/** @param {string} folder */
async function build(folder) {
  await ensureCompiler();
  const nodeFolder = join(folder, 'node');
  const codeFolder = join(folder, 'code');
  await step(`installing Node ${NODE_MAJOR}`, () =>
    install(nodeFolder, `node@${NODE_MAJOR}`, '--ignore-scripts=false'),
  );
  await step(`installing code-server ${PACKAGE_VERSION}`, () =>
    install(codeFolder, `code-server@${PACKAGE_VERSION}`, '--ignore-scripts'),
  );
  const vscode = vscodeFolder(folder);
  const withItsNode = {
    ...process.env,
    PATH: dirname(nodeBinary(folder)) + delimiter + (process.env['PATH'] ?? ''),
    npm_config_nodedir: join(
      nodeFolder,
      `node_modules/node/node_modules/node-${process.platform}-${process.arch}`,
    ),
    JOBS: 'max',
  };
  await step("installing VS Code's own dependencies", () =>
    run('npm', ['install', '--omit=dev', '--ignore-scripts'], { cwd: vscode, env: withItsNode }),
  );
  await step(`building ${NATIVE_MODULES.join(', ')}`, () =>
    run('npm', ['rebuild', ...NATIVE_MODULES, '--ignore-scripts=false'], { cwd: vscode, env: withItsNode }),
  );
}

/**
 * Installs one npm package into a folder of its own.
 *
 * @param {string} folder
 * @param {string} spec
 * @param {string} scripts whether install scripts run
 */
async function install(folder, spec, scripts) {
  await mkdir(folder, { recursive: true });
  await run('npm', ['install', '--prefix', folder, scripts, spec], { cwd: folder });
}

/** @param {string} folder */
function nodeBinary(folder) {
  return join(folder, 'node/node_modules/node/bin/node');
}

/** @param {string} folder */
function vscodeFolder(folder) {
  return join(folder, 'code/node_modules/code-server/lib/vscode');
}
