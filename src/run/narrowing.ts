import type { DType, RecordDType, RecordEntry } from '../model/catalog';
import { isNarrower } from '../model/storage';
import type { PlacedTensor } from './placement';

const WIDENED: readonly RecordDType[] = ['float8_e4m3fn', 'float8_e5m2', 'float16', 'bfloat16', 'float32'];

/** The type that holds all of some types' values; undefined where none of the usual floating-point types does. */
export function commonType(dtypes: readonly RecordDType[]): RecordDType | undefined {
  if (dtypes.every((dtype) => dtype === dtypes[0])) return dtypes[0];
  if (dtypes.every((dtype) => WIDENED.includes(dtype))) return 'float32';
  return dtypes.every((dtype) => dtype === 'float64' || WIDENED.includes(dtype)) ? 'float64' : undefined;
}

/** What was lost of a record's tensors by storing them; what was widest and worst where there are several. */
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
