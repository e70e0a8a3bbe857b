import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { type KernelLink, kernelLink } from '../../src/host/kernel/kernelLink';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { AnalyseProgress, KernelApi, KernelResources } from '../../src/protocol/kernelApi';
import { npyBytes, npyHeader } from './dumpBytes';
import { Uri } from './vscodeStub';

/** The unit build's folder of `dist/kernel.js`, the same bundle as the extension's. */
const KERNEL_ROOT = resolve('out/test');

/** The host's link to real kernel workers, and what it reported. */
export interface LinkUnderTest {
  readonly link: KernelLink;
  /** Reported reasons of deaths. */
  readonly deaths: string[];
  /** Workers that were started, in their order. */
  readonly workers: Worker[];
  /** Ends the link; resolves once every worker has ended. */
  end(): Promise<void>;
}

export function linkToKernel(root = KERNEL_ROOT, more: Partial<KernelResources> = {}): LinkUnderTest {
  const deaths: string[] = [];
  const workers: Worker[] = [];
  const exits: Promise<unknown>[] = [];
  const note = (worker: Worker) => {
    workers.push(worker);
    exits.push(new Promise((exited) => worker.on('exit', exited)));
  };
  process.on('worker', note);
  // VS Code's Uri is a class with private parts; the link uses only what the stub has.
  const extensionUri = Uri.file(root) as unknown as Parameters<typeof kernelLink>[0];
  const link = kernelLink(
    extensionUri,
    () => ({ memoryBudget: 2 ** 24, workers: 2, ...more }),
    ({ message }) => deaths.push(message),
  );
  return {
    link,
    deaths,
    workers,
    end: async () => {
      link.dispose();
      await Promise.all(exits);
      process.off('worker', note);
    },
  };
}

/** A prime: no unit begins at the same value as the next. */
const PERIOD = 65_521;

/** A run of many steps of one layer, which takes seconds to analyse; every step is a link to one file. */
export async function temporaryRun(steps: number, shape = [64, 64, 8, 8]) {
  const folder = await mkdtemp(join(tmpdir(), 'normscope-test-'));
  const period = Float32Array.from({ length: PERIOD }, (_, i) => Math.sin(i) * (1 + (i % 7)));
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) values[i] = period[i % PERIOD];
  const file = join(folder, 'one.bin');
  await writeFile(file, npyBytes(npyHeader(`(${shape.join(', ')})`), new Uint8Array(values.buffer)));
  for (let step = 0; step < steps; step++) {
    await mkdir(join(folder, 'run', `step_${step}`), { recursive: true });
    await link(file, join(folder, 'run', `step_${step}`, 'conv1.npy'));
  }
  return {
    uri: pathToFileURL(join(folder, 'run')).href,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Opens a run; the number of its records. */
export async function open({ link }: LinkUnderTest, run: string): Promise<number> {
  let first = 0;
  const onProgress = (news: KernelApi['openRun']['progress']) => {
    if ('records' in news) first += news.records.length;
  };
  const { records } = await link.call('openRun', { run, roots: [run] }, { onProgress });
  return first + records.length;
}

/** Analyses a run that is open. */
export function analyse(
  { link }: LinkUnderTest,
  run: string,
  onProgress: (progress: AnalyseProgress) => void = () => {},
  signal?: AbortSignal,
) {
  return link.call(
    'analyse',
    { run, options: DEFAULT_OPTIONS },
    signal === undefined ? { onProgress } : { onProgress, signal },
  );
}
