import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../io/byteSource';
import { sliceSource } from '../io/sliceSource';
import type { DType } from '../model/catalog';
import { type Problem, type ProblemError, problemError, toProblem } from '../model/problem';
import { turns } from '../rpc/turns';
import { asRealView, complexPart } from './complexNumbers';
import { jsonExcess, repeatedKey } from './jsonKeys';
import { listedSummaries, readRecorderSummary } from './recorderSummary';
import { checkedByteLength, cOrderStrides } from './shape';
import type { TensorFile, TensorInfo } from './tensorFile';
import { unpackedBits } from './unpackedSource';

/** Limit of the reference implementation. */
const MAX_HEADER = 100_000_000;
/**
 * Maximum bytes of a header to parse. Parsed JSON takes many times its size in memory, and 100,000 tensors need no
 * more.
 */
const MAX_READ = 16 * 2 ** 20;
const MAX_TENSORS = 100_000;
/** Tensors between two looks at the clock. */
const TENSORS_AT_ONCE = 500;
/** Limits of a header: it nests three levels, its metadata is text, and a tensor has about ten values. */
const MODEST = { depth: 8, values: 1_500_000 };

const DTYPES: ReadonlyMap<string, DType> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F8_E4M3', 'float8_e4m3fn'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F8_E4M3FNUZ', 'float8_e4m3fnuz'],
  ['F8_E5M2FNUZ', 'float8_e5m2fnuz'],
  ['F8_E8M0', 'float8_e8m0fnu'],
  ['F6_E2M3', 'float6_e2m3fn'],
  ['F6_E3M2', 'float6_e3m2fn'],
  ['F4', 'float4_e2m1fn'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U64', 'uint64'],
  ['U32', 'uint32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** Types with fewer than eight bits, which are packed without gaps, and their bits. */
const PACKED_BITS: ReadonlyMap<DType, number> = new Map([
  ['float4_e2m1fn', 4],
  ['float6_e2m3fn', 6],
  ['float6_e3m2fn', 6],
]);

interface Stored {
  readonly info: TensorInfo;
  readonly begin: number;
  readonly end: number;
}

/**
 * Opens a `.safetensors` file: eight bytes of header length, a JSON header, and the data. As the format requires, keys
 * must not repeat and the tensors must cover the data without overlaps or gaps [huggingface/safetensors, README
 * "Format"].
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const fail = (code: 'truncated' | 'malformed' | 'unsupported', message: string) =>
    problemError(code, source.path, message);
  if (source.size < 8)
    throw fail(
      'truncated',
      t('Expected a safetensors header of at least 8 bytes, found {0} bytes.', source.size),
    );
  const lengthBytes = await readBytes(source, 0, 8);
  const length = Number(new DataView(lengthBytes.buffer, lengthBytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER)
    throw fail(
      'malformed',
      t('The header size is {0} bytes; the format allows at most {1}.', length, MAX_HEADER),
    );
  if (8 + length > source.size) {
    throw fail(
      'truncated',
      t('The header should end at byte {0}, but the file has only {1} bytes.', 8 + length, source.size),
    );
  }
  if (length > MAX_READ)
    throw fail(
      'unsupported',
      t('The header has {0} bytes; the limit is {1}. Save fewer tensors per file.', length, MAX_READ),
    );
  const turn = turns();
  const header = await parseHeader(await readBytes(source, 8, length), fail, turn);
  const available = source.size - 8 - length;
  const { stored, metadata, problems } = await listTensors(source.path, header, available, turn);
  const openTensor = async (name: string) => {
    const tensor = stored.get(name);
    if (tensor === undefined)
      throw problemError('not-found', source.path, t('The file has no tensor with this name.'), name);
    const bytes = sliceSource(source, 8 + length + tensor.begin, tensor.end - tensor.begin);
    const bits = PACKED_BITS.get(tensor.info.dtype);
    return bits === undefined ? bytes : unpackedBits(bytes, bits);
  };
  const summaries = listedSummaries(metadata).filter(({ name }) => stored.get(name)?.info.dtype === 'uint8');
  const summarized = new Set(summaries.map(({ name }) => name));
  return {
    path: source.path,
    format: 'safetensors',
    tensors: [...stored.values()].map(({ info }) => info).filter(({ name }) => !summarized.has(name)),
    metadata,
    problems,
    ...([...stored.values()].some(({ info }) => PACKED_BITS.get(info.dtype) === 6) && {
      remarks: [
        t(
          '6-bit floats are read with the first element in the lowest bits, four in three bytes, because the format does not define their order.',
        ),
      ],
    }),
    openTensor,
    ...(summaries.length > 0 && {
      summaries,
      readSummary: async (name: string) =>
        readRecorderSummary(await openSafetensors(await openTensor(name)), name),
    }),
    close: () => source.close(),
  };
}

interface Listed {
  readonly stored: Map<string, Stored>;
  readonly metadata: Map<string, string>;
  readonly problems: Problem[];
}

async function listTensors(
  path: string,
  header: Record<string, unknown>,
  available: number,
  turn: () => Promise<void> | undefined,
): Promise<Listed> {
  const listed: Listed = { stored: new Map(), metadata: new Map(), problems: [] };
  const ranges: NamedRange[] = [];
  let seen = 0;
  for (const name of Object.keys(header)) {
    if (++seen % TENSORS_AT_ONCE === 0) await turn();
    if (name === '__metadata__') addTexts(listed.metadata, header[name]);
    else addTensor(listed, ranges, path, name, header[name], available);
  }
  assertCovering(path, ranges, available);
  return listed;
}

function addTexts(metadata: Map<string, string>, value: unknown): void {
  for (const [key, text] of Object.entries(isObject(value) ? value : {}))
    if (typeof text === 'string') metadata.set(key, text);
}

/** The bytes of a tensor in the data. */
interface NamedRange {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function addTensor(
  { stored, problems }: Listed,
  ranges: NamedRange[],
  path: string,
  name: string,
  value: unknown,
  available: number,
): void {
  try {
    const { begin, end } = dataRange(path, name, value);
    ranges.push({ name, begin, end });
    assertPresent(path, name, end, available);
    stored.set(name, { info: tensorInfo(path, name, value, end - begin), begin, end });
  } catch (error) {
    problems.push(toProblem(error, path, name));
  }
}

async function parseHeader(
  bytes: Uint8Array,
  fail: (code: 'malformed' | 'unsupported', message: string) => ProblemError,
  turn: () => Promise<void> | undefined,
): Promise<Record<string, unknown>> {
  let text: string;
  let header: unknown;
  if (bytes[0] !== 0x7b) throw fail('malformed', t('The header is not a JSON object.'));
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fail('malformed', t('The header is not valid UTF-8.'));
  }
  const excess = jsonExcess(text, MODEST);
  if (excess !== undefined) throw fail('malformed', t('Invalid header. {0}', excess));
  await turn();
  try {
    header = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw fail('malformed', t('The header is not valid JSON: {0}.', why));
  }
  await turn();
  if (!isObject(header)) throw fail('malformed', t('The header is not a JSON object.'));
  if (Object.keys(header).length > MAX_TENSORS)
    throw fail(
      'unsupported',
      t('The file has more than {0} tensors, the limit. Save fewer tensors per file.', MAX_TENSORS),
    );
  const repeated = repeatedKey(text);
  await turn();
  if (repeated !== undefined)
    throw fail('malformed', t('The header contains "{0}" twice.', repeated.slice(0, 200)));
  return header;
}

function dataRange(path: string, name: string, value: unknown): { begin: number; end: number } {
  const offsets = isObject(value) ? value['data_offsets'] : undefined;
  const [begin, end] = isNumberArray(offsets) && offsets.length === 2 ? offsets : [Number.NaN, Number.NaN];
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end < begin) {
    throw problemError('malformed', path, t('Invalid "data_offsets": expected [begin, end].'), name);
  }
  return { begin, end };
}

function assertPresent(path: string, name: string, end: number, available: number): void {
  if (end <= available) return;
  throw problemError(
    'truncated',
    path,
    t('The tensor should end at byte {0} of the data, but the file has only {1}.', end, available),
    name,
  );
}

/** `bytes`: as its offsets say. */
function tensorInfo(path: string, name: string, value: unknown, bytes: number): TensorInfo {
  const { dtype: code, shape } = isObject(value) ? value : {};
  if (!isNumberArray(shape))
    throw problemError(
      'malformed',
      path,
      t('Invalid "shape": expected a list of non-negative integers.'),
      name,
    );
  const part = complexPart(String(code));
  const dtype = part ?? (typeof code === 'string' ? DTYPES.get(code) : undefined);
  if (dtype === undefined) {
    throw problemError(
      'unsupported',
      path,
      t('The dtype {0} is not supported.', JSON.stringify(code)?.slice(0, 100)),
      name,
    );
  }
  const own = { shape, strides: cOrderStrides(shape) };
  const view = part === undefined ? own : asRealView(own);
  const bits = PACKED_BITS.get(dtype) ?? 8;
  const expected = (checkedByteLength(view.shape, dtype, path, name) * bits) / 8;
  if (bytes !== expected) {
    throw problemError(
      'malformed',
      path,
      t(
        '{0} [{1}] takes {2} bytes, but "data_offsets" spans {3}.',
        String(code),
        shape.join(', '),
        expected,
        bytes,
      ),
      name,
    );
  }
  return { name, dtype, littleEndian: true, ...view };
}

/** Overlaps and gaps make the whole file invalid, because they contradict the header of one of the tensors. */
function assertCovering(path: string, ranges: readonly NamedRange[], available: number): void {
  const sorted = [...ranges].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const { name, begin, end: next } of sorted) {
    if (begin < end)
      throw problemError(
        'malformed',
        path,
        t('The data of this tensor overlaps the data of the previous one.'),
        name,
      );
    if (begin > end)
      throw problemError(
        'malformed',
        path,
        t('{0} bytes before this tensor belong to no tensor.', begin - end),
        name,
      );
    end = next;
  }
  if (sorted.length > 0 && end < available) {
    throw problemError(
      'malformed',
      path,
      t('{0} bytes after the last tensor belong to no tensor.', available - end),
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumberArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}
