/** Runs that the recorder made of real training: trained on demand, and kept in the cache folder outside the checkout. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../vscode/cacheFolder.mjs';
import { withLock } from '../../vscode/lock.mjs';
import { step } from '../../vscode/progress.mjs';
import { pythonWithPyTorch } from '../processes';

const TRAIN = 'test/bench/recorded/train.py';
const RECORDER = 'media/recorder/normscope.py';
const FOLDER = /^bench-[0-9a-f]{16}$/;

export const RECORDED = {
  resnet: 'ResNet, 43 layers × 31 steps, 32 images',
  gpt: 'GPT, 42 layers × 21 steps, 8 sequences',
} as const;
export type Recorded = keyof typeof RECORDED;

/**
 * The folder of a run. Trains it if the cache lacks it, or has it from other versions of scripts, recorder or PyTorch;
 * those are deleted. Undefined if no Python has PyTorch.
 */
export async function recordedRun(name: Recorded): Promise<string | undefined> {
  const python = await pythonWithPyTorch();
  if (python === undefined) return undefined;
  const home = await versionFolder(python);
  const folder = join(home, name);
  await mkdir(home, { recursive: true });
  await withLock(`${home}.lock`, async () => {
    if (await exists(folder)) return;
    await removeOtherVersions(home);
    const unfinished = `${folder}.part`;
    await rm(unfinished, { recursive: true, force: true });
    // One thread: on a busy machine, PyTorch's threads would mostly wait for each other.
    const env = { ...process.env, OMP_NUM_THREADS: '1' };
    await step(`training ${RECORDED[name]}`, () =>
      promisify(execFile)(python, [TRAIN, name, unfinished], { env }),
    );
    await rename(unfinished, folder);
  });
  return folder;
}

async function versionFolder(python: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python, ['-c', 'import torch; print(torch.__version__)']);
  const hash = createHash('sha256').update(stdout);
  for (const path of [TRAIN, RECORDER]) hash.update(await readFile(path));
  return join(cacheFolder(), `bench-${hash.digest('hex').slice(0, 16)}`);
}

async function removeOtherVersions(home: string): Promise<void> {
  const parent = cacheFolder();
  for (const name of await readdir(parent))
    if (FOLDER.test(name) && join(parent, name) !== home)
      await rm(join(parent, name), { recursive: true, force: true });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
