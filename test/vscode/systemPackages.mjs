/** What has to be on the system beside Node: a Chromium, and a compiler where a native module is built. */
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
 * @param {string[]} packages Debian's names
 * @param {string} needed what a person would have to install where apt-get cannot be used
 */
async function installDebianPackages(packages, needed) {
  const aptGet = await findExecutable(['apt-get']);
  if (aptGet === undefined || process.getuid?.() !== 0)
    throw new Error(`Please install ${needed}, then try again.`);
  await step(`installing ${packages.join(' ')} with apt-get`, async () => {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run(aptGet, ['update'], options);
    await run(aptGet, ['install', '-y', '--no-install-recommends', ...packages], options);
  });
}
