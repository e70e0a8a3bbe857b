import { t } from '@vscode/l10n';
import { Inflate } from 'fflate';
import { problemError } from '../model/problem';
import type { ByteSource } from './byteSource';
import { crc32 } from './crc32';
import { sequentialSource } from './sequentialSource';

/** Compressed bytes read at a time. */
const INPUT_BYTES = 1 << 15;
const NOTHING = new Uint8Array(0);

/**
 * A deflated range of a source, as the bytes it inflates to [RFC 1951]. Best read from front to back: memory is
 * bounded by a piece of output, and a read that goes back starts from the beginning. Reads wait for each other.
 * Throws `malformed` where the data is not deflated or does not inflate to exactly `size` bytes; it never inflates
 * further than the piece that shows it. Where `crc` is given, the read of the last byte compares it with that of all bytes.
 */
export function inflateSource(
  source: ByteSource,
  start: number,
  compressedSize: number,
  size: number,
  crc?: number,
): ByteSource {
  const path = source.path;
  let state = freshState();

  function freshState() {
    const pieces: Uint8Array[] = [];
    const stream = new Inflate((piece) => {
      if (piece.length > 0) pieces.push(piece);
    });
    return { stream, pieces, input: 0, produced: 0, position: 0, crc: 0 };
  }

  /** Inflates one more piece of input; false at its end. */
  async function inflateMore(): Promise<boolean> {
    if (state.input === compressedSize) return false;
    const length = Math.min(INPUT_BYTES, compressedSize - state.input);
    const input = new Uint8Array(length);
    await source.read(start + state.input, input);
    state.input += length;
    const before = state.pieces.length;
    try {
      state.stream.push(input, state.input === compressedSize);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw problemError(
        'malformed',
        path,
        t('The compressed data is damaged near byte {0}: {1}.', start + state.input, why),
      );
    }
    for (const piece of state.pieces.slice(before)) {
      state.produced += piece.length;
      if (crc !== undefined) state.crc = crc32(piece, state.crc);
    }
    if (state.produced > size) throw wrongSize(t('more than {0}', size));
    return true;
  }

  function wrongSize(found: string) {
    return problemError(
      'malformed',
      path,
      t('Expected {0} bytes after decompression, found {1}.', size, found),
    );
  }

  /** Drops inflated bytes up to `offset`, then copies into the target. */
  async function readSequentially(offset: number, target: Uint8Array): Promise<void> {
    if (offset < state.position) state = freshState();
    let filled = 0;
    while (filled < target.length) {
      const piece = state.pieces[0];
      if (piece === undefined) {
        if (!(await inflateMore()) && state.pieces.length === 0) throw wrongSize(`${state.produced}`);
        continue;
      }
      const skip = Math.min(piece.length, offset + filled - state.position);
      const take = Math.min(piece.length - skip, target.length - filled);
      target.set(piece.subarray(skip, skip + take), filled);
      filled += take;
      state.position += skip + take;
      if (skip + take === piece.length) state.pieces.shift();
      else state.pieces[0] = piece.subarray(skip + take);
    }
    if (state.position === size) await assertEnd();
  }

  /** At the end of the output there must be no more of it. */
  async function assertEnd(): Promise<void> {
    while (state.pieces.length === 0 && (await inflateMore())) {
      // Only the end marker may be left.
    }
    if (crc !== undefined && state.crc !== crc)
      throw problemError(
        'malformed',
        path,
        t('The checksum of the {0} decompressed bytes does not match: the file is damaged.', size),
      );
  }

  return sequentialSource(path, size, {
    read: async (offset, target) => {
      // What is inflated already must not outlive the source: reading nothing rejects once that is closed.
      await source.read(start, NOTHING);
      try {
        await readSequentially(offset, target);
      } catch (error) {
        // Damaged data fails again when it is read again; what comes after the damage is never handed out.
        state = freshState();
        throw error;
      }
    },
    drop: () => {
      state = freshState();
    },
  });
}
