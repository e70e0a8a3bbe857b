import { t } from '@vscode/l10n';
import { ProblemError, problemError } from '../model/problem';
import type { ByteSource } from './byteSource';
import { crc32 } from './crc32';
import { INPUT_BYTES, type Inflater, openInflater } from './inflater';
import { sequentialSource } from './sequentialSource';

const NOTHING = new Uint8Array(0);

/** How far the data is inflated. */
interface Progress {
  /** Opened by the first read. */
  inflater?: Inflater;
  /** Inflated bytes from `position` on. */
  piece: Uint8Array;
  position: number;
  /** Compressed bytes that were read. */
  input: number;
  /** Inflated bytes, and their checksum. */
  produced: number;
  crc: number;
}

const freshState = (): Progress => ({ piece: NOTHING, position: 0, input: 0, produced: 0, crc: 0 });

/**
 * Decompresses a deflated range of a source [RFC 1951]. Read it from front to back: memory is bounded by a piece of
 * output, and a read that goes back starts from the beginning. Reads wait for each other. Throws `malformed` if the
 * data is not deflated or does not inflate to exactly `size` bytes; it stops at the piece that shows this. If `crc` is
 * given, reading the last byte also checks the CRC of all bytes.
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

  function restart(): void {
    state.inflater?.close();
    state = freshState();
  }

  async function readInput(): Promise<Uint8Array | undefined> {
    const current = state;
    if (current.input === compressedSize) return undefined;
    const input = new Uint8Array(Math.min(INPUT_BYTES, compressedSize - current.input));
    await source.read(start + current.input, input);
    current.input += input.length;
    return input;
  }

  /** Inflates the next piece; false at the end of the data. */
  async function inflateMore(): Promise<boolean> {
    let piece: Uint8Array | undefined;
    try {
      state.inflater ??= openInflater('deflate-raw', readInput);
      piece = await state.inflater.next();
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw problemError(
        'malformed',
        path,
        t('The compressed data is damaged near byte {0}: {1}.', start + state.input, why),
        undefined,
        error,
      );
    }
    if (piece === undefined) return false;
    state.piece = piece;
    state.produced += piece.length;
    if (crc !== undefined) state.crc = crc32(piece, state.crc);
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

  /** Skips inflated bytes up to `offset`, then copies into the target. */
  async function readSequentially(offset: number, target: Uint8Array): Promise<void> {
    if (offset < state.position) restart();
    let filled = 0;
    while (filled < target.length) {
      if (state.piece.length === 0 && !(await inflateMore())) throw wrongSize(`${state.produced}`);
      const { piece } = state;
      const skip = Math.min(piece.length, offset + filled - state.position);
      const take = Math.min(piece.length - skip, target.length - filled);
      target.set(piece.subarray(skip, skip + take), filled);
      filled += take;
      state.position += skip + take;
      state.piece = piece.subarray(skip + take);
    }
    if (state.position === size) await assertEnd();
  }

  /** At the end of the output there must be no more of it. */
  async function assertEnd(): Promise<void> {
    // Only the end marker may follow: a further piece throws.
    await inflateMore();
    if (crc !== undefined && state.crc !== crc)
      throw problemError(
        'malformed',
        path,
        t('The checksum of the {0} decompressed bytes does not match: the file is damaged.', size),
      );
  }

  return sequentialSource(path, size, {
    read: async (offset, target) => {
      // Inflated bytes must not be readable after the source is closed: this empty read rejects then.
      await source.read(start, NOTHING);
      try {
        await readSequentially(offset, target);
      } catch (error) {
        // Damaged data fails again when read again; nothing after the damage is ever returned.
        restart();
        throw error;
      }
    },
    drop: restart,
  });
}
