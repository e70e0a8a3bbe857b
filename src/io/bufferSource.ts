import { problemError } from '../model/problem';
import { assertRange, type ByteSource } from './byteSource';

/** Bytes in memory as a source. */
export function bufferSource(path: string, bytes: Uint8Array): ByteSource {
  let closed = false;
  const readSync = (offset: number, target: Uint8Array) => {
    if (closed) throw problemError('internal', path, 'The bytes were read after they were let go.');
    assertRange({ path, size: bytes.length }, offset, target.length);
    target.set(bytes.subarray(offset, offset + target.length));
  };
  return {
    path,
    size: bytes.length,
    read: async (offset, target) => readSync(offset, target),
    readSync,
    close: async () => {
      closed = true;
    },
  };
}
