import { problemError } from '../model/problem';
import { assertRange, type ByteSource } from './byteSource';

/** The decompressor behind a sequential source. It gets one read at a time, inside the source's range. */
interface Unpacking {
  read(offset: number, target: Uint8Array): Promise<void>;
  /** Releases decompressed data. */
  drop(): void;
}

/** Bytes that are unpacked as they are read, best from front to back; reads wait for each other. */
export function sequentialSource(path: string, size: number, { read, drop }: Unpacking): ByteSource {
  let queue: Promise<void> = Promise.resolve();
  let closed = false;
  return {
    path,
    size,
    isSequential: true,
    read: (offset, target) => {
      const result = queue.then(() => {
        if (closed) throw problemError('internal', path, 'Unpacked data was read after it was closed.');
        assertRange({ path, size }, offset, target.length);
        return read(offset, target);
      });
      queue = result.catch(() => {});
      return result;
    },
    close: async () => {
      closed = true;
      drop();
    },
  };
}
