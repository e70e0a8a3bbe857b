import { crc32 } from '../../io/crc32';
import type { Store } from '../../io/store';
import { decode, encode } from './plainData';

/** One sketch of a pack, as bytes. */
export interface PackedEntry {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Position of an entry in its pack. */
export interface PackedPlace {
  readonly key: string;
  /** From the pack's first byte. */
  readonly offset: number;
  readonly length: number;
  /** Of the key and the bytes: an entry under another's key is a damaged one. */
  readonly checksum: number;
}

/** Key, offset from the first entry, length, checksum. */
type DirectoryRow = readonly [string, number, number, number];

const textEncoder = new TextEncoder();

/** "NSC1", read as a little-endian number. */
const MAGIC = 0x3143534e;
/** Magic, length of the directory, and its checksum. */
const HEAD_BYTES = 12;

/**
 * A pack: 12 bytes of head, a directory, then the entries' bytes one after the other, the small ones first, which are
 * read together. Many go into one file, so that a run of 5,000 records is a few dozen files.
 */
export function pack(
  version: string,
  entries: readonly PackedEntry[],
): { readonly packed: Uint8Array; readonly places: readonly PackedPlace[] } {
  const sorted = [...entries].sort((a, b) => a.bytes.length - b.bytes.length);
  let offset = 0;
  const rows = sorted.map(({ key, bytes }): DirectoryRow => {
    offset += bytes.length;
    return [key, offset - bytes.length, bytes.length, checksumOf(key, bytes)];
  });
  const directory = encode([version, rows]);
  const packed = new Uint8Array(HEAD_BYTES + directory.length + offset);
  const head = new DataView(packed.buffer);
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, directory.length, true);
  head.setUint32(8, crc32(directory), true);
  packed.set(directory, HEAD_BYTES);
  let at = HEAD_BYTES + directory.length;
  for (const { bytes } of sorted) {
    packed.set(bytes, at);
    at += bytes.length;
  }
  return { packed, places: placesOf(rows, HEAD_BYTES + directory.length) };
}

/**
 * The entries of a pack of `size` bytes, from its directory alone; undefined if it is damaged or of another version.
 */
export async function readDirectory(
  store: Store,
  name: string,
  size: number,
  version: string,
): Promise<readonly PackedPlace[] | undefined> {
  const head = await store.read(name, 0, HEAD_BYTES);
  if (head.length < HEAD_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
  const start = HEAD_BYTES + view.getUint32(4, true);
  if (view.getUint32(0, true) !== MAGIC || start > size) return undefined;
  const directory = await store.read(name, HEAD_BYTES, start - HEAD_BYTES);
  if (directory.length < start - HEAD_BYTES || crc32(directory) !== view.getUint32(8, true)) return undefined;
  // What the checksum holds for was written by `pack`.
  const [writtenBy, rows] = decode(directory) as [string, DirectoryRow[]];
  return writtenBy === version ? placesOf(rows, start) : undefined;
}

/** `start`: the first entry's place in the pack. */
function placesOf(rows: readonly DirectoryRow[], start: number): PackedPlace[] {
  return rows.map(([key, offset, length, checksum]) => ({ key, offset: start + offset, length, checksum }));
}

/** The bytes of one entry; undefined if they are not what was written under its key. */
export async function readEntry(
  read: Store['read'],
  name: string,
  { key, offset, length, checksum }: PackedPlace,
): Promise<Uint8Array | undefined> {
  const bytes = await read(name, offset, length);
  return bytes.length === length && checksumOf(key, bytes) === checksum ? bytes : undefined;
}

function checksumOf(key: string, bytes: Uint8Array): number {
  return crc32(bytes, crc32(textEncoder.encode(key)));
}
