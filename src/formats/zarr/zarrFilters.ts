import type { registry } from 'zarrita';
import type { DType } from '../../model/catalog';
import { numpyDType } from '../numpy/npy';

/** A chunk of numbers as zarrita passes it to filters. */
interface NumberChunk {
  readonly data: Numbers;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

type Entry = Awaited<ReturnType<NonNullable<ReturnType<typeof registry.get>>>>;
type Configuration = Readonly<Record<string, unknown>>;

/** Types in which filters compute, and their arrays. */
const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

type NumberType = keyof typeof ARRAYS;

/** Filters that require numbers instead of bytes, and filters with nothing to undo. */
export const NUMBER_FILTERS: ReadonlySet<string> = new Set(['delta', 'fixedscaleoffset']);
export const PLAIN_FILTERS: ReadonlySet<string> = new Set(['bitround', 'quantize']);

/**
 * Returns whether a numcodecs filter can be undone for an array of this type: the types that it names must be known,
 * and its own type must be the array's.
 */
export function canUndo(name: string, configuration: Configuration, dtype: DType): boolean {
  if (name === 'bitround') return true;
  const from = configuration['dtype'] ?? dtype;
  const to = configuration['astype'] ?? from;
  const isOwn = numpyDType(String(from))?.dtype === dtype;
  if (name === 'quantize') return isOwn && numpyDType(String(to))?.dtype === dtype;
  if (!isOwn || numberType(from) === undefined || numberType(to) === undefined) return false;
  const [scale, offset] = [configuration['scale'], configuration['offset']];
  return name !== 'fixedscaleoffset' || (isFiniteNumber(offset) && isFiniteNumber(scale) && scale !== 0);
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function numberType(value: unknown): NumberType | undefined {
  const dtype = numpyDType(String(value))?.dtype;
  return dtype !== undefined && dtype in ARRAYS ? (dtype as NumberType) : undefined;
}

/**
 * Undoes differences of neighbors, of which the first is a value [numcodecs/delta.py], by summing in the array's own
 * type.
 */
export const DELTA = filter((source, target) => {
  if (isWide(target)) {
    let sum = 0n;
    for (let i = 0; i < target.length; i++) {
      sum += BigInt(source[i]);
      target[i] = sum;
    }
    return;
  }
  for (let i = 0; i < target.length; i++) target[i] = (i === 0 ? 0 : target[i - 1]) + Number(source[i]);
});

/** Computes `stored / scale + offset`, in float64 [numcodecs/fixedscaleoffset.py]. */
export const FIXED_SCALE_OFFSET = filter((source, target, configuration) => {
  const [scale, offset] = [Number(configuration['scale']), Number(configuration['offset'])];
  for (let i = 0; i < target.length; i++) {
    const value = Number(source[i]) / scale + offset;
    if (isWide(target)) target[i] = BigInt(Math.trunc(value));
    else target[i] = value;
  }
});

function isWide(numbers: Numbers): numbers is BigInt64Array | BigUint64Array {
  return numbers instanceof BigInt64Array || numbers instanceof BigUint64Array;
}

/** The values were rounded before storage, so there is nothing to undo. */
export const PLAIN: Entry = {
  fromConfig: () => ({
    kind: 'array_to_array' as const,
    encode: unwritten,
    decode: (chunk: unknown) => chunk,
  }),
} as unknown as Entry;

/** Makes a codec between numbers; the stored type is `astype`. */
function filter(undo: (source: Numbers, target: Numbers, configuration: Configuration) => void): Entry {
  const fromConfig = (configuration: Configuration, meta: { readonly dataType: string }) => {
    const type = numberType(configuration['dtype'] ?? meta.dataType);
    const stored = numberType(configuration['astype'] ?? type);
    if (type === undefined || stored === undefined) throw new Error('the type of its numbers is unknown');
    return {
      kind: 'array_to_array' as const,
      encode: unwritten,
      getEncodedMeta: (inner: object) => ({ ...inner, dataType: stored }),
      decode: ({ data, shape, stride }: NumberChunk): NumberChunk => {
        const target = new ARRAYS[type](data.length);
        undo(data, target, configuration);
        return { data: target, shape, stride };
      },
    };
  };
  return { fromConfig } as unknown as Entry;
}

function unwritten(): never {
  throw new Error('nothing is written');
}
