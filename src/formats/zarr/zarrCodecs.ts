import { t } from '@vscode/l10n';
import { registry } from 'zarrita';
import { crc32c } from '../../io/checksums';
import { concatenate } from '../../io/concatenate';
import type { DeflateFormat, OpenInflater } from '../../io/inflater';
import { elementCount } from '../../model/elementCount';
import { DELTA, FIXED_SCALE_OFFSET, NUMBER_FILTERS, PLAIN, PLAIN_FILTERS } from './zarrFilters';

/** A chunk's metadata as zarrita passes it to codecs. */
interface ChunkMetadata {
  readonly shape: readonly number[];
  readonly dataType: string;
}

type Decode = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Codecs supported for the index of a shard; others are reported by name. */
export const INDEX_CODECS: ReadonlySet<string> = new Set([
  'bytes',
  'transpose',
  'blosc',
  'zstd',
  'lz4',
  'gzip',
  'zlib',
  'crc32c',
]);

/** Codecs supported inside shards. */
export const INNER_CODECS: ReadonlySet<string> = new Set([
  ...INDEX_CODECS,
  'shuffle',
  ...NUMBER_FILTERS,
  ...PLAIN_FILTERS,
]);

/** Codecs supported for a whole array. */
export const KNOWN_CODECS: ReadonlySet<string> = new Set([...INNER_CODECS, 'sharding_indexed']);

/** Compressed chunks can be slightly larger than their content, and codecs can be chained. */
export const roomFor = (bytes: number) => 2 * bytes + 65_536;

/**
 * Replaces zarrita's codecs for compressed bytes with codecs that first check the decompressed size that the bytes
 * claim. Inflates gzip and zlib data with `openInflater`.
 */
export function registerCodecs(openInflater: OpenInflater): void {
  const numcodec = (name: 'blosc' | 'zstd' | 'lz4', claim: (bytes: Uint8Array) => number | undefined) => {
    const original = registry.get(name);
    registry.set(name, async () => {
      const codec = await original?.();
      return bounded((bytes, limit) => {
        const claimed = claim(bytes);
        if (claimed !== undefined && claimed > limit)
          throw new Error(t('the header specifies {0} bytes, expected at most {1}', claimed, limit));
        // The bytes themselves contain the compression settings.
        const decoder = codec?.fromConfig(DEFAULTS, {
          shape: [],
          dataType: 'uint8',
          codecs: [],
          fillValue: 0,
        }) as { decode: Decode } | undefined;
        if (decoder === undefined) throw new Error(t('codec {0} is missing', name));
        return decoder.decode(bytes);
      });
    });
  };
  numcodec('blosc', bloscClaim);
  numcodec('zstd', zstdClaim);
  numcodec('lz4', (bytes) => uint32(bytes, 0));
  registry.set('gzip', async () => bounded((bytes, limit) => inflated(bytes, limit, 'gzip', openInflater)));
  registry.set('zlib', async () => bounded((bytes, limit) => inflated(bytes, limit, 'zlib', openInflater)));
  const shuffle = registry.get('numcodecs.shuffle');
  if (shuffle !== undefined) registry.set('shuffle', shuffle);
  registry.set('delta', async () => DELTA);
  registry.set('fixedscaleoffset', async () => FIXED_SCALE_OFFSET);
  for (const name of PLAIN_FILTERS) registry.set(name, async () => PLAIN);
  registry.set('crc32c', async () => ({ fromConfig: () => CRC32C }));
}

const DEFAULTS = { blocksize: 0, clevel: 5, cname: 'lz4', shuffle: 1, level: 1, acceleration: 1 };

type Entry = Awaited<ReturnType<NonNullable<ReturnType<typeof registry.get>>>>;

function bounded(decode: (bytes: Uint8Array, limit: number) => Uint8Array | Promise<Uint8Array>): Entry {
  return {
    fromConfig: (_configuration: unknown, { shape, dataType }: ChunkMetadata) => {
      const width = Number(/\d+$/.exec(dataType)?.[0] ?? 8) / 8;
      const limit = roomFor(width * elementCount(shape));
      return {
        kind: 'bytes_to_bytes' as const,
        encode: () => {
          throw new Error('nothing is written');
        },
        decode: async (bytes: Uint8Array) => {
          const decoded = await decode(bytes, limit);
          if (decoded.length > limit)
            throw new Error(t('decoded to {0} bytes, expected at most {1}', decoded.length, limit));
          return decoded;
        },
      };
    },
  };
}

/** The header of Blosc 1: uncompressed size, block size, and compressed size [c-blosc, README_HEADER]. */
function bloscClaim(bytes: Uint8Array): number {
  const [size, compressed] = [uint32(bytes, 4), uint32(bytes, 12)];
  if (compressed > bytes.length)
    throw new Error(t('expected {0} compressed bytes, found {1}', compressed, bytes.length));
  return size;
}

/** The size in the header of a Zstandard frame, if present [RFC 8878, 3.1.1.1]. */
function zstdClaim(bytes: Uint8Array): number | undefined {
  if (uint32(bytes, 0) !== 0xfd2fb528) throw new Error(t('the Zstandard magic number is missing'));
  const descriptor = bytes[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  const kind = descriptor >> 6;
  if (kind === 0) return isSingle ? bytes[at] : undefined;
  if (kind === 1) return (bytes[at] | (bytes[at + 1] << 8)) + 256;
  return kind === 2 ? uint32(bytes, at) : uint32(bytes, at) + 2 ** 32 * uint32(bytes, at + 4);
}

function uint32(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Error(t('truncated after {0} bytes', bytes.length));
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

const INPUT_BYTES = 1 << 15;

/** Inflates piece by piece and stops at the piece that exceeds the limit; zarrita's inflater has no limit. */
async function inflated(
  bytes: Uint8Array,
  limit: number,
  format: DeflateFormat,
  openInflater: OpenInflater,
): Promise<Uint8Array> {
  let start = 0;
  const inflater = openInflater(format, async () => {
    if (start === bytes.length) return undefined;
    const input = bytes.subarray(start, start + INPUT_BYTES);
    start += input.length;
    return input;
  });
  try {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = await inflater.next(); piece !== undefined; piece = await inflater.next()) {
      pieces.push(piece);
      size += piece.length;
      if (size > limit) throw new Error(t('decoded to more than {0} bytes', limit));
    }
    return concatenate(pieces);
  } finally {
    inflater.close();
  }
}

/** A checksum of four bytes after the data [Zarr 3.0, crc32c codec; RFC 3720, appendix B.4]. */
const CRC32C = {
  kind: 'bytes_to_bytes' as const,
  encode: () => {
    throw new Error('nothing is written');
  },
  computeEncodedSize: (size: number) => size + 4,
  decode: (bytes: Uint8Array): Uint8Array => {
    const data = bytes.subarray(0, Math.max(0, bytes.length - 4));
    if (uint32(bytes, data.length) !== crc32c(data)) throw new Error(t('the checksum does not match'));
    return data;
  },
};
