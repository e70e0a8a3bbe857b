import { t } from '@vscode/l10n';
import type { DType } from '../../model/catalog';
import { byteLengthOf } from '../dtype';
import { MAX_RANK } from '../shape';
import { WireError, type WireField, wireFields } from './protobuf';

/** A numeric tensor in an event, and the position of its elements in the event's bytes, in C order. */
export interface EventTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** TensorFlow's element types by number [tensorflow/core/framework/types.proto]. */
export const DTYPES: ReadonlyMap<number, DType> = new Map([
  [1, 'float32'],
  [2, 'float64'],
  [3, 'int32'],
  [4, 'uint8'],
  [5, 'int16'],
  [6, 'int8'],
  [9, 'int64'],
  [10, 'bool'],
  [14, 'bfloat16'],
  [17, 'uint16'],
  [19, 'float16'],
  [22, 'uint32'],
  [23, 'uint64'],
  [24, 'float8_e5m2'],
  [25, 'float8_e4m3fn'],
]);

/** Fields of packed numbers with the same layout as in memory: `float_val`, `double_val`. */
const PACKED: ReadonlyMap<number, DType> = new Map([
  [5, 'float32'],
  [6, 'float64'],
]);

/**
 * Locates the elements of the TensorProto in `field` [tensorflow/core/framework/tensor.proto]: whole tensors, as Amazon
 * SageMaker Debugger writes them. Returns undefined for single numbers, strings, images, and elements that are not
 * contiguous. Throws WireError if it is not a tensor.
 */
export function eventTensor(event: Uint8Array, { start, end }: WireField): EventTensor | undefined {
  let dtype: DType | undefined;
  let shape: readonly number[] = [];
  let content: WireField | undefined;
  for (const field of wireFields(event, start, end)) {
    if (field.number === 1 && field.type === 'varint') dtype = DTYPES.get(field.value);
    else if (field.number === 2 && field.type === 'bytes') shape = readShape(event, field);
    else if (
      field.type === 'bytes' &&
      field.end > field.start &&
      (field.number === 4 || PACKED.get(field.number) === dtype)
    )
      content = field;
  }
  if (dtype === undefined || content === undefined) return undefined;
  if (shape.length === 0 || shape.length > MAX_RANK) return undefined;
  if (content.end - content.start !== byteLengthOf(shape, dtype)) return undefined;
  return { dtype, shape, start: content.start, end: content.end };
}

/** Reads the lengths of a TensorShapeProto. Throws WireError for negative lengths. */
export function readShape(bytes: Uint8Array, shape: WireField): number[] {
  const lengths: number[] = [];
  for (const dimension of wireFields(bytes, shape.start, shape.end)) {
    if (dimension.number !== 2 || dimension.type !== 'bytes') continue;
    let length = 0;
    for (const field of wireFields(bytes, dimension.start, dimension.end)) {
      if (field.number === 1 && field.type === 'varint') length = field.value;
    }
    if (length < 0) throw new WireError(t('A tensor cannot have an axis of length {0}.', length));
    lengths.push(length);
  }
  return lengths;
}
