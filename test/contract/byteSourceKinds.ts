import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { aheadSource } from '../../src/io/aheadSource';
import { bufferSource } from '../../src/io/bufferSource';
import { fileSystemByScheme } from '../../src/io/byScheme';
import type { ByteSource } from '../../src/io/byteSource';
import { hostFiles } from '../../src/io/hostFiles';
import { inflateSource } from '../../src/io/inflateSource';
import { localFiles } from '../../src/io/localFiles';
import { sliceSource } from '../../src/io/sliceSource';
import { openZipEntry, readZipDirectory } from '../../src/io/zipDirectory';

/** One kind of byte source. `beneath` wraps the source that it reads from, if there is one. */
export interface ByteSourceKind {
  readonly name: string;
  open(content: Uint8Array, beneath?: (source: ByteSource) => ByteSource): Promise<ByteSource>;
  /** Reads from another source, which `beneath` can make fail. */
  readonly derived: boolean;
}

export const PATH = 'memory:///folder/some%20file.bin';
const LEAD = 13;

/** In memory, as a view that neither begins nor ends where its buffer does. */
function memory(content: Uint8Array): ByteSource {
  const buffer = new Uint8Array(LEAD + content.length + 3).fill(0xee);
  buffer.set(content, LEAD);
  return bufferSource(PATH, buffer.subarray(LEAD, LEAD + content.length));
}

/** Content between other bytes, so that a wrong start or end shows. */
function embedded(content: Uint8Array): ByteSource {
  const whole = new Uint8Array(LEAD + content.length + 5).fill(0xcc);
  whole.set(content, LEAD);
  return memory(whole);
}

async function zipEntry(
  content: Uint8Array,
  level: 0 | 6,
  beneath: (source: ByteSource) => ByteSource,
): Promise<ByteSource> {
  const archive = zipSync({
    before: [content, { level }],
    entry: [content, { level }],
    after: [content, { level }],
  });
  const source = memory(archive);
  const { entries } = await readZipDirectory(source);
  return openZipEntry(beneath(source), entries[1]);
}

const itself = (source: ByteSource) => source;

export const BYTE_SOURCE_KINDS: readonly ByteSourceKind[] = [
  { name: 'buffer', derived: false, open: async (content) => memory(content) },
  { name: 'reads ahead', derived: false, open: async (content) => aheadSource(memory(content)) },
  {
    name: 'local file',
    derived: false,
    open: async (content) => (await temporaryFile(content)).source,
  },
  {
    name: 'file of the host',
    derived: false,
    open: (content) => {
      const host = hostFiles({
        readFile: async () => content.slice(),
        statFile: async () => ({ name: '', uri: PATH, kind: 'file', size: content.length }),
        listFolder: async () => [],
      });
      return fileSystemByScheme({ local: localFiles(), host }).open(PATH);
    },
  },
  {
    name: 'slice',
    derived: true,
    open: async (content, beneath = itself) => sliceSource(beneath(embedded(content)), LEAD, content.length),
  },
  {
    name: 'slice of a slice',
    derived: true,
    open: async (content, beneath = itself) => {
      const source = beneath(embedded(content));
      return sliceSource(sliceSource(source, 3, source.size - 3), LEAD - 3, content.length);
    },
  },
  {
    name: 'deflated range',
    derived: true,
    open: async (content, beneath = itself) => {
      const deflated = deflateRawSync(content);
      return inflateSource(beneath(embedded(deflated)), LEAD, deflated.length, content.length);
    },
  },
  {
    name: 'stored zip entry',
    derived: true,
    open: (content, beneath = itself) => zipEntry(content, 0, beneath),
  },
  {
    name: 'deflated zip entry',
    derived: true,
    open: (content, beneath = itself) => zipEntry(content, 6, beneath),
  },
];

const folders: string[] = [];

/** A file on this machine's disk, until {@link removeTemporaryFiles}. */
export async function temporaryFile(
  content: Uint8Array,
  name = 'some file.bin',
): Promise<{ source: ByteSource; path: string; uri: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'normscope-test-'));
  folders.push(folder);
  const path = join(folder, name);
  await writeFile(path, content);
  const uri = pathToFileURL(path).href;
  return { source: await localFiles().open(uri), path, uri };
}

export async function removeTemporaryFiles(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}
