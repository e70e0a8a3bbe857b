import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { crc32c } from '../../io/checksums';
import { problemError } from '../../model/problem';

/** Bytes per read. */
const WINDOW = 1 << 20;
/** Maximum bytes of a record. Longer ones are skipped: they are images and graphs, and never histograms. */
const MAX_RECORD = 64 << 20;
/** Bytes of the length and its checksum. The data's checksum follows the data. */
const HEADER = 12;
const FOOTER = 4;

/**
 * Reads the records of a TFRecord file from front to back, with their positions in the file
 * [tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details"]. Skips a truncated record at the end of the
 * file, because it is still being written. The bytes are valid until the next record. Throws `malformed` if a checksum
 * is wrong.
 */
export async function* tfRecords(source: ByteSource): AsyncGenerator<{ data: Uint8Array; offset: number }> {
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  let at = 0;
  /** Returns the bytes [at, at + length), from the window if it contains them. */
  const bytesAt = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset + length > windowStart + window.length) {
      window = await readBytes(source, offset, Math.min(Math.max(length, WINDOW), source.size - offset));
      windowStart = offset;
    }
    return window.subarray(offset - windowStart, offset - windowStart + length);
  };
  while (at + HEADER <= source.size) {
    const header = await bytesAt(at, HEADER);
    const view = new DataView(header.buffer, header.byteOffset, HEADER);
    if (view.getUint32(8, true) !== maskedCrc32c(header.subarray(0, 8))) {
      throw problemError(
        'malformed',
        source.path,
        t('Expected a TFRecord at byte {0}, but the checksum of its length does not match.', at),
      );
    }
    const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
    const next = at + HEADER + length + FOOTER;
    if (next > source.size) return;
    if (length <= MAX_RECORD) {
      const record = await bytesAt(at + HEADER, length + FOOTER);
      const data = record.subarray(0, length);
      const stored = new DataView(record.buffer, record.byteOffset).getUint32(length, true);
      if (stored !== maskedCrc32c(data)) {
        throw problemError(
          'malformed',
          source.path,
          t(
            'The checksum of the record at byte {0} does not match its {1} bytes: the file is damaged.',
            at,
            length,
          ),
        );
      }
      yield { data, offset: at + HEADER };
    }
    at = next;
  }
}

/**
 * Returns a CRC-32C in its stored, masked form, which avoids checksums of checksums
 * [tensorflow/core/lib/hash/crc32c.h].
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
