import { t } from '@vscode/l10n';
import { problemError } from '../model/problem';

/**
 * Bytes that can be read by range: a file, a buffer, an entry of an archive.
 *
 * Ends are exclusive. A read fills its target whole or throws a ProblemError (`truncated` when the bytes are not
 * there); it never returns short. Reads may run side by side. A closed source rejects.
 */
export interface ByteSource {
  /** URI that problems name. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Reading backward starts again from the beginning, so keep what is needed twice. */
  readonly isSequential?: boolean;
  /** Fills `target` with the bytes from `offset` on. */
  read(offset: number, target: Uint8Array): Promise<void>;
  /**
   * Synchronous reads, if the platform supports them: disk files and bytes in memory. For libraries compiled from C
   * that request bytes in the middle of a call.
   */
  readSync?(offset: number, target: Uint8Array): void;
  close(): Promise<void>;
}

/**
 * Reads `length` bytes from `offset` into fresh memory.
 * The range is checked before memory is taken.
 */
export async function readBytes(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  assertRange(source, offset, length);
  const bytes = new Uint8Array(length);
  await source.read(offset, bytes);
  return bytes;
}

/** Throws `truncated` unless [offset, offset + length) is inside the source. */
export function assertRange(source: Pick<ByteSource, 'path' | 'size'>, offset: number, length: number): void {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > source.size
  ) {
    throw problemError(
      'truncated',
      source.path,
      t('Expected {0} bytes at offset {1}, but the size is {2} bytes.', length, offset, source.size),
    );
  }
}
