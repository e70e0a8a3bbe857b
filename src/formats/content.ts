import { type ByteSource, readBytes } from '../io/byteSource';
import { NPY_MAGIC } from './numpy/npy';
import { isPickle } from './torch/pickleFile';

/** The kind of a file, according to its first bytes, whatever its name. */
export type Content = 'npy' | 'zip' | 'pickle' | 'hdf5' | 'safetensors' | 'events' | UnreadContent;
/** Known containers that are not supported. */
export type UnreadContent = 'tar' | 'gzip' | 'bzip2' | 'xz' | 'zstd' | 'joblib' | 'gguf' | 'parquet';

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const TAR_AT = 257;
const HEAD = TAR_AT + 5;

/** Identifies a file by its first bytes; undefined if they are unknown. */
export async function contentOf(source: ByteSource): Promise<Content | undefined> {
  const head = await readBytes(source, 0, Math.min(HEAD, source.size));
  const begins = (bytes: readonly number[], at = 0) => bytes.every((byte, i) => head[at + i] === byte);
  if (begins(NPY_MAGIC)) return 'npy';
  if (begins([0x50, 0x4b, 3, 4]) || begins([0x50, 0x4b, 5, 6])) return 'zip';
  if (begins(HDF5)) return 'hdf5';
  if (begins([0x1f, 0x8b])) return 'gzip';
  if (begins([0x42, 0x5a, 0x68])) return 'bzip2';
  if (begins([0xfd, 0x37, 0x7a, 0x58, 0x5a])) return 'xz';
  if (begins([0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  if (begins([0x47, 0x47, 0x55, 0x46])) return 'gguf';
  if (begins([0x50, 0x41, 0x52, 0x31])) return 'parquet';
  if (begins([0x75, 0x73, 0x74, 0x61, 0x72], TAR_AT)) return 'tar';
  if (isPickle(head)) return isJoblib(head) ? 'joblib' : 'pickle';
  const length = head.length < 16 ? 0 : leadingLength(head);
  if (head[8] === 0x7b && length >= 2 && 8 + length <= source.size) return 'safetensors';
  return isEventHead(head, length) ? 'events' : undefined;
}

/** Little-endian, of eight bytes. */
function leadingLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
}

/** The first event of TensorBoard's files is short: a time, and a field 3 with `brain.Event:2`. */
function isEventHead(head: Uint8Array, length: number): boolean {
  return (
    length > 0 &&
    length < 200 &&
    new TextDecoder('latin1').decode(head.subarray(12, 12 + length)).includes('brain.Event:')
  );
}

/** joblib names its wrapper early and writes arrays between the opcodes, so its files are not readable pickles. */
function isJoblib(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head).includes('joblib.numpy_pickle');
}
