import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { sliceSource } from '../../io/sliceSource';
import type { DType } from '../../model/catalog';
import { oncePer } from '../../model/oncePer';
import { type ProblemError, problemError } from '../../model/problem';
import { asRealView, complexPart } from '../complexNumbers';
import { ITEM_SIZE } from '../dtype';
import { rawType, rawTypeMessage } from '../rawTypes';
import { checkedByteLength, cOrderStrides, fortranOrderStrides } from '../shape';
import type { FormatHints, TensorFile, TensorInfo } from '../tensorFile';
import { type NpyHeader, parseNpyHeader } from './npyHeader';

/** `\x93NUMPY`. */
export const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Maximum bytes of the header, which is a short dict. NumPy itself refuses to evaluate more than 10,000 bytes. */
const MAX_HEADER = 1 << 20;

/** Bytes before the elements in most files: NumPy pads the header to a multiple of 64. */
const USUAL_HEADER = 128;

const UTF8 = new TextDecoder();
const LATIN1 = new TextDecoder('latin1');

/** A tensor of an `.npy` stream, and the position of its elements. */
export interface NpyTensor {
  readonly info: TensorInfo;
  readonly dataOffset: number;
  readonly dataLength: number;
}

/**
 * Reads and checks an `.npy` header. `dataOffset` is the position of the elements. `name` is the tensor's name in
 * problems.
 */
export async function readNpyHeader(
  source: ByteSource,
  name: string,
): Promise<{ readonly header: NpyHeader; readonly dataOffset: number }> {
  const fail = (code: ProblemError['problem']['code'], message: string) =>
    problemError(code, source.path, message, name);
  if (source.size < 10)
    throw fail('truncated', t('Expected an .npy header, but the file has only {0} bytes.', source.size));
  // A smaller stream may claim more bytes than it has.
  const first = source.size < USUAL_HEADER ? 12 : USUAL_HEADER;
  const start = await readBytes(source, 0, Math.min(first, source.size));
  if (!isMagic(start)) {
    throw fail('malformed', t('Not an .npy file: the magic bytes are missing.'));
  }
  const major = start[6];
  if (major < 1 || major > 3)
    throw fail('unsupported', t('Expected .npy version 1.0 to 3.0, found {0}.{1}.', major, start[7]));
  const lengthBytes = major === 1 ? 2 : 4;
  if (source.size < 8 + lengthBytes) throw fail('truncated', t('The file ends inside the .npy header.'));
  const low = start[8] + start[9] * 2 ** 8;
  const headerLength = major === 1 ? low : low + start[10] * 2 ** 16 + start[11] * 2 ** 24;
  const dataOffset = 8 + lengthBytes + headerLength;
  if (headerLength > MAX_HEADER) {
    throw fail(
      'malformed',
      t('The .npy header size is {0} bytes; a valid header has a few hundred.', headerLength),
    );
  }
  if (dataOffset > source.size) {
    throw fail(
      'truncated',
      t('The .npy header should end at byte {0}, but the file has only {1} bytes.', dataOffset, source.size),
    );
  }
  const bytes =
    dataOffset <= start.length
      ? start.subarray(8 + lengthBytes, dataOffset)
      : await readBytes(source, 8 + lengthBytes, headerLength);
  const text = (major === 3 ? UTF8 : LATIN1).decode(bytes);
  const header = headerOf(text);
  if (header === undefined) {
    throw fail(
      'malformed',
      t('Invalid .npy header: expected a dictionary with descr, fortran_order, and shape.'),
    );
  }
  return { header, dataOffset };
}

function isMagic(bytes: Uint8Array): boolean {
  for (let i = 0; i < NPY_MAGIC.length; i++) if (bytes[i] !== NPY_MAGIC[i]) return false;
  return true;
}

/** The text of the header before, and what it says: files that are written step after step have the same one. */
let last: { readonly text: string; readonly header: NpyHeader } | undefined;
/** Characters of a text that is kept. */
const MOST_KEPT = 1 << 10;

/** Parses a header; the same object for the same text as before. */
function headerOf(text: string): NpyHeader | undefined {
  if (last?.text === text) return last.header;
  const header = parseNpyHeader(text);
  if (header !== undefined && text.length <= MOST_KEPT) last = { text, header };
  return header;
}

/** A tensor that a header describes, and what it was asked for with. */
interface DescribedTensor {
  readonly info: TensorInfo;
  readonly dataLength: number;
  readonly hints: FormatHints;
}

const described = new WeakMap<NpyHeader, DescribedTensor>();

/**
 * Reads an `.npy` header, versions 1.0 to 3.0 [NEP 1; numpy.lib.format], and checks it against the size of the source.
 * Rejects object arrays, which are pickles. Raw two-byte elements (`V2`), the form in which NumPy writes bfloat16, need
 * the hint.
 */
export async function readNpy(source: ByteSource, name: string, hints: FormatHints): Promise<NpyTensor> {
  const fail = (code: ProblemError['problem']['code'], message: string) =>
    problemError(code, source.path, message, name);
  const { header, dataOffset } = await readNpyHeader(source, name);
  const known = described.get(header);
  const tensor =
    known?.hints === hints && known.info.name === name
      ? known
      : describe(header, source.path, name, hints, fail);
  described.set(header, tensor);
  const { info, dataLength } = tensor;
  if (dataOffset + dataLength > source.size) {
    throw fail(
      'truncated',
      t(
        'Expected {0} bytes of data for {1} [{2}], found {3}.',
        dataLength,
        info.dtype,
        header.shape.join(', '),
        source.size - dataOffset,
      ),
    );
  }
  return {
    info: source.isSequential === true ? { ...info, isSequential: true } : info,
    dataOffset,
    dataLength,
  };
}

function describe(
  header: NpyHeader,
  path: string,
  name: string,
  hints: FormatHints,
  fail: (code: ProblemError['problem']['code'], message: string) => ProblemError,
): DescribedTensor {
  const { dtype, littleEndian, isComplex } = dtypeOf(header.descr, hints, fail);
  const strides = header.fortranOrder ? fortranOrderStrides(header.shape) : cOrderStrides(header.shape);
  const view = isComplex ? asRealView({ shape: header.shape, strides }) : { shape: header.shape, strides };
  const dataLength = checkedByteLength(view.shape, dtype, path, name);
  return { info: { name, dtype, littleEndian, ...view }, dataLength, hints };
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** The list of one tensor; the same for files that share its description. */
const listOf = oncePer((info: TensorInfo): readonly TensorInfo[] => [info]);

/** A single `.npy` file: one tensor without a name. */
export async function openNpy(source: ByteSource, hints: FormatHints): Promise<TensorFile> {
  const { info, dataOffset, dataLength } = await readNpy(source, '', hints);
  return {
    path: source.path,
    format: 'npy',
    tensors: listOf(info),
    metadata: NO_TEXTS,
    problems: [],
    openTensor: async () => sliceSource(source, dataOffset, dataLength),
    close: () => source.close(),
  };
}

/** NumPy's type codes without their byte order. */
const DTYPES: ReadonlyMap<string, DType> = new Map([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['i2', 'int16'],
  ['i1', 'int8'],
  ['u8', 'uint64'],
  ['u4', 'uint32'],
  ['u2', 'uint16'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
  // Codes of ml_dtypes for types that NumPy itself lacks.
  ['f1', 'float8_e5m2'],
  ['g2', 'bfloat16'],
]);

/**
 * Returns the element type for a code such as `<f4`, or for a name such as `bfloat16`; undefined if it is not
 * supported.
 */
export function numpyDType(descr: string): { dtype: DType; littleEndian: boolean } | undefined {
  const code = descr.replace(/^[<>|=]/, '');
  const dtype = DTYPES.get(code) ?? (Object.hasOwn(ITEM_SIZE, code) ? (code as DType) : undefined);
  return dtype === undefined ? undefined : { dtype, littleEndian: !descr.startsWith('>') };
}

function dtypeOf(
  descr: string,
  hints: FormatHints,
  fail: (code: ProblemError['problem']['code'], message: string) => ProblemError,
): { dtype: DType; littleEndian: boolean; isComplex: boolean } {
  const known = numpyDType(descr);
  if (known !== undefined) return { ...known, isComplex: false };
  const littleEndian = !descr.startsWith('>');
  const code = descr.replace(/^[<>|=]/, '');
  const part = complexPart(code);
  if (part !== undefined) return { dtype: part, littleEndian, isComplex: true };
  const raw = /^V([12])$/.exec(code);
  if (raw !== null) {
    const dtype = rawType(Number(raw[1]), hints);
    if (dtype !== undefined) return { dtype, littleEndian, isComplex: false };
    throw fail('unsupported', rawTypeMessage(Number(raw[1])));
  }
  if (/^u?int[124]$/.test(code))
    throw fail(
      'unsupported',
      t('The elements are {0}, packed several per byte. Save array.astype(numpy.int8) instead.', code),
    );
  if (/^O\d*$/.test(code)) {
    throw fail(
      'unsupported',
      t('The array contains Python objects. Save each tensor as an array of numbers.'),
    );
  }
  throw fail(
    'unsupported',
    t(
      'Expected floating-point, integer, or boolean elements; found type {0}.',
      JSON.stringify(descr.slice(0, 100)),
    ),
  );
}
