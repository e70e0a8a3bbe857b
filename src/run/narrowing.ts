import type { DType, RecordDType, RecordEntry } from '../model/catalog';
import { isNarrower } from '../model/storage';
import type { PlacedTensor } from './placement';

const WIDENED: readonly RecordDType[] = ['float8_e4m3fn', 'float8_e5m2', 'float16', 'bfloat16', 'float32'];

/** The type that represents all values of the given types; undefined if no common floating-point type does. */
export function commonType(dtypes: readonly RecordDType[]): RecordDType | undefined {
  if (dtypes.every((dtype) => dtype === dtypes[0])) return dtypes[0];
  if (dtypes.every((dtype) => WIDENED.includes(dtype))) return 'float32';
  return dtypes.every((dtype) => dtype === 'float64' || WIDENED.includes(dtype)) ? 'float64' : undefined;
}

/** What storage lost of a record's tensors; the widest type and the worst error if there are several tensors. */
export function narrowingOf(tensors: readonly PlacedTensor[]): Pick<RecordEntry, 'narrowed'> {
  const types: DType[] = [];
  /** Undefined if one is unknown. */
  let error: number | undefined = 0;
  let overflowed = 0;
  for (const {
    tensor: { info, note },
  } of tensors) {
    if (note?.dtype === undefined || !isNarrower(info.dtype, note.dtype)) continue;
    types.push(note.dtype);
    const own = note.storageError;
    error = error === undefined || own === undefined ? undefined : Math.max(error, own);
    overflowed += note.overflowed ?? 0;
  }
  if (types.length === 0) return {};
  const from = commonType(types) ?? types[0];
  return {
    narrowed: {
      from: from as DType,
      ...(error !== undefined && { error }),
      ...(overflowed > 0 && { overflowed }),
    },
  };
}
