import { problemError } from '../model/problem';
import { assertRange, type ByteSource } from './byteSource';

/** The range [start, start + size) of another source, which stays open when the slice is closed. */
export function sliceSource(source: ByteSource, start: number, size: number): ByteSource {
  assertRange(source, start, size);
  let closed = false;
  return {
    path: source.path,
    size,
    isSequential: source.isSequential ?? false,
    read: async (offset, target) => {
      if (closed)
        throw problemError('internal', source.path, 'A part of the file was read after it was closed.');
      assertRange({ path: source.path, size }, offset, target.length);
      await source.read(start + offset, target);
    },
    close: async () => {
      closed = true;
    },
  };
}
