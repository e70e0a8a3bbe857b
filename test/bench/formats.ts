/** How fast the bytes of one tensor come out of a file of each format, beside plain reads of as many bytes. */
import { execFile } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { openTensorFile } from '../../src/formats/open';
import { localFiles } from '../../src/io/localFiles';
import { npyBytes, npyHeader, safetensorsBytes } from '../contract/dumpBytes';
import { pickleBytes, pickledTensor, pickledText } from '../contract/pickleBytes';
import { type Member, zipBytes } from '../fixtures/hostile/zipBytes';
import { bytesOf, valuesOf } from './data';
import { type Group, milliseconds, type Row } from './measure';
import { inTemporaryFolder } from './temporary';

const SHAPE = [256, 65_536];
const COUNT = SHAPE[0] * SHAPE[1];
/** As the kernel reads. */
const CHUNK = 1 << 19;

export const FORMATS_GROUP: Group = {
  name: 'formats',
  title: `the bytes of one float32 tensor of ${(4 * COUNT) / 2 ** 20} MB, from the page cache`,
  rows: () => inTemporaryFolder(rows),
};

async function rows(folder: string): Promise<Row[]> {
  const files = await writeFiles(folder);
  const fileSystem = localFiles();
  if (fileSystem === undefined) throw new Error('There are no local files here.');
  const statistics: [string, () => Promise<number>][] = files.map(({ name, path }) => [
    name,
    () =>
      milliseconds(async () => {
        const file = await openTensorFile(fileSystem, pathToFileURL(path).href);
        const source = await file.openTensor(file.tensors[0].name);
        const chunk = new Uint8Array(CHUNK);
        for (let at = 0; at < source.size; at += CHUNK)
          await source.read(at, chunk.subarray(0, Math.min(CHUNK, source.size - at)));
        await file.close();
      }),
  ]);
  const plain = () => milliseconds(() => readPlainly(files[0].path));
  const deflated = files.find(({ name }) => name.includes('deflated'))?.deflated ?? new Uint8Array(0);
  const zlib = () => milliseconds(async () => void inflateRawSync(deflated));
  const isDeflated = ([name]: [string, unknown]) => name.includes('deflated');
  const stored = statistics.filter((measure) => !isDeflated(measure));
  const packed = statistics.filter(isDeflated);
  const figures = new Map([
    ...(await best({ plain, ...Object.fromEntries(stored) }, 25)),
    ...(await best({ zlib, ...Object.fromEntries(packed) }, 5)),
  ]);
  const rate = (name: string) => `${((4 * COUNT) / (figures.get(name) ?? Number.NaN) / 1e6).toFixed(2)} GB/s`;
  const ratio = (name: string, to: string) =>
    `${((figures.get(to) ?? Number.NaN) / (figures.get(name) ?? Number.NaN)).toFixed(2)} of ${to === 'plain' ? 'plain reads' : to}`;
  return [
    { what: 'plain reads', figure: rate('plain') },
    ...files.map(({ name }) => ({
      what: name,
      figure: rate(name),
      ratio: ratio(name, name.includes('deflated') ? 'zlib' : 'plain'),
    })),
    { what: "Node's zlib alone, the same deflated bytes", figure: rate('zlib') },
  ];
}

/** The shortest time of each, in turns: copying memory is slowed by whatever else the machine does. */
async function best(
  statistics: Readonly<Record<string, () => Promise<number>>>,
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const figures = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(statistics))
      figures.set(name, Math.min(figures.get(name) ?? Number.POSITIVE_INFINITY, await measure()));
  }
  return figures;
}

async function readPlainly(path: string): Promise<void> {
  const file = await open(path);
  const chunk = new Uint8Array(CHUNK);
  for (let at = 0; at < 4 * COUNT; at += CHUNK) await file.read(chunk, 0, CHUNK, at);
  await file.close();
}

interface BenchFile {
  readonly name: string;
  readonly path: string;
  readonly deflated?: Uint8Array;
}

async function writeFiles(folder: string): Promise<BenchFile[]> {
  const data = bytesOf(valuesOf('relu', COUNT), 'float32');
  const shape = SHAPE.map(BigInt);
  const npy = npyBytes(npyHeader(`(${SHAPE.join(', ')})`), data);
  const member: Member = { name: 'a.npy', data: npy };
  const packed = zipBytes([{ ...member, deflated: true }]);
  const pickle = pickleBytes(
    '}',
    pickledText('a'),
    pickledTensor(shape, [shape[1], 1n], { count: BigInt(COUNT) }),
    's.',
  );
  const storage: Member[] = [
    { name: 'a/data.pkl', data: pickle },
    { name: 'a/data/0', data },
  ];
  const header = JSON.stringify({ a: { dtype: 'F32', shape: SHAPE, data_offsets: [0, data.length] } });
  const contents: readonly [string, string, Uint8Array][] = [
    ['npy', 'a.npy', npy],
    ['npz, stored', 'a.npz', zipBytes([member])],
    ['safetensors', 'a.safetensors', safetensorsBytes(header, data)],
    ['pt', 'a.pt', zipBytes(storage)],
    ['npz, deflated', 'deflated.npz', packed],
  ];
  const files: BenchFile[] = [];
  for (const [name, file, bytes] of contents) {
    await writeFile(join(folder, file), bytes);
    files.push({
      name,
      path: join(folder, file),
      ...(name.includes('deflated') && { deflated: deflatedOf(bytes) }),
    });
  }
  return [...files, ...(await writeHdf5(folder))];
}

/** The deflated bytes of an archive's only member. */
function deflatedOf(archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset);
  const start = 30 + view.getUint16(26, true);
  return archive.subarray(start, start + view.getUint32(18, true));
}

/** By h5py; none where there is no Python that has it. */
async function writeHdf5(folder: string): Promise<BenchFile[]> {
  const path = join(folder, 'a.h5');
  const script = `import h5py, numpy; h5py.File(${JSON.stringify(path)}, 'w')['a'] = numpy.resize(numpy.arange(65536, dtype='f4'), (${SHAPE.join(', ')}))`;
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      await promisify(execFile)(python, ['-c', script]);
      return [{ name: 'HDF5, contiguous', path }];
    } catch {
      // The next one may have it.
    }
  }
  return [];
}
