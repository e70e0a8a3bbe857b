/**
 * What has to be on the system beside Node: a Chromium, a compiler where a native module is built, and PyTorch for
 * the recorder's tests.
 */
import { findExecutable, run } from './command.mjs';
import { step } from './progress.mjs';

const CHROMIUM_NAMES = [
  '/usr/bin/chromium',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Finds a Chromium or Chrome: CHROMIUM_PATH first, then the usual places; installs Debian's when there is none.
 *
 * @returns {Promise<string>} the path of its executable
 */
export async function ensureChromium() {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined) {
    const found = await findExecutable([chosen]);
    if (found === undefined) throw new Error(`CHROMIUM_PATH names ${chosen}, which cannot be executed.`);
    return found;
  }
  const found = await findExecutable(CHROMIUM_NAMES);
  if (found !== undefined) return found;
  await installDebianPackages(
    ['chromium', 'fonts-dejavu-core'],
    'a Chromium or Chrome (or set CHROMIUM_PATH)',
  );
  return '/usr/bin/chromium';
}

/** Makes sure that node-gyp can build: Python 3, make and a C++ compiler. */
export async function ensureCompiler() {
  const tools = { python3: ['python3'], make: ['make'], 'g++': ['g++', 'c++'] };
  /** @type {string[]} */
  const missing = [];
  for (const [name, candidates] of Object.entries(tools)) {
    if ((await findExecutable(candidates)) === undefined) missing.push(name);
  }
  if (missing.length > 0) await installDebianPackages(missing, missing.join(', '));
}

/**
 * Finds a Python 3 with PyTorch: NORMSCOPE_PYTHON first, then `python3`; installs Debian's where there is none.
 *
 * @returns {Promise<string>} the path of its executable
 */
export async function ensurePyTorch() {
  const chosen = process.env['NORMSCOPE_PYTHON'];
  if (chosen !== undefined) {
    if (await hasTorch(chosen)) return chosen;
    throw new Error(`NORMSCOPE_PYTHON names ${chosen}, which cannot import torch.`);
  }
  for (const name of ['python3', '/usr/bin/python3']) {
    const found = await findExecutable([name]);
    if (found !== undefined && (await hasTorch(found))) return found;
  }
  await installDebianPackages(['python3-torch'], 'PyTorch for Python 3 (or set NORMSCOPE_PYTHON)');
  return '/usr/bin/python3';
}

/** @param {string} python */
async function hasTorch(python) {
  return run(python, ['-c', 'import torch']).then(
    () => true,
    () => false,
  );
}

/** apt-get refuses to run twice at a time. */
let aptGetIsFree = Promise.resolve();

/**
 * @param {string[]} packages Debian's names
 * @param {string} needed what a person would have to install where apt-get cannot be used
 */
export async function installDebianPackages(packages, needed) {
  const aptGet = await findExecutable(['apt-get']);
  if (aptGet === undefined || process.getuid?.() !== 0)
    throw new Error(`Please install ${needed}, then try again.`);
  const installed = aptGetIsFree.then(() =>
    step(`installing ${packages.join(' ')} with apt-get`, async () => {
      const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
      await run(aptGet, ['update'], options);
      await run(aptGet, ['install', '-y', '--no-install-recommends', ...packages], options);
    }),
  );
  aptGetIsFree = installed.catch(() => undefined);
  await installed;
}
