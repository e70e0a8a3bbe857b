/**
 * The PyTorch release that requirements.txt pins, in a virtual environment outside any checkout: about a minute and
 * 4.3 GB, once for each version of that file and of Python. Environments for other versions stay, because another
 * checkout may use them; `rm -r ~/.cache/normscope/pytorch-*` removes them all.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from '../vscode/buildOnce.mjs';
import { cacheFolder } from '../vscode/cacheFolder.mjs';
import { findExecutable, run } from '../vscode/command.mjs';
import { step } from '../vscode/progress.mjs';
import { installDebianPackages } from '../vscode/systemPackages.mjs';

const REQUIREMENTS = new URL('requirements.txt', import.meta.url);

/** Python versions that this PyTorch has wheels for. */
const PYTHON_NAMES = ['python3', '/usr/bin/python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];

/** Prints a Python's version, and fails where it is too old or cannot make a virtual environment. */
const ABOUT_PYTHON =
  'import ensurepip, platform, sys, venv; assert sys.version_info >= (3, 11); print(platform.python_version())';

/** The wheels and what they unpack to, side by side. */
const NEEDED_BYTES = 8 * 2 ** 30;

const DEADLINE_MINUTES = 40;

/**
 * The version that requirements.txt pins.
 *
 * @returns {Promise<string>}
 */
export async function currentVersion() {
  const found = /^torch==(\S+)$/m.exec(await readFile(REQUIREMENTS, 'utf8'));
  if (found?.[1] === undefined) throw new Error('requirements.txt does not pin torch.');
  return found[1];
}

/**
 * Finds the environment in the cache, or installs it.
 *
 * @returns {Promise<string>} the path of its Python
 * @throws where it cannot be installed; the message is one line that says why
 */
export async function ensureCurrentPyTorch() {
  const deadline = AbortSignal.timeout(DEADLINE_MINUTES * 60_000);
  try {
    const base = await findBasePython(deadline);
    const key = createHash('sha256')
      .update(await readFile(REQUIREMENTS))
      .update(base.version);
    const folder = join(cacheFolder(), `pytorch-${key.digest('hex').slice(0, 16)}`);
    const label = `installing PyTorch ${await currentVersion()} in ${folder} (once)`;
    await buildOnce(folder, (draft) => step(label, () => install(draft, base.path, deadline)));
    return pythonIn(folder);
  } catch (error) {
    if (deadline.aborted) throw new Error(`the installation took longer than ${DEADLINE_MINUTES} minutes`);
    const lines = /** @type {Error} */ (error).message.trim().split('\n');
    throw new Error(lines.at(-1));
  }
}

/**
 * @param {string} folder
 * @param {string} base a Python that can make virtual environments
 * @param {AbortSignal} signal
 */
async function install(folder, base, signal) {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < NEEDED_BYTES) {
    throw new Error(
      `${(free / 2 ** 30).toFixed(1)} GB of disk space are free, and the installation needs 8 GB`,
    );
  }
  await run(base, ['-m', 'venv', folder], { signal });
  // pip's own temporary folder may lie on a disk that is too small, or in memory.
  const temporary = join(folder, 'temporary');
  await mkdir(temporary);
  const python = pythonIn(folder);
  const network = ['--retries=2', '--timeout=20', '--disable-pip-version-check', '--no-input'];
  await run(
    python,
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--no-cache-dir',
      ...network,
    ].concat('--requirement', decodeURIComponent(REQUIREMENTS.pathname)),
    { signal, env: { ...process.env, TMPDIR: temporary } },
  );
  await rm(temporary, { recursive: true });
  await run(python, ['-c', 'import numpy, torch, transformers'], { signal });
}

/** @param {string} folder of a virtual environment */
function pythonIn(folder) {
  return join(folder, 'bin/python');
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<{ path: string, version: string }>}
 */
async function findBasePython(signal) {
  const found = await firstUsablePython(signal);
  if (found !== undefined) return found;
  await installDebianPackages(['python3-venv'], 'a Python 3.11 or later with the modules venv and ensurepip');
  const installed = await firstUsablePython(signal);
  if (installed === undefined) throw new Error('no Python from 3.11 on can make a virtual environment');
  return installed;
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<{ path: string, version: string } | undefined>}
 */
async function firstUsablePython(signal) {
  for (const name of PYTHON_NAMES) {
    const path = await findExecutable([name]);
    const version = path && (await run(path, ['-c', ABOUT_PYTHON], { signal }).catch(() => undefined));
    if (path && version) return { path, version: version.trim() };
  }
  return undefined;
}
