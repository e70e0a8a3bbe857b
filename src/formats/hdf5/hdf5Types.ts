import { t } from '@vscode/l10n';
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

/** The element type of a dataset, or the reason that it is not supported. */
export type Hdf5DType = { readonly dtype: DType } | { readonly reason: string };

/**
 * Returns the element type of a dataset. `fields` distinguishes float16 from bfloat16; it is undefined if the header
 * could not be read.
 */
export function hdf5DType(type: H5Type, fields: NumberFields | undefined, hints: FormatHints): Hdf5DType {
  if (fields !== undefined && (fields.offset !== 0 || fields.precision !== type.size * 8))
    return {
      reason: t(
        'The elements use only {0} of their {1} bits, which is not supported.',
        fields.precision,
        type.size * 8,
      ),
    };
  switch (type.type) {
    case CLASS.integer:
      return integer(type.size, type.signed);
    case CLASS.float:
      return float(type.size, fields);
    case CLASS.enum:
      return isBoolean(type) ? { dtype: 'bool' } : integer(type.size, type.signed);
    case CLASS.bitfield:
      // PyTables writes booleans this way.
      return type.size === 1 ? { dtype: 'bool' } : { reason: t('The elements are bit fields, not numbers.') };
    case CLASS.opaque:
      return opaque(type.size, hints);
    case CLASS.string:
      return { reason: t('The elements are strings, not numbers.') };
    case CLASS.compound:
      return {
        reason: t(
          'The elements are compound, such as complex numbers or table rows. Save each field as an array of numbers.',
        ),
      };
    case CLASS.reference:
      return { reason: t('The elements are references to objects, not numbers.') };
    default:
      return {
        reason: t('Expected floating-point, integer, or boolean elements; found arrays, times, or lists.'),
      };
  }
}

function integer(size: number, signed: boolean): Hdf5DType {
  const bits = size * 8;
  return [8, 16, 32, 64].includes(bits)
    ? { dtype: `${signed ? '' : 'u'}int${bits}` as DType }
    : { reason: t('{0}-bit integers are not supported.', bits) };
}

/** Sign, exponent, and fraction bits of the supported floats [IEEE 754; Micikevicius et al. 2022]. */
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
  if (bits?.isVax) return { reason: t('VAX floating-point numbers are not supported.') };
  const found = FLOATS.find(
    ([, bytes, exponent, fraction, bias]) =>
      bytes === size &&
      (bits === undefined ||
        (bits.exponent === exponent && bits.fraction === fraction && bits.bias === bias)),
  );
  return found === undefined
    ? { reason: t('This {0}-byte floating-point format is not supported.', size) }
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
