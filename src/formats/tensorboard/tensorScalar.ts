import type { DType } from '../../model/catalog';
import { decoder } from '../decode';
import { ITEM_SIZE } from '../dtype';
import { DTYPES, readShape } from './eventTensor';
import { readVarint, type WireField, wireFields } from './protobuf';

/** Fields of a TensorProto with its elements, if they are not in `tensor_content`. */
const FLOAT_VAL = 5;
const DOUBLE_VAL = 6;
const HALF_VAL = 13;
const INTEGERS: ReadonlySet<number> = new Set([7, 10, 11, 16, 17]);

/**
 * Reads a TensorProto of one number [tensorflow/core/framework/tensor.proto]: in `tensor_content`, or in the field of its
 * type. Returns undefined if it has several elements, or is not a number. Throws WireError if it is not a tensor.
 */
export function tensorScalar(event: Uint8Array, { start, end }: WireField): number | undefined {
  let type = 0;
  let shape: readonly number[] = [];
  let content: WireField | undefined;
  let listed: WireField | undefined;
  for (const field of wireFields(event, start, end)) {
    if (field.number === 1 && field.type === 'varint') type = field.value;
    else if (field.number === 2 && field.type === 'bytes') shape = readShape(event, field);
    else if (field.number === 4 && field.end > field.start) content = field;
    else if (field.number > 4 && (field.type === 'varint' || field.end > field.start)) listed = field;
  }
  const dtype = DTYPES.get(type);
  if (dtype === undefined || shape.some((length) => length !== 1)) return undefined;
  if (content === undefined) return listed === undefined ? 0 : listedNumber(event, listed, dtype);
  if (content.end - content.start !== ITEM_SIZE[dtype]) return undefined;
  return decoder(dtype, true)(event.slice(content.start, content.end))[0];
}

/** The first number of a repeated field, packed or not. */
function listedNumber(event: Uint8Array, field: WireField, dtype: DType): number | undefined {
  const { number, type, start, end } = field;
  const view = new DataView(event.buffer, event.byteOffset + start, end - start);
  if (number === FLOAT_VAL) return view.byteLength >= 4 ? view.getFloat32(0, true) : undefined;
  if (number === DOUBLE_VAL) return view.byteLength >= 8 ? view.getFloat64(0, true) : undefined;
  const isHalf = number === HALF_VAL && (dtype === 'float16' || dtype === 'bfloat16');
  if (!isHalf && !INTEGERS.has(number)) return undefined;
  const value = type === 'varint' ? field.value : readVarint(event, start, end).value;
  if (!isHalf) return value;
  return decoder(dtype, true)(Uint8Array.of(value & 255, (value >> 8) & 255))[0];
}
