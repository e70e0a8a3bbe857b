import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { decoder } from '../../src/formats/decode';
import { ITEM_SIZE } from '../../src/formats/dtype';
import { openTensorFile } from '../../src/formats/open';
import type { TensorFile, TensorInfo } from '../../src/formats/tensorFile';
import { ProblemError } from '../../src/model/problem';
import { largestAllocation, TYPED_ARRAYS } from '../contract/allocations';
import { type Files, memoryFiles, ROOT } from '../unit/run/memoryFiles';
import { examineRun } from './examine';
import { mutated, mutationOf } from './mutate';

export interface MutationOrder {
  readonly seed: number;
}

export interface MutationResult {
  /** Path of the fixture. */
  readonly fixture: string;
  readonly format: string;
  /** Whether a tensor could still be read. */
  readonly isUsable: boolean;
  /** What breaks a rule, as words; none where all is well. */
  readonly wrong: readonly string[];
  readonly seconds: number;
  readonly largestBytes: number;
  readonly peakBytes: number;
}

/** A real file, or a folder that is one dump. */
interface Fixture {
  readonly path: string;
  readonly format: string;
  /** By the path below the run's folder. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const LARGEST_FIXTURE = 200_000;
const ROOTS = [
  'formats',
  'containers',
  'libraries',
  'tensorboard',
  'recorder',
  'recorders',
  'run',
  'naming',
].map((name) => join('test/fixtures', name));
const FORMATS: readonly (readonly [string, RegExp])[] = [
  ['npy', /\.npy$/],
  ['npz', /\.npz$/],
  ['safetensors', /\.safetensors$/],
  ['torch', /\.(?:pt|pth|bin)$/],
  ['content', /\.(?:ckpt|pkl|tar)$/],
  ['hdf5', /\.(?:h5|hdf5|nc)$/],
  ['tensorboard', /tfevents/],
  ['sidecar', /normscope\.json$/],
];

let kept: readonly (readonly Fixture[])[] | undefined;

/** One list a format, so that each is as likely. */
function fixtures(): readonly (readonly Fixture[])[] {
  if (kept !== undefined) return kept;
  const paths = ROOTS.flatMap((root) =>
    readdirSync(root, { recursive: true }).map((name) => join(root, String(name))),
  ).sort();
  const isFile = (path: string) => statSync(path).isFile() && statSync(path).size <= LARGEST_FIXTURE;
  const single = FORMATS.map(([format, suffix]) =>
    paths
      .filter((path) => suffix.test(path) && !path.includes('.zarr') && isFile(path))
      .map((path) => singleFixture(path, format)),
  );
  const stores = paths
    .filter((path) => path.endsWith('.zarr'))
    .map((store): Fixture => {
      const files = paths.filter((path) => path.startsWith(store + sep) && isFile(path));
      const named = files.map((path) => [`step_000001.zarr/${path.slice(store.length + 1)}`, bytesOf(path)]);
      return { path: store, format: 'zarr', files: Object.fromEntries(named) };
    });
  kept = [...single, stores].filter((list) => list.length > 0);
  return kept;
}

function singleFixture(path: string, format: string): Fixture {
  const name = path.slice(path.lastIndexOf(sep) + 1);
  if (format !== 'sidecar') return { path, format, files: { [`step_000001/${name}`]: bytesOf(path) } };
  const dump = bytesOf('test/fixtures/run/per_layer/train/step_000100/act_conv1.npy');
  return { path, format, files: { [name]: bytesOf(path), 'step_000100/act_conv1.npy': dump } };
}

function bytesOf(path: string): Uint8Array {
  return Uint8Array.from(readFileSync(path));
}

/** Mutates a fixture by the seed, opens it, and reads everything that it claims to have. */
export async function runMutation({ seed }: MutationOrder): Promise<MutationResult> {
  const mutation = mutationOf(seed);
  const list = pick(fixtures(), mutation.fixture);
  const fixture = pick(list, (mutation.fixture * 7919) % 1);
  const names = Object.keys(fixture.files);
  const name = fixture.format === 'sidecar' ? names[0] : pick(names, mutation.file);
  const otherList = pick(fixtures(), mutation.other);
  const other = Object.values(pick(otherList, (mutation.other * 7919) % 1).files)[0];
  const bytes = mutated(fixture.files[name], mutation.changes, other);
  const files: Files = { ...fixture.files, [name]: bytes };
  const wrong: string[] = [];
  let isUsable = false;
  const started = { wall: performance.now(), cpu: process.cpuUsage() };
  const read =
    mutation.isWhole || fixture.format === 'sidecar'
      ? () => readWhole(files, wrong)
      : () => readTensors(files, wrong);
  const largestBytes = await largestAllocation(async () => {
    isUsable = await read();
  }, TYPED_ARRAYS);
  const cpu = process.cpuUsage(started.cpu);
  return {
    fixture: fixture.path,
    format: fixture.format,
    isUsable,
    wrong,
    seconds: Math.min((cpu.user + cpu.system) / 1e6, (performance.now() - started.wall) / 1e3),
    largestBytes,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** The whole road: listing, headers, every method's statistics. */
async function readWhole(files: Files, wrong: string[]): Promise<boolean> {
  const { untold, usable } = await examineRun(ROOT, memoryFiles(files));
  wrong.push(...untold);
  return usable.length > 0;
}

/** The reader alone: the file's header and every tensor's bytes. */
async function readTensors(files: Files, wrong: string[]): Promise<boolean> {
  const fileSystem = memoryFiles(files);
  const [first] = Object.keys(files);
  const store = /^[^/]*\.zarr/.exec(first)?.[0];
  const uri = `${ROOT}/${(store ?? first).split('/').map(encodeURIComponent).join('/')}`;
  let isUsable = false;
  try {
    const file = await openTensorFile(fileSystem, uri);
    for (const problem of file.problems) note(new ProblemError(problem), wrong);
    for (const info of file.tensors.slice(0, 200)) {
      try {
        await readTensor(file, info);
        isUsable = true;
      } catch (error) {
        note(error, wrong);
      }
    }
    await file.close();
  } catch (error) {
    note(error, wrong);
  }
  if (fileSystem.opened() > 0) wrong.push(`${fileSystem.opened()} files are left open`);
  return isUsable;
}

/** Bytes of a tensor that are read: those of a real file are fewer. */
const MAX_READ = 8 << 20;
const PIECE = 1 << 20;

async function readTensor(file: TensorFile, info: TensorInfo): Promise<void> {
  const source = await file.openTensor(info.name);
  try {
    const decode = decoder(info.dtype, info.littleEndian);
    for (let at = 0; at < Math.min(source.size, MAX_READ); at += PIECE) {
      const length = Math.min(PIECE, source.size - at);
      const bytes = new Uint8Array(length - (length % ITEM_SIZE[info.dtype]));
      await source.read(at, bytes);
      decode(bytes);
    }
  } finally {
    await source.close();
  }
}

function note(error: unknown, wrong: string[]): void {
  if (!(error instanceof ProblemError)) {
    wrong.push(`untagged: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return;
  }
  const { code, path, message } = error.problem;
  if (code === 'internal' || !path.startsWith(ROOT) || !/.\.$/su.test(message) || message.length > 3000)
    wrong.push(`${code} of ${path}: ${message.slice(0, 500)}`);
}

function pick<T>(items: readonly T[], fraction: number): T {
  return items[Math.floor(fraction * items.length)];
}
