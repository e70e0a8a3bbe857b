import type { TensorInfo } from '../../formats/tensorFile';
import { bufferSource } from '../../io/bufferSource';
import type { ByteSource } from '../../io/byteSource';

/** The bytes of a tensor, as far as they were read. */
interface RecentTensor {
  readonly info: TensorInfo;
  readonly bytes: Uint8Array;
  /** Bytes from the beginning that were read. */
  known: number;
  /** Ends of pieces that were read beyond those, by beginning. */
  readonly pieces: Map<number, number>;
}

/**
 * The bytes of the tensors that were read last, so that one view of a record after another does not read its file again.
 * Keeps what passes by: nothing is read for the sake of keeping it.
 */
export interface RecentTensors {
  /** A tensor that was read from beginning to end; undefined if it was not, or was dropped. */
  read(key: string, path: string): { readonly info: TensorInfo; readonly tensor: ByteSource } | undefined;
  /** A source of the tensor that keeps what is read, and does not read it again. Too large a tensor comes back as it is. */
  keep(key: string, info: TensorInfo, tensor: ByteSource): ByteSource;
  /** Forgets all tensors. */
  clear(): void;
}

/** Keeps at most `budget` bytes; the least recently used tensors are dropped first. */
export function recentTensors(budget: number): RecentTensors {
  // A Map iterates in the order of insertion: the least recently used tensor is the first.
  const tensors = new Map<string, RecentTensor>();
  let used = 0;
  const drop = (key: string) => {
    used -= tensors.get(key)?.bytes.length ?? 0;
    tensors.delete(key);
  };
  const touch = (key: string): RecentTensor | undefined => {
    const found = tensors.get(key);
    if (found === undefined) return undefined;
    tensors.delete(key);
    tensors.set(key, found);
    return found;
  };
  return {
    read: (key, path) => {
      const found = touch(key);
      if (found === undefined || found.known < found.bytes.length) return undefined;
      return { info: found.info, tensor: bufferSource(path, found.bytes) };
    },
    keep: (key, info, tensor) => {
      const { size } = tensor;
      if (size > budget) return tensor;
      const found = touch(key);
      if (found?.bytes.length === size) return keepingSource(tensor, found);
      drop(key);
      for (const oldest of tensors.keys()) {
        if (used + size <= budget) break;
        drop(oldest);
      }
      const added = { info, bytes: new Uint8Array(size), known: 0, pieces: new Map() };
      tensors.set(key, added);
      used += size;
      return keepingSource(tensor, added);
    },
    clear: () => {
      tensors.clear();
      used = 0;
    },
  };
}

function keepingSource(source: ByteSource, kept: RecentTensor): ByteSource {
  const { path, size, isSequential } = source;
  return {
    path,
    size,
    ...(isSequential !== undefined && { isSequential }),
    read: async (offset, target) => {
      const end = offset + target.length;
      if (offset >= 0 && end <= kept.known) {
        target.set(kept.bytes.subarray(offset, end));
        return;
      }
      await source.read(offset, target);
      kept.bytes.set(target, offset);
      if (offset > kept.known) kept.pieces.set(offset, end);
      else kept.known = Math.max(kept.known, end);
      for (let next = kept.pieces.get(kept.known); next !== undefined; next = kept.pieces.get(kept.known)) {
        kept.pieces.delete(kept.known);
        kept.known = Math.max(kept.known, next);
      }
    },
    close: () => source.close(),
  };
}
