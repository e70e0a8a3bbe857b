import { t } from '@vscode/l10n';
import type { DType } from '../../model/catalog';
import { problemError } from '../../model/problem';
import { byteLengthOf } from '../dtype';
import { numpyDType } from '../numpy/npy';
import { rawType, rawTypeMessage } from '../rawTypes';
import { checkedByteLength } from '../shape';
import type { Dimension, FormatHints } from '../tensorFile';
import { rawFill } from './zarrFill';

/** One codec of a chunk [Zarr 3.0, chunk encoding]; codecs of version 2 are converted to this form. */
export interface ZarrCodec {
  readonly name: string;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** The checked metadata of an array. */
export interface ZarrArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The grid of files, and of the parts of one that are read separately (shards have inner chunks). */
  readonly grid: readonly number[];
  readonly chunks: readonly number[];
  readonly codecs: readonly ZarrCodec[];
  /** The value of a missing chunk: the bits of one element. */
  readonly fill: bigint;
  readonly keys: { readonly name: 'default' | 'v2'; readonly separator: '.' | '/' };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dimensions?: readonly Dimension[];
}

type Json = Readonly<Record<string, unknown>>;

/** Maximum bytes of a chunk, which is held as a whole, compressed and decompressed. */
const MAX_CHUNK = 256 * 2 ** 20;
/** Maximum number of inner chunks of a shard, whose positions are held in memory. */
const MAX_INNER = 2 ** 20;
const MAX_CODECS = 16;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the metadata of an array, version 2 (`.zarray`) or 3 (`zarr.json`). Throws `malformed` and `unsupported` before
 * using any of its claims. `path` is the URI of the store; `name` is the array's name in it.
 */
export function readArrayMetadata(
  document: Json,
  attributes: Json,
  hints: FormatHints,
  path: string,
  name: string,
): ZarrArray {
  const fail = (code: 'malformed' | 'unsupported', message: string) =>
    problemError(code, path, message, name);
  const { type, shape, grid, codecs, keys } =
    document['zarr_format'] === 2 ? version2(document) : version3(document);
  const dtype = typeof type === 'string' ? dtypeOf(type, hints) : undefined;
  if (dtype === undefined) throw fail('unsupported', typeMessage(type));
  if (!isLengths(shape))
    throw fail('malformed', t('Invalid shape {0}: expected a list of non-negative integers.', quote(shape)));
  if (!isLengths(grid) || grid.length !== shape.length || grid.includes(0))
    throw fail(
      'malformed',
      t('The chunk shape {0} does not match the shape {1}.', quote(grid), quote(shape)),
    );
  checkedByteLength(shape, dtype, path, name);
  if (!isCodecs(codecs))
    throw fail('malformed', t('Invalid codecs {0}: expected a list of named codecs.', quote(codecs)));
  if (keys === undefined) throw fail('unsupported', t('Unsupported chunk_key_encoding.'));
  const sharding = codecs.find((codec) => codec.name === 'sharding_indexed')?.configuration;
  for (const key of sharding === undefined ? [] : ['codecs', 'index_codecs'])
    if (!isCodecs(sharding?.[key]))
      throw fail(
        'malformed',
        t('Invalid {0} {1} in the sharding codec: expected a list of codecs.', key, quote(sharding?.[key])),
      );
  const chunks = sharding === undefined ? grid : sharding['chunk_shape'];
  const divides =
    isLengths(chunks) &&
    chunks.length === grid.length &&
    chunks.every((length, axis) => length > 0 && grid[axis] % length === 0);
  if (!divides)
    throw fail(
      'malformed',
      t('The shard shape {0} is not a multiple of the chunk shape {1}.', quote(grid), quote(chunks)),
    );
  const inner = chunks.reduce((product, length, axis) => product * (grid[axis] / length), 1);
  const chunkBytes = byteLengthOf(chunks, dtype);
  if (chunkBytes > MAX_CHUNK || inner > MAX_INNER) {
    throw fail(
      'unsupported',
      t(
        'Each chunk has {0} bytes, with {1} chunks per shard; the limits are {2} bytes and {3} chunks.',
        chunkBytes,
        inner,
        MAX_CHUNK,
        MAX_INNER,
      ),
    );
  }
  const fill = rawFill(document['fill_value'], dtype);
  if (fill === undefined)
    throw fail(
      'malformed',
      t('The fill value {0} is not a valid {1}.', quote(document['fill_value']), dtype),
    );
  const dimensions = dimensionsOf(
    document['dimension_names'] ?? attributes['_ARRAY_DIMENSIONS'],
    shape.length,
  );
  return {
    ...{ dtype, shape, grid, chunks, codecs, fill, keys, attributes },
    ...(dimensions !== undefined && { dimensions }),
  };
}

/**
 * Returns Zarr 3's `dimension_names`, or xarray's `_ARRAY_DIMENSIONS` of version 2; undefined if they are not such a
 * list.
 */
function dimensionsOf(names: unknown, rank: number): readonly Dimension[] | undefined {
  if (!Array.isArray(names) || names.length !== rank || rank === 0) return undefined;
  return names.map((name: unknown) => (typeof name === 'string' && name !== '' ? { name } : {}));
}

interface Parts {
  readonly type: unknown;
  readonly shape: unknown;
  readonly grid: unknown;
  readonly codecs: unknown;
  readonly keys: ZarrArray['keys'] | undefined;
}

function version2(document: Json): Parts {
  const type = document['dtype'];
  const separator = document['dimension_separator'] ?? '.';
  const filters = document['filters'] ?? [];
  const compressor = document['compressor'] ?? undefined;
  const numcodecs = [
    ...(Array.isArray(filters) ? filters : [filters]),
    ...(compressor === undefined ? [] : [compressor]),
  ];
  const [before, after] = [numcodecs.filter(isArrayFilter), numcodecs.filter((each) => !isArrayFilter(each))];
  const last = before.at(-1);
  const stored = (isObject(last) ? last['astype'] : undefined) ?? type;
  const isBig = typeof stored === 'string' && stored.startsWith('>');
  return {
    type,
    shape: document['shape'],
    grid: document['chunks'],
    codecs: [
      ...ordering(document['order'] ?? 'C'),
      ...before.map(fromNumcodecs),
      { name: 'bytes', configuration: { endian: isBig ? 'big' : 'little' } },
      ...after.map(fromNumcodecs),
    ],
    keys: separator === '.' || separator === '/' ? { name: 'v2', separator } : undefined,
  };
}

/** Returns the order of elements as a codec; an unknown order becomes an unknown codec, which is reported. */
function ordering(order: unknown): readonly unknown[] {
  if (order === 'C') return [];
  return [
    order === 'F'
      ? { name: 'transpose', configuration: { order } }
      : { name: `order ${quote(order)}`, configuration: {} },
  ];
}

/** Returns whether a codec is a filter on numbers, which runs before they become bytes. */
function isArrayFilter(codec: unknown): boolean {
  return (
    isObject(codec) &&
    ['delta', 'fixedscaleoffset', 'quantize', 'astype', 'bitround'].includes(String(codec['id']))
  );
}

function fromNumcodecs(codec: unknown): unknown {
  if (!isObject(codec)) return codec;
  const { id, ...configuration } = codec;
  return { name: id, configuration };
}

function version3(document: Json): Parts {
  const grid = document['chunk_grid'];
  const encoding = document['chunk_key_encoding'];
  const name = isObject(encoding) ? encoding['name'] : undefined;
  const settings = isObject(encoding) && isObject(encoding['configuration']) ? encoding['configuration'] : {};
  const separator = settings['separator'] ?? (name === 'v2' ? '.' : '/');
  const isKnown = (name === 'default' || name === 'v2') && (separator === '.' || separator === '/');
  const codecs = document['codecs'];
  return {
    type: document['data_type'],
    shape: document['shape'],
    grid:
      isObject(grid) && grid['name'] === 'regular' && isObject(grid['configuration'])
        ? grid['configuration']['chunk_shape']
        : undefined,
    codecs: Array.isArray(codecs) ? codecs.map(named) : codecs,
    keys: isKnown ? { name, separator } : undefined,
  };
}

/** Normalizes a codec, which can be just a name; names of numcodecs have a prefix. */
function named(codec: unknown): unknown {
  if (typeof codec === 'string') return { name: codec, configuration: {} };
  if (!isObject(codec) || typeof codec['name'] !== 'string') return codec;
  const { configuration = {} } = codec;
  const name = codec['name'].replace(/^numcodecs\./, '');
  return {
    name,
    configuration: name === 'sharding_indexed' ? withNamedCodecs(configuration) : configuration,
  };
}

/** Normalizes the codecs inside of shards, which are not nested further. */
function withNamedCodecs(configuration: unknown): unknown {
  if (!isObject(configuration)) return configuration;
  const inner = ['codecs', 'index_codecs'].flatMap((key) => {
    const codecs = configuration[key];
    return Array.isArray(codecs) ? [[key, codecs.slice(0, MAX_CODECS + 1).map(innerNamed)]] : [];
  });
  return { ...configuration, ...Object.fromEntries(inner) };
}

/** Like {@link named}; shards in shards, which are not supported, stay as they are. */
function innerNamed(codec: unknown): unknown {
  const isSharding = isObject(codec) && codec['name'] === 'sharding_indexed';
  return isSharding ? { name: codec['name'], configuration: {} } : named(codec);
}

function dtypeOf(type: string, hints: FormatHints): DType | undefined {
  const raw = rawBytes(type);
  if (raw !== undefined) return rawType(raw, hints);
  return numpyDType(type)?.dtype;
}

function typeMessage(type: unknown): string {
  const raw = typeof type === 'string' ? rawBytes(type) : undefined;
  if (raw !== undefined) return rawTypeMessage(raw);
  if (typeof type === 'string' && /^(?:[<>]?c\d+|complex\d+)$/.test(type))
    return t('The elements are complex numbers. Save their real and imaginary parts as arrays of numbers.');
  return t('Expected floating-point, integer, or boolean elements; found type {0}.', quote(type));
}

/** Returns the number of bytes of raw elements, one or two: `V2` in version 2, `r16` in version 3. */
function rawBytes(type: string): number | undefined {
  const found = /^(?:[<>|]?V([12])|r(8|16))$/.exec(type);
  return found === null ? undefined : Number(found[1] ?? Number(found[2]) / 8);
}

function isLengths(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 64 &&
    value.every((each) => Number.isSafeInteger(each) && each >= 0)
  );
}

function isCodecs(value: unknown): value is ZarrCodec[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_CODECS &&
    value.every(
      (each) => isObject(each) && typeof each['name'] === 'string' && isObject(each['configuration']),
    )
  );
}

function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}
