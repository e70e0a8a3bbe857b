import type { DType } from '../../model/catalog';
import { decoder } from '../decode';
import { ITEM_SIZE } from '../dtype';

/**
 * Returns the bits of one element of a fill value [Zarr 3.0, fill value; Zarr 2, the same except for raw bits in
 * base64]: a number, a boolean, "NaN", "Infinity", "-Infinity", or hexadecimal bits. Returns undefined if it is
 * invalid. A missing fill value (null) reads as zero, as in zarr-python.
 */
export function rawFill(value: unknown, dtype: DType): bigint | undefined {
  const width = ITEM_SIZE[dtype];
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return 0n;
  if (value === true) return dtype === 'bool' ? 1n : undefined;
  if (typeof value === 'string') {
    if (/^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt.asUintN(8 * width, BigInt(value));
    if (['NaN', 'Infinity', '-Infinity'].includes(value)) return bitsOf(Number(value), dtype);
    return base64Bits(value, width);
  }
  return typeof value === 'number' ? bitsOf(value, dtype) : undefined;
}

function bitsOf(value: number, dtype: DType): bigint | undefined {
  const view = new DataView(new ArrayBuffer(8));
  if (dtype === 'float64') view.setFloat64(0, value, true);
  else if (dtype === 'float32') view.setFloat32(0, value, true);
  else if (/float/.test(dtype)) return smallFloatBits(value, dtype);
  else if (Number.isInteger(value)) view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  else return undefined;
  return BigInt.asUintN(8 * ITEM_SIZE[dtype], view.getBigUint64(0, true));
}

/** Finds the bits of a one- or two-byte float by searching all of them. */
function smallFloatBits(value: number, dtype: DType): bigint | undefined {
  const decode = decoder(dtype, true);
  const codes =
    ITEM_SIZE[dtype] === 1
      ? Uint8Array.from({ length: 256 }, (_, code) => code)
      : Uint16Array.from({ length: 65536 }, (_, code) => code);
  const values = decode(new Uint8Array(codes.buffer));
  const code = values.findIndex((each) => Object.is(each, value));
  return code < 0 ? undefined : BigInt(code);
}

function base64Bits(text: string, width: number): bigint | undefined {
  try {
    const bytes = atob(text);
    if (bytes.length !== width) return undefined;
    return [...bytes].reduceRight((bits, byte) => (bits << 8n) | BigInt(byte.charCodeAt(0)), 0n);
  } catch {
    return undefined;
  }
}
