/**
 * The libraries that requirements.txt pins, in a virtual environment outside any checkout that shares PyTorch with the
 * recorder's tests: under a minute, and 0.5 GB beyond PyTorch.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCurrentPyTorch } from '../recorder/currentPyTorch.mjs';
import { buildOnce } from '../vscode/buildOnce.mjs';
import { cacheFolder } from '../vscode/cacheFolder.mjs';
import { run } from '../vscode/command.mjs';
import { step } from '../vscode/progress.mjs';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const DEADLINE_MINUTES = 5;

/**
 * Finds the environment in the cache, or installs it.
 *
 * @returns {Promise<string>} the path of its Python
 * @throws where it cannot be installed; the message is one line that says why
 */
export async function ensureLibraries() {
  const torch = await ensureCurrentPyTorch();
  const home = dirname(dirname(torch));
  const key = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .update(basename(home));
  const folder = join(cacheFolder(), `libraries-${key.digest('hex').slice(0, 16)}`);
  const signal = AbortSignal.timeout(DEADLINE_MINUTES * 60_000);
  try {
    await buildOnce(folder, (draft) =>
      step(`installing libraries that write dumps in ${folder} (once)`, () =>
        install(draft, torch, home, signal),
      ),
    );
  } catch (error) {
    if (signal.aborted) throw new Error(`the installation took longer than ${DEADLINE_MINUTES} minutes`);
    const lines = /** @type {Error} */ (error).message.trim().split('\n');
    throw new Error(lines.at(-1));
  }
  return join(folder, 'bin/python');
}

/**
 * @param {string} folder
 * @param {string} torch the Python of the environment with PyTorch
 * @param {string} home that environment
 * @param {AbortSignal} signal
 */
async function install(folder, torch, home, signal) {
  await mkdir(folder, { recursive: true });
  await run(torch, ['-m', 'venv', folder], { signal });
  await writeFile(join(await sitePackages(folder), 'pytorch.pth'), `${await sitePackages(home)}\n`);
  const options = [
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    // Its authors publish the source alone, which is pure Python.
    '--no-binary=mup',
    '--no-cache-dir',
    '--retries=2',
    '--timeout=20',
  ];
  const python = join(folder, 'bin/python');
  await run(
    python,
    [
      '-m',
      'pip',
      'install',
      ...options,
      '--disable-pip-version-check',
      '--no-input',
      '--requirement',
      REQUIREMENTS,
    ],
    { signal },
  );
  await run(
    python,
    [
      '-c',
      'import h5py, keras, mup.coord_check, nnsight, tensorboard, torchlens, transformer_lens, xarray, zarr',
    ],
    {
      signal,
      env: { ...process.env, KERAS_BACKEND: 'torch' },
    },
  );
}

/** @param {string} environment */
async function sitePackages(environment) {
  const library = join(environment, 'lib');
  const [version] = await readdir(library);
  if (version === undefined) throw new Error(`${environment} has no packages`);
  return join(library, version, 'site-packages');
}
