import { t } from '@vscode/l10n';
import { type ArrayMetadata, type DataType, Array as ZarritaArray } from 'zarrita';
import type { ByteSource } from '../../io/byteSource';
import type { FileSystem } from '../../io/fileSystem';
import type { DType } from '../../model/catalog';
import { elementCount } from '../../model/elementCount';
import { ProblemError, problemError } from '../../model/problem';
import { decoder } from '../decode';
import { ITEM_SIZE } from '../dtype';
import { type Box, planSlabs, type SlabPlan, slabSource } from '../slabs';
import { INDEX_CODECS, INNER_CODECS, KNOWN_CODECS, roomFor } from './zarrCodecs';
import { canUndo, NUMBER_FILTERS, PLAIN_FILTERS } from './zarrFilters';
import type { ZarrArray, ZarrCodec } from './zarrMetadata';
import { zarrStore } from './zarrStore';

/** A chunk as zarrita decodes it. */
interface Chunk {
  readonly data: Elements;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}
type Elements = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** Limits for consecutive missing chunks and their bytes. An array with more missing data is rejected. */
const MAX_MISSING = 20_000;
const MAX_MISSING_BYTES = 2 ** 27;
/** Returns why an array cannot be decoded: an unknown codec, or a filter with an unsupported configuration. */
export function undecodable({ codecs, dtype }: ZarrArray): string | undefined {
  const inner = innerCodecs(codecs, 'codecs');
  const missing =
    codecs.find(({ name }) => !KNOWN_CODECS.has(name)) ??
    inner.find((codec) => !INNER_CODECS.has(codec?.name)) ??
    innerCodecs(codecs, 'index_codecs').find((codec) => !INDEX_CODECS.has(codec?.name));
  if (missing !== undefined) {
    return t(
      'Codec {0} is not supported. Supported codecs: blosc, zstd, gzip, zlib, lz4, shuffle, delta, bitround, quantize, fixedscaleoffset, transpose, and sharding.',
      String(missing.name).slice(0, 80),
    );
  }
  const isUnusual = [...codecs, ...inner].some(
    ({ name, configuration }) =>
      (name === 'shuffle' && configuration['elementsize'] !== ITEM_SIZE[dtype]) ||
      (isFilter(name) && !canUndo(name, configuration, dtype)),
  );
  return isUnusual
    ? t('A filter is configured for another element type than {0}, which is not supported.', dtype)
    : undefined;
}

/** The codecs inside of shards, or of their index. */
function innerCodecs(codecs: readonly ZarrCodec[], key: 'codecs' | 'index_codecs'): readonly ZarrCodec[] {
  return codecs.flatMap(({ configuration }) => {
    const inner = configuration[key];
    return Array.isArray(inner) ? inner : [];
  });
}

function isFilter(name: string): boolean {
  return NUMBER_FILTERS.has(name) || PLAIN_FILTERS.has(name);
}

export function zarrPlan({ shape, chunks, dtype }: ZarrArray): SlabPlan {
  return planSlabs(shape, chunks, ITEM_SIZE[dtype]);
}

/**
 * Returns the bytes of an array in the order of its plan, least significant byte first. zarrita processes elements as
 * unsigned integers, so that it also supports types that it or the platform lacks, and no bit changes.
 */
export function zarrSource(
  fileSystem: FileSystem,
  folder: string,
  array: ZarrArray,
  path: string,
  name: string,
): ByteSource {
  const { shape, chunks, dtype, grid } = array;
  const width = ITEM_SIZE[dtype];
  const chunkBytes = width * elementCount(chunks);
  const indexBytes = grid.reduce((product, length, axis) => product * (length / chunks[axis]), 16);
  const store = zarrStore(fileSystem, folder, roomFor(Math.max(chunkBytes, indexBytes)), path, name);
  const reader = zarritaArray(array, store, path, name);
  let missing = 0;

  const chunkAt = async (place: readonly number[]): Promise<Chunk> => {
    const before = store.found();
    const chunk = (await reader.getChunk([...place])) as unknown as Chunk;
    missing = store.found() === before ? missing + 1 : 0;
    if (missing > MAX_MISSING || missing * chunkBytes > MAX_MISSING_BYTES)
      throw problemError(
        'malformed',
        path,
        t(
          '{0} consecutive chunks up to [{1}] are missing: most of the array was never written.',
          missing,
          place.join(', '),
        ),
        name,
      );
    if (chunk.data.byteLength !== chunkBytes)
      throw problemError(
        'malformed',
        path,
        t(
          'Chunk [{0}] decodes to {1} bytes, expected {2}.',
          place.join(', '),
          chunk.data.byteLength,
          chunkBytes,
        ),
        name,
      );
    return chunk;
  };

  const readBox = async ({ start, count }: Box): Promise<Uint8Array> => {
    const bytes = new Uint8Array(width * elementCount(count));
    for (const place of chunksOf(start, count, chunks)) {
      try {
        copyChunk(await chunkAt(place), place, { start, count }, bytes, width);
      } catch (error) {
        if (error instanceof ProblemError) throw error;
        throw problemError(
          'malformed',
          path,
          t('Chunk [{0}] cannot be decoded: {1}.', place.join(', '), reasonOf(error)),
          name,
          error,
        );
      }
    }
    return bytes;
  };

  const source = slabSource(path, shape, width, zarrPlan(array), readBox);
  return {
    ...source,
    close: async () => {
      await source.close();
      await store.close();
    },
  };
}

/** Throws `malformed` if zarrita rejects the codecs. */
function zarritaArray(
  { dtype, shape, grid, codecs, fill, keys }: ZarrArray,
  store: ReturnType<typeof zarrStore>,
  path: string,
  name: string,
) {
  const isNumeric = [...codecs, ...innerCodecs(codecs, 'codecs')].some(({ name }) =>
    NUMBER_FILTERS.has(name),
  );
  const dataType = (isNumeric ? dtype : `uint${8 * ITEM_SIZE[dtype]}`) as DataType;
  const metadata: ArrayMetadata<DataType> = {
    zarr_format: 3,
    node_type: 'array',
    shape: [...shape],
    data_type: dataType,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [...grid] } },
    chunk_key_encoding: { name: keys.name, configuration: { separator: keys.separator } },
    codecs: codecs.map(({ name, configuration }) => ({ name, configuration: { ...configuration } })),
    fill_value: (isNumeric ? numberOf(fill, dtype) : dtype.endsWith('64') ? fill : Number(fill)) as never,
    attributes: {},
  };
  try {
    return new ZarritaArray(store, '/', metadata);
  } catch (error) {
    throw problemError(
      'malformed',
      path,
      t('The codecs cannot be configured: {0}.', reasonOf(error)),
      name,
      error,
    );
  }
}

function numberOf(bits: bigint, dtype: DType): number | bigint {
  if (dtype === 'int64') return BigInt.asIntN(64, bits);
  if (dtype === 'uint64') return bits;
  const bytes = new Uint8Array(new BigUint64Array([bits]).buffer, 0, ITEM_SIZE[dtype]);
  return decoder(dtype, true)(bytes)[0];
}

/** Yields the positions of the chunks that a box intersects, in C order. */
function* chunksOf(
  start: readonly number[],
  count: readonly number[],
  chunks: readonly number[],
): Generator<number[]> {
  if (count.includes(0)) return;
  const first = start.map((each, axis) => Math.floor(each / chunks[axis]));
  const last = start.map((each, axis) => Math.floor((each + count[axis] - 1) / chunks[axis]));
  const place = [...first];
  for (;;) {
    yield [...place];
    let axis = place.length - 1;
    while (axis >= 0 && place[axis] === last[axis]) {
      place[axis] = first[axis];
      axis--;
    }
    if (axis < 0) return;
    place[axis]++;
  }
}

/** Copies the intersection of a chunk and a box into the box's bytes, which are in C order. */
function copyChunk(
  { data, shape, stride }: Chunk,
  place: readonly number[],
  box: Box,
  bytes: Uint8Array,
  width: number,
): void {
  const rank = shape.length;
  const target = elementsOf(bytes, width);
  const source = elementsOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width);
  const extent: number[] = [];
  const targetStride = new Array<number>(rank);
  let [from, to] = [0, 0];
  let step = 1;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const chunkStart = place[axis] * shape[axis];
    const low = Math.max(chunkStart, box.start[axis]);
    extent[axis] = Math.min(chunkStart + shape[axis], box.start[axis] + box.count[axis]) - low;
    targetStride[axis] = step;
    from += (low - chunkStart) * stride[axis];
    to += (low - box.start[axis]) * step;
    step *= box.count[axis];
  }
  // Trailing axes that are contiguous on both sides are copied together.
  let inner = rank;
  let run = 1;
  while (inner > 0 && stride[inner - 1] === run && targetStride[inner - 1] === run) {
    inner--;
    run *= extent[inner];
    if (extent[inner] !== shape[inner] || extent[inner] !== box.count[inner]) break;
  }
  const copy = (axis: number, at: number, into: number) => {
    if (axis === inner && run === 1) target[into] = source[at];
    else if (axis === inner) target.set(source.subarray(at, at + run) as never, into);
    else
      for (let i = 0; i < extent[axis]; i++)
        copy(axis + 1, at + i * stride[axis], into + i * targetStride[axis]);
  };
  copy(0, from, to);
}

function elementsOf({ buffer, byteOffset, byteLength }: Uint8Array, width: number): Elements {
  if (width === 8) return new BigUint64Array(buffer, byteOffset, byteLength / 8);
  if (width === 4) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  return width === 2
    ? new Uint16Array(buffer, byteOffset, byteLength / 2)
    : new Uint8Array(buffer, byteOffset, byteLength);
}

/** zarrita names the codec that failed; its cause states why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '').slice(0, 200);
}
