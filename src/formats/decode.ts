import type { DType } from '../model/catalog';
import { ITEM_SIZE } from './dtype';
import { SMALL_FLOATS, scaleValue, smallFloatValue } from './smallFloats';

/**
 * Converts bytes of one dtype to numbers. The result is valid until the next call: it is a view of the bytes if they
 * are native floats, otherwise of a reused buffer. `bytes` contains whole elements. Types for which {@link fitsFloat32}
 * holds can be decoded into `into`.
 */
export type Decoder = (bytes: Uint8Array, into?: Float32Array) => Float32Array | Float64Array;

/** Returns a decoder. Every value is exact, except 64-bit integers beyond 2^53, which round to the nearest float64. */
export function decoder(dtype: DType, littleEndian: boolean): Decoder {
  if (dtype === 'float32' || dtype === 'float64') return nativeFloats(dtype, littleEndian);
  const width = ITEM_SIZE[dtype];
  const read = READERS[dtype];
  const isWide = WIDE.has(dtype);
  let scratch: Float32Array | Float64Array = new Float32Array(0);
  return (bytes, into) => {
    const count = bytes.length / width;
    if (into === undefined && scratch.length < count)
      scratch = isWide ? new Float64Array(count) : new Float32Array(count);
    const values = (into ?? scratch).subarray(0, count);
    read(bytes, values, littleEndian);
    return values;
  };
}

/** Types with values that float32 cannot represent. */
const WIDE: ReadonlySet<DType> = new Set(['float64', 'int32', 'uint32', 'int64', 'uint64']);

/** Returns whether float32 can represent every value of the type. */
export function fitsFloat32(dtype: DType): boolean {
  return !WIDE.has(dtype);
}

/** Every platform that VS Code runs on is little-endian. */
function nativeFloats(dtype: 'float32' | 'float64', littleEndian: boolean): Decoder {
  const width = ITEM_SIZE[dtype];
  let copy = new Uint8Array(0);
  return (bytes, into) => {
    let source = bytes;
    if (into !== undefined || !littleEndian || bytes.byteOffset % width !== 0) {
      if (into === undefined && copy.length < bytes.length) copy = new Uint8Array(bytes.length);
      source = into === undefined ? copy.subarray(0, bytes.length) : bytesOf(into, bytes.length);
      source.set(bytes);
      if (!littleEndian) swapBytes(source, width);
    }
    const count = source.length / width;
    return dtype === 'float32'
      ? new Float32Array(source.buffer, source.byteOffset, count)
      : new Float64Array(source.buffer, source.byteOffset, count);
  };
}

function bytesOf(values: Float32Array, length: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, length);
}

/** Reverses the bytes of every element in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}

type Reader = (bytes: Uint8Array, values: Float32Array | Float64Array, littleEndian: boolean) => void;
type CodedDType = Exclude<DType, 'float32' | 'float64'>;

const READERS: Readonly<Record<CodedDType, Reader>> = {
  float16: coded16(() => table16(float16Value)),
  bfloat16: coded16(bfloat16Table),
  float8_e4m3fn: smallFloat('float8_e4m3fn'),
  float8_e5m2: smallFloat('float8_e5m2'),
  float8_e4m3: smallFloat('float8_e4m3'),
  float8_e3m4: smallFloat('float8_e3m4'),
  float8_e4m3fnuz: smallFloat('float8_e4m3fnuz'),
  float8_e4m3b11fnuz: smallFloat('float8_e4m3b11fnuz'),
  float8_e5m2fnuz: smallFloat('float8_e5m2fnuz'),
  float8_e8m0fnu: coded8(() => table8(scaleValue)),
  float6_e2m3fn: smallFloat('float6_e2m3fn'),
  float6_e3m2fn: smallFloat('float6_e3m2fn'),
  float4_e2m1fn: smallFloat('float4_e2m1fn'),
  int16: coded16(() => table16((code) => (code << 16) >> 16)),
  uint16: coded16(() => table16((code) => code)),
  int8: coded8(() => table8((code) => (code << 24) >> 24)),
  uint8: coded8(() => table8((code) => code)),
  bool: coded8(() => table8((code) => (code === 0 ? 0 : 1))),
  int32: viewed(4, (view, at, littleEndian) => view.getInt32(at, littleEndian)),
  uint32: viewed(4, (view, at, littleEndian) => view.getUint32(at, littleEndian)),
  int64: viewed(8, (view, at, littleEndian) => Number(view.getBigInt64(at, littleEndian))),
  uint64: viewed(8, (view, at, littleEndian) => Number(view.getBigUint64(at, littleEndian))),
};

/** Types of up to 16 bits use a table of their 65,536 (or 256) values, created on first use. */
function coded16(makeTable: () => Float32Array): Reader {
  let table: Float32Array | undefined;
  return (bytes, values, littleEndian) => {
    table ??= makeTable();
    const [low, high] = littleEndian ? [0, 1] : [1, 0];
    for (let i = 0; i < values.length; i++)
      values[i] = table[bytes[2 * i + low] | (bytes[2 * i + high] << 8)];
  };
}

function coded8(makeTable: () => Float32Array): Reader {
  let table: Float32Array | undefined;
  return (bytes, values) => {
    table ??= makeTable();
    for (let i = 0; i < values.length; i++) values[i] = table[bytes[i]];
  };
}

function smallFloat(name: keyof typeof SMALL_FLOATS): Reader {
  return coded8(() => table8((code) => smallFloatValue(SMALL_FLOATS[name], code)));
}

function viewed(width: number, get: (view: DataView, at: number, littleEndian: boolean) => number): Reader {
  return (bytes, values, littleEndian) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < values.length; i++) values[i] = get(view, i * width, littleEndian);
  };
}

function table16(value: (code: number) => number): Float32Array {
  return tableOf(1 << 16, value);
}

function table8(value: (code: number) => number): Float32Array {
  return tableOf(1 << 8, value);
}

function tableOf(codes: number, value: (code: number) => number): Float32Array {
  const table = new Float32Array(codes);
  for (let code = 0; code < codes; code++) table[code] = value(code);
  return table;
}

/** The codes are the upper halves of float32. */
function bfloat16Table(): Float32Array {
  const bits = new Uint32Array(1 << 16);
  for (let code = 0; code < bits.length; code++) bits[code] = code << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16. */
function float16Value(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 0x1f;
  const fraction = code & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
