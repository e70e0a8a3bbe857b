import { t } from '@vscode/l10n';
import type { DType } from '../model/catalog';
import { type Problem, type ProblemError, problemError, toProblem } from '../model/problem';
import { turns } from '../rpc/turns';
import { asRealView, complexPart } from './complexNumbers';
import { jsonExcess, repeatedKey } from './jsonKeys';
import { checkedByteLength, cOrderStrides } from './shape';
import { type ShareableList, sharedLists } from './sharedHeader';
import type { TensorInfo } from './tensorFile';

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
export const PACKED_BITS: ReadonlyMap<DType, number> = new Map([
  ['float4_e2m1fn', 4],
  ['float6_e2m3fn', 6],
  ['float6_e3m2fn', 6],
]);

/** A tensor, and its bytes in the data. */
export interface StoredTensor {
  readonly info: TensorInfo;
  readonly begin: number;
  readonly end: number;
}

/** What a header lists. */
export interface HeaderList extends ShareableList {
  readonly stored: ReadonlyMap<string, StoredTensor>;
  /** Those of {@link stored}, in file order. */
  readonly tensors: readonly TensorInfo[];
  readonly problems: readonly Problem[];
}

const shared = sharedLists<HeaderList>();

/**
 * Reads the bytes of a JSON header. `available`: bytes of the data, which the tensors must cover. Throws `malformed` or
 * `unsupported`; a single tensor that cannot be read is one of the problems.
 */
export async function readHeader(path: string, bytes: Uint8Array, available: number): Promise<HeaderList> {
  const fail = (code: 'malformed' | 'unsupported', message: string) => problemError(code, path, message);
  const text = decodeHeader(bytes, fail);
  const known = shared.find(text, available);
  if (known !== undefined) return known;
  const turn = turns();
  const header = await parseHeader(text, fail, turn);
  const list = await listTensors(path, header, available, turn);
  if (list.problems.length === 0) shared.keep(text, header['__metadata__'], list);
  return list;
}

async function listTensors(
  path: string,
  header: Record<string, unknown>,
  available: number,
  turn: () => Promise<void> | undefined,
): Promise<HeaderList> {
  const stored = new Map<string, StoredTensor>();
  const metadata = new Map<string, string>();
  const problems: Problem[] = [];
  const ranges: NamedRange[] = [];
  let seen = 0;
  for (const name of Object.keys(header)) {
    if (++seen % TENSORS_AT_ONCE === 0) await turn();
    if (name === '__metadata__') addTexts(metadata, header[name]);
    else addTensor({ stored, problems, ranges }, path, name, header[name], available);
  }
  assertCovering(path, ranges, available);
  return { stored, tensors: [...stored.values()].map(({ info }) => info), metadata, problems, available };
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
  {
    stored,
    problems,
    ranges,
  }: { stored: Map<string, StoredTensor>; problems: Problem[]; ranges: NamedRange[] },
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

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function decodeHeader(bytes: Uint8Array, fail: (code: 'malformed', message: string) => ProblemError): string {
  if (bytes[0] !== 0x7b) throw fail('malformed', t('The header is not a JSON object.'));
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw fail('malformed', t('The header is not valid UTF-8.'));
  }
}

async function parseHeader(
  text: string,
  fail: (code: 'malformed' | 'unsupported', message: string) => ProblemError,
  turn: () => Promise<void> | undefined,
): Promise<Record<string, unknown>> {
  let header: unknown;
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
