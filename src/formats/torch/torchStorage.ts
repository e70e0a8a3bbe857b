import type { DType } from '../../model/catalog';
import { globalName, isIndex, type PickleValue, tupleItems } from './pickleValues';

/** Storage classes; `UntypedStorage` counts bytes and comes with a dtype. */
const STORAGES: ReadonlyMap<string, DType> = new Map([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
]);

/** Storages of complex numbers, by the type of their real and imaginary parts. */
const COMPLEX_STORAGES: ReadonlyMap<string, DType> = new Map([
  ['ComplexHalfStorage', 'float16'],
  ['ComplexFloatStorage', 'float32'],
  ['ComplexDoubleStorage', 'float64'],
]);

/** A persistent id: `('storage', class, key, device, number of elements)`. */
export interface StorageId {
  readonly key: string;
  /** Undefined if the storage has no type of its own. */
  readonly dtype: DType | undefined;
  /** Whether the elements are pairs of that type, the real and the imaginary part. */
  readonly isComplex: boolean;
  readonly typeName: string;
  /** Number of elements, or of bytes if there is no dtype. */
  readonly count: number;
  readonly view: PickleValue | undefined;
}

/** Parses a persistent id; undefined if the value is not the persistent id of a storage. */
export function storageId(id: PickleValue): StorageId | undefined {
  const [tag, type, key, , count, view] = tupleItems(id) ?? [];
  const typeName = globalName(type);
  if (tag !== 'storage' || typeName === undefined || typeof key !== 'string' || !isIndex(count))
    return undefined;
  const name = /^torch\.(?:cuda\.)?(\w+)$/.exec(typeName)?.[1] ?? '';
  const part = COMPLEX_STORAGES.get(name);
  return { key, dtype: part ?? STORAGES.get(name), isComplex: part !== undefined, typeName, count, view };
}
