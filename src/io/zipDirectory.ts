import { t } from '@vscode/l10n';
import { type ProblemError, problemError } from '../model/problem';
import { type ByteSource, readBytes } from './byteSource';
import { inflateSource } from './inflateSource';
import { sliceSource } from './sliceSource';

/** One entry as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
  /** CRC-32 of its bytes. */
  readonly crc: number;
}

/** The directory of a zip archive; entries that cannot be read are named in `problems` instead. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  readonly problems: readonly { readonly name: string; readonly error: ProblemError }[];
}

const END_SIGNATURE = 0x06054b50;
const END_SIZE = 22;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_END_SIZE = 56;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_SIZE = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_SIZE = 30;
const MAX_COMMENT = 0xffff;
/** A directory larger than this is not that of an archive of tensors. */
const MAX_DIRECTORY = 32 * 2 ** 20;

/**
 * Reads the central directory by range [APPNOTE 6.3.10, 4.3.12–4.3.16], including zip64. Uses sizes and offsets from
 * the directory only; entries must come before it and must not overlap. (We do not use a library, because libraries
 * return entries as streams, and a tensor viewer needs ranges of stored entries.)
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipDirectory> {
  const { offset, size, count, end } = await findDirectory(source);
  if (offset + size > source.size || size > MAX_DIRECTORY || count * ENTRY_SIZE > size) {
    throw malformed(
      source,
      t(
        "Invalid zip archive: the directory ({0} entries, {1} bytes at byte {2}) does not fit in the file's {3} bytes.",
        count,
        size,
        offset,
        source.size,
      ),
    );
  }
  // Readers that search for the directory from either side must find the same one.
  if (offset + size !== end)
    throw malformed(
      source,
      t('Invalid zip archive: the directory ends at byte {0}, not at its end record.', offset + size),
    );
  const view = viewOf(await readBytes(source, offset, size));
  const entries: ZipEntry[] = [];
  const problems: { name: string; error: ProblemError }[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_SIZE > size || view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw malformed(source, t('Invalid zip archive: directory entry {0} of {1} is damaged.', i + 1, count));
    }
    const { entry, error, next, name } = parseEntry(source, view, at, offset);
    at = next;
    if (names.has(name))
      problems.push({
        name,
        error: malformed(source, t('Invalid zip archive: two members have this name.'), name),
      });
    else if (error !== undefined) problems.push({ name, error });
    else if (entry !== undefined) entries.push(entry);
    names.add(name);
  }
  if (at < size)
    throw malformed(
      source,
      t('Invalid zip archive: the directory has more than its declared {0} entries.', count),
    );
  assertApart(source, entries);
  return { entries, problems };
}

/**
 * The bytes of an entry, inflated if it is deflated. Checksums are verified for deflated entries, which are read from
 * front to back, but not for stored ones, which are read in parts.
 */
export async function openZipEntry(source: ByteSource, entry: ZipEntry): Promise<ByteSource> {
  const header = viewOf(await readBytes(source, entry.headerOffset, LOCAL_SIZE));
  if (header.getUint32(0, true) !== LOCAL_SIGNATURE)
    throw malformed(
      source,
      t('Invalid zip archive: the local header of this member is damaged.'),
      entry.name,
    );
  const start = entry.headerOffset + LOCAL_SIZE + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressedSize > source.size) {
    throw problemError(
      'truncated',
      source.path,
      t(
        'Expected {0} bytes at byte {1}, but the file has only {2} bytes.',
        entry.compressedSize,
        start,
        source.size,
      ),
      entry.name,
    );
  }
  return entry.method === 'stored'
    ? sliceSource(source, start, entry.size)
    : inflateSource(source, start, entry.compressedSize, entry.size, entry.crc);
}

/** `end`: position of the end record, which gives the position of the directory. */
async function findDirectory(
  source: ByteSource,
): Promise<{ offset: number; size: number; count: number; end: number }> {
  const length = Math.min(source.size, END_SIZE + MAX_COMMENT);
  const start = source.size - length;
  const tail = viewOf(await readBytes(source, start, length));
  let at = length - END_SIZE;
  // The end record is last but for a comment, whose length must lead exactly to the file's end.
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === END_SIGNATURE && at + END_SIZE + tail.getUint16(at + 20, true) === length)
  ) {
    at--;
  }
  if (at < 0) {
    throw problemError(
      'truncated',
      source.path,
      t('The zip archive has no directory at its end: the file is truncated or still being written.'),
    );
  }
  const end = start + at;
  const directory = {
    end,
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const needsZip64 =
    directory.count === 0xffff || directory.size === 0xffffffff || directory.offset === 0xffffffff;
  if (end < ZIP64_LOCATOR_SIZE) return directory;
  const locator = viewOf(await readBytes(source, end - ZIP64_LOCATOR_SIZE, ZIP64_LOCATOR_SIZE));
  if (locator.getUint32(0, true) !== ZIP64_LOCATOR_SIGNATURE) return directory;
  const recordAt = uint64(source, locator, 8);
  // PyTorch writes this record into every archive.
  if (!needsZip64) return { ...directory, end: recordAt };
  const record = viewOf(await readBytes(source, recordAt, ZIP64_END_SIZE));
  if (record.getUint32(0, true) !== ZIP64_END_SIGNATURE)
    throw malformed(source, t('Invalid zip archive: the zip64 end record is damaged.'));
  return {
    end: recordAt,
    count: uint64(source, record, 32),
    size: uint64(source, record, 40),
    offset: uint64(source, record, 48),
  };
}

interface ParsedEntry {
  readonly name: string;
  readonly next: number;
  readonly entry?: ZipEntry;
  readonly error?: ProblemError;
}

function parseEntry(source: ByteSource, view: DataView, at: number, directoryOffset: number): ParsedEntry {
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const extraAt = at + ENTRY_SIZE + nameLength;
  const next = extraAt + extraLength + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw malformed(source, t('Invalid zip archive: the directory is truncated.'));
  const flags = view.getUint16(at + 8, true);
  const name = decodeName(new Uint8Array(view.buffer, view.byteOffset + at + ENTRY_SIZE, nameLength));
  const method = view.getUint16(at + 10, true);
  const fields = {
    size: view.getUint32(at + 24, true),
    compressedSize: view.getUint32(at + 20, true),
    headerOffset: view.getUint32(at + 42, true),
  };
  try {
    const { size, compressedSize, headerOffset } = withZip64(source, view, extraAt, extraLength, fields);
    if (flags & 1)
      throw unsupported(source, t('This archive member is encrypted, which is not supported.'), name);
    if (method !== 0 && method !== 8) {
      throw unsupported(
        source,
        t('Expected a stored or deflated archive member, found compression method {0}.', method),
        name,
      );
    }
    if (method === 0 && size !== compressedSize)
      throw malformed(source, t('Invalid zip archive: the two sizes of this stored member differ.'), name);
    if (headerOffset + LOCAL_SIZE + compressedSize > directoryOffset) {
      throw malformed(
        source,
        t(
          "Invalid zip archive: this member ({0} bytes at byte {1}) extends past the archive's data.",
          compressedSize,
          headerOffset,
        ),
        name,
      );
    }
    // Deflate compresses at most 1032:1, so a larger claim is damage or a bomb.
    if (size > compressedSize * 1032 + 1024) {
      throw malformed(
        source,
        t('Invalid zip archive: {0} compressed bytes cannot expand to {1} bytes.', compressedSize, size),
        name,
      );
    }
    return {
      name,
      next,
      entry: {
        name,
        method: method === 0 ? 'stored' : 'deflated',
        size,
        compressedSize,
        headerOffset,
        crc: view.getUint32(at + 16, true),
      },
    };
  } catch (error) {
    return { name, next, error: error as ProblemError };
  }
}

/** Replaces fields of all ones with the fields of the zip64 extra field [APPNOTE 4.5.3]. */
function withZip64<T extends { size: number; compressedSize: number; headerOffset: number }>(
  source: ByteSource,
  view: DataView,
  extraAt: number,
  extraLength: number,
  fields: T,
): T {
  const result = { ...fields };
  for (let at = extraAt; at + 4 <= extraAt + extraLength; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) {
      let field = at + 4;
      for (const key of ['size', 'compressedSize', 'headerOffset'] as const) {
        if (fields[key] !== 0xffffffff) continue;
        if (field + 8 > at + 4 + length || field + 8 > extraAt + extraLength) {
          throw malformed(source, t('Invalid zip archive: a zip64 field is truncated.'));
        }
        result[key] = uint64(source, view, field);
        field += 8;
      }
    }
    at += 4 + length;
  }
  return result;
}

/** Entries that share bytes are how a small archive claims to be a large one. */
function assertApart(source: ByteSource, entries: readonly ZipEntry[]): void {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  for (let i = 1; i < sorted.length; i++) {
    const end = sorted[i - 1].headerOffset + LOCAL_SIZE + sorted[i - 1].compressedSize;
    if (end > sorted[i].headerOffset)
      throw malformed(
        source,
        t('Invalid zip archive: this member overlaps "{0}".', sorted[i - 1].name),
        sorted[i].name,
      );
  }
}

/** UTF-8, as NumPy and PyTorch write it; otherwise byte by byte, so that no name is lost. */
function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return String.fromCharCode(...bytes);
  }
}

function uint64(source: ByteSource, view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value))
    throw malformed(source, t('Invalid zip archive: a size or offset of {0}.', value));
  return value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed({ path }: ByteSource, message: string, entry?: string): ProblemError {
  return problemError('malformed', path, message, entry);
}

function unsupported({ path }: ByteSource, message: string, entry: string): ProblemError {
  return problemError('unsupported', path, message, entry);
}
