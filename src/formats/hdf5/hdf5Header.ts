import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { problemError } from '../../model/problem';

/** The position of a number's bits in its element. */
export interface NumberFields {
  /** First significant bit and number of significant bits; a plain number fills its element. */
  readonly offset: number;
  readonly precision: number;
  /** For floats: the number of exponent and fraction bits, and the exponent's bias. */
  readonly float?: {
    readonly exponent: number;
    readonly fraction: number;
    readonly bias: number;
    readonly isVax: boolean;
  };
}

/**
 * The part of a dataset's object header that h5wasm does not report: the position of the data, and the format of
 * floats.
 */
export interface DatasetHeader {
  readonly fields?: NumberFields | undefined;
  /** Position of contiguous data in the file. */
  readonly dataOffset?: number | undefined;
  /** Whether the data is in other files. */
  readonly isExternal: boolean;
}

/** Sizes and positions in the superblock. */
export interface Superblock {
  /** Byte of the file to which addresses are relative. */
  readonly base: number;
  /** Number of bytes of an address, and of a length. */
  readonly addressSize: number;
  readonly lengthSize: number;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Maximum number of header blocks. Valid headers continue elsewhere a few times; a damaged one may form a cycle. */
const MAX_BLOCKS = 64;
const MAX_BLOCK = 1 << 20;

/**
 * Finds and reads the superblock [HDF5 File Format Specification 3.0, II.A]: at byte 0, or after a user block at 512,
 * 1024, 2048, and so on. Throws `malformed` if there is none, and `truncated` if the file is shorter than the
 * superblock states.
 */
export async function readSuperblock(source: ByteSource): Promise<Superblock> {
  for (let at = 0; at + 48 <= source.size; at = at === 0 ? 512 : at * 2) {
    const bytes = await readBytes(source, at, Math.min(64, source.size - at));
    if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return parseSuperblock(source, bytes);
  }
  const [c, d, f] = source.size < 3 ? [] : await readBytes(source, 0, 3);
  if (String.fromCharCode(c, d, f) === 'CDF')
    throw problemError(
      'unsupported',
      source.path,
      t('This is a NetCDF-3 file. Convert it to NetCDF-4, for example with nccopy -k nc4 IN OUT.'),
    );
  throw problemError('malformed', source.path, t('Not an HDF5 file: the HDF5 signature is missing.'));
}

function parseSuperblock(source: ByteSource, bytes: Uint8Array): Superblock {
  const version = bytes[8];
  if (version > 3)
    throw problemError(
      'unsupported',
      source.path,
      t('Expected an HDF5 superblock of version 0 to 3, found version {0}.', version),
    );
  const [addressSize, lengthSize] = version < 2 ? [bytes[13], bytes[14]] : [bytes[9], bytes[10]];
  if (![4, 8].includes(addressSize) || ![4, 8].includes(lengthSize))
    throw problemError(
      'malformed',
      source.path,
      t('Invalid HDF5 superblock: addresses of {0} bytes and lengths of {1} bytes.', addressSize, lengthSize),
    );
  const view = viewOf(bytes);
  const first = version === 0 ? 24 : version === 1 ? 28 : 12;
  const base = unsigned(view, first, addressSize);
  const end = unsigned(view, first + 2 * addressSize, addressSize);
  if (end > source.size) {
    throw problemError(
      'truncated',
      source.path,
      t('Expected {0} bytes, found {1}: the file is truncated or still being written.', end, source.size),
    );
  }
  return { base, addressSize, lengthSize };
}

/**
 * Reads a dataset's object header [ibid., IV.A.1], but only the messages that {@link DatasetHeader} needs. Skips
 * anything unusual, because HDF5's library validates it.
 */
export async function readDatasetHeader(
  source: ByteSource,
  superblock: Superblock,
  address: number,
): Promise<DatasetHeader> {
  let fields: NumberFields | undefined;
  let dataOffset: number | undefined;
  let isExternal = false;
  for (const { type, isShared, data } of await headerMessages(source, superblock, address)) {
    if (type === MESSAGE.external) isExternal = true;
    else if (type === MESSAGE.layout) dataOffset = contiguousOffset(data, superblock);
    else if (type === MESSAGE.datatype)
      fields = isShared ? await sharedFields(source, superblock, data) : numberFields(data);
  }
  return { fields, dataOffset, isExternal };
}

const MESSAGE = { datatype: 0x03, external: 0x07, layout: 0x08, continuation: 0x10 };

interface Message {
  readonly type: number;
  readonly isShared: boolean;
  readonly data: DataView;
}

async function headerMessages(
  source: ByteSource,
  superblock: Superblock,
  address: number,
): Promise<Message[]> {
  const start = superblock.base + address;
  if (start + 32 > source.size) return [];
  const prefix = viewOf(await readBytes(source, start, 32));
  const isVersion2 = prefix.getUint32(0) === 0x4f484452;
  const messages: Message[] = [];
  const blocks: { offset: number; length: number }[] = [];
  let tracksOrder = false;
  if (isVersion2) {
    const flags = prefix.getUint8(5);
    tracksOrder = (flags & 4) !== 0;
    const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    const sizeBytes = 1 << (flags & 3);
    blocks.push({ offset: start + sizeAt + sizeBytes, length: unsigned(prefix, sizeAt, sizeBytes) });
  } else if (prefix.getUint8(0) === 1) {
    blocks.push({ offset: start + 16, length: prefix.getUint32(8, true) });
  }
  for (let i = 0; i < blocks.length && i < MAX_BLOCKS; i++) {
    const { offset, length } = blocks[i];
    if (length > MAX_BLOCK || offset + length > source.size) continue;
    const block = viewOf(await readBytes(source, offset, length));
    for (const message of blockMessages(block, isVersion2, tracksOrder)) {
      if (message.type !== MESSAGE.continuation) {
        messages.push(message);
      } else if (message.data.byteLength >= superblock.addressSize + superblock.lengthSize) {
        const at = superblock.base + unsigned(message.data, 0, superblock.addressSize);
        const bytes = unsigned(message.data, superblock.addressSize, superblock.lengthSize);
        // Version 2 has a signature before the messages and a checksum after them.
        blocks.push(isVersion2 ? { offset: at + 4, length: bytes - 8 } : { offset: at, length: bytes });
      }
    }
  }
  return messages;
}

function* blockMessages(block: DataView, isVersion2: boolean, tracksOrder: boolean): Generator<Message> {
  const prefix = isVersion2 ? (tracksOrder ? 6 : 4) : 8;
  for (let at = 0; at + prefix <= block.byteLength; ) {
    const type = isVersion2 ? block.getUint8(at) : block.getUint16(at, true);
    const size = block.getUint16(at + (isVersion2 ? 1 : 2), true);
    const flags = block.getUint8(at + (isVersion2 ? 3 : 4));
    if (at + prefix + size > block.byteLength) return;
    yield {
      type,
      isShared: (flags & 2) !== 0,
      data: new DataView(block.buffer, block.byteOffset + at + prefix, size),
    };
    at += prefix + size;
  }
}

/** Reads the data layout message [ibid., IV.A.2.i]; undefined unless the data is contiguous and was written. */
function contiguousOffset(data: DataView, { base, addressSize }: Superblock): number | undefined {
  const version = data.byteLength > 8 + addressSize ? data.getUint8(0) : 0;
  if (version < 1 || version > 4) return undefined;
  const isContiguous = data.getUint8(version < 3 ? 2 : 1) === 1;
  if (!isContiguous) return undefined;
  const address = unsigned(data, version < 3 ? 8 : 2, addressSize);
  return Number.isSafeInteger(address) ? base + address : undefined;
}

/** Reads the datatype message [ibid., IV.A.2.d] of an integer, a float, or an enumeration of integers. */
function numberFields(data: DataView): NumberFields | undefined {
  if (data.byteLength < 12) return undefined;
  const kind = data.getUint8(0) & 0xf;
  const bits = { offset: data.getUint16(8, true), precision: data.getUint16(10, true) };
  if (kind === 0) return bits;
  if (kind !== 1 || data.byteLength < 20) return undefined;
  const isVax = (data.getUint8(1) & 0x41) === 0x41;
  const [exponent, fraction, bias] = [data.getUint8(13), data.getUint8(15), data.getUint32(16, true)];
  return { ...bits, float: { exponent, fraction, bias, isVax } };
}

/** Reads a committed (named) data type [ibid., IV.A.2, shared messages]. */
async function sharedFields(
  source: ByteSource,
  superblock: Superblock,
  data: DataView,
): Promise<NumberFields | undefined> {
  const at = data.byteLength > 0 && data.getUint8(0) === 1 ? 8 : 2;
  if (data.byteLength < at + superblock.addressSize) return undefined;
  const address = unsigned(data, at, superblock.addressSize);
  const messages = await headerMessages(source, superblock, address);
  const type = messages.find((message) => message.type === MESSAGE.datatype && !message.isShared);
  return type === undefined ? undefined : numberFields(type.data);
}

function unsigned(view: DataView, at: number, bytes: number): number {
  if (bytes === 8) return Number(view.getBigUint64(at, true));
  if (bytes === 4) return view.getUint32(at, true);
  return bytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
