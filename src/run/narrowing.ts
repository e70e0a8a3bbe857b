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
  const notes = tensors.flatMap(({ tensor: { info, note } }) =>
    note?.dtype !== undefined && isNarrower(info.dtype, note.dtype) ? [{ ...note, dtype: note.dtype }] : [],
  );
  if (notes.length === 0) return {};
  const from = commonType(notes.map(({ dtype }) => dtype)) ?? notes[0].dtype;
  const errors = notes.map(({ storageError }) => storageError);
  const overflowed = notes.reduce((sum, note) => sum + (note.overflowed ?? 0), 0);
  return {
    narrowed: {
      from: from as DType,
      ...(errors.every((error) => error !== undefined) && { error: Math.max(...(errors as number[])) }),
      ...(overflowed > 0 && { overflowed }),
    },
  };
}
