import type { H5Type } from 'h5wasm/module';
import type { DType } from '../../model/catalog';
import { rawType, rawTypeMessage } from '../rawTypes';
import type { FormatHints } from '../tensorFile';
import type { NumberFields } from './hdf5Header';

/** HDF5's type classes [HDF5 File Format Specification 3.0, IV.A.2.d]. */
const CLASS = {
  integer: 0,
  float: 1,
  string: 3,
  bitfield: 4,
  opaque: 5,
  compound: 6,
  reference: 7,
  enum: 8,
  array: 10,
};

/** The element type of a dataset, or why it is not read. */
export type Hdf5DType = { readonly dtype: DType } | { readonly reason: string };

/**
 * The element type of a dataset. `fields`: how its floats are made up, which tells float16 from bfloat16;
 * undefined where the header could not be made out.
 */
export function hdf5DType(type: H5Type, fields: NumberFields | undefined, hints: FormatHints): Hdf5DType {
  if (fields !== undefined && (fields.offset !== 0 || fields.precision !== type.size * 8))
    return { reason: `The elements use ${fields.precision} of their ${type.size * 8} bits.` };
  switch (type.type) {
    case CLASS.integer:
      return integer(type.size, type.signed);
    case CLASS.float:
      return float(type.size, fields);
    case CLASS.enum:
      return isBoolean(type) ? { dtype: 'bool' } : integer(type.size, type.signed);
    case CLASS.bitfield:
      // PyTables writes booleans so.
      return type.size === 1 ? { dtype: 'bool' } : { reason: 'The elements are bit fields.' };
    case CLASS.opaque:
      return opaque(type.size, hints);
    case CLASS.string:
      return { reason: 'The elements are texts, not numbers.' };
    case CLASS.compound:
      return {
        reason:
          'The elements are compound (complex numbers, or rows of a table). Save the parts as arrays of numbers.',
      };
    case CLASS.reference:
      return { reason: 'The elements are references to other objects.' };
    default:
      return {
        reason:
          'Expected floating-point, integer or boolean elements, found another kind (arrays, times or lists).',
      };
  }
}

function integer(size: number, signed: boolean): Hdf5DType {
  const bits = size * 8;
  return [8, 16, 32, 64].includes(bits)
    ? { dtype: `${signed ? '' : 'u'}int${bits}` as DType }
    : { reason: `The elements are integers of ${bits} bits.` };
}

/** Sign, exponent and fraction bits of the floats that are read [IEEE 754; Micikevicius et al. 2022]. */
const FLOATS: readonly (readonly [
  dtype: DType,
  size: number,
  exponent: number,
  fraction: number,
  bias: number,
])[] = [
  ['float64', 8, 11, 52, 1023],
  ['float32', 4, 8, 23, 127],
  ['float16', 2, 5, 10, 15],
  ['bfloat16', 2, 8, 7, 127],
  ['float8_e4m3fn', 1, 4, 3, 7],
  ['float8_e5m2', 1, 5, 2, 15],
];

function float(size: number, fields: NumberFields | undefined): Hdf5DType {
  const bits = fields?.float;
  if (bits?.isVax) return { reason: 'The elements are floating-point numbers of a VAX.' };
  const found = FLOATS.find(
    ([, bytes, exponent, fraction, bias]) =>
      bytes === size &&
      (bits === undefined ||
        (bits.exponent === exponent && bits.fraction === fraction && bits.bias === bias)),
  );
  return found === undefined
    ? { reason: `The elements are floating-point numbers of an unusual kind (${size} bytes).` }
    : { dtype: found[0] };
}

/** h5py's booleans: an enumeration of FALSE and TRUE. */
function isBoolean({ size, enum_type: names }: H5Type): boolean {
  const members = Object.entries(names?.members ?? {}).map(([name, value]) => `${name}=${value}`);
  return size === 1 && members.sort().join() === 'FALSE=0,TRUE=1';
}

function opaque(size: number, hints: FormatHints): Hdf5DType {
  const dtype = rawType(size, hints);
  return dtype === undefined ? { reason: rawTypeMessage(size) } : { dtype };
}
