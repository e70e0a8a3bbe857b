/**
 * Plain data as bytes and back, exactly: every number bit for bit, NaN and −0 included, and typed arrays as such.
 * Counts (Uint32Array), which are most of a sketch and mostly small, take one byte up to 127, as in LEB128; object
 * keys and other strings that recur are written once.
 */
export type PlainData =
  | undefined
  | null
  | boolean
  | number
  | string
  | Uint32Array
  | Float32Array
  | Float64Array
  | readonly PlainData[]
  | { readonly [key: string]: PlainData };

enum Tag {
  Undefined,
  Null,
  False,
  True,
  /** A whole number from 0 to 2^31 − 1, as LEB128. */
  Natural,
  Number,
  /** Followed by its bytes; gets the next index in the table of strings. */
  NewString,
  /** Followed by its index in the table. */
  KnownString,
  Array,
  Object,
  Uint32Array,
  Float32Array,
  Float64Array,
}

const MAX_NATURAL = 2 ** 31 - 1;

/** Where data is written before it is known how long it gets. */
let bytes = new Uint8Array(1 << 14);
let view = new DataView(bytes.buffer);

/** Throws a TypeError if a part is not plain data. */
export function encode(data: PlainData): Uint8Array {
  let end = 0;
  const strings = new Map<string, number>();

  const reserve = (length: number) => {
    if (end + length <= bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * bytes.length, end + length));
    larger.set(bytes.subarray(0, end));
    bytes = larger;
    view = new DataView(bytes.buffer);
  };
  const natural = (value: number) => {
    reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) bytes[end++] = (rest & 127) | 128;
    bytes[end++] = rest;
  };
  const tag = (value: Tag, length?: number) => {
    reserve(1);
    bytes[end++] = value;
    if (length !== undefined) natural(length);
  };
  const raw = (part: Uint8Array) => {
    reserve(part.length);
    bytes.set(part, end);
    end += part.length;
  };
  const number = (value: number) => {
    if (Number.isInteger(value) && value >= 0 && value <= MAX_NATURAL && !Object.is(value, -0)) {
      tag(Tag.Natural, value);
      return;
    }
    tag(Tag.Number);
    reserve(8);
    view.setFloat64(end, value, true);
    end += 8;
  };
  const string = (value: string) => {
    const known = strings.get(value);
    if (known !== undefined) {
      tag(Tag.KnownString, known);
      return;
    }
    strings.set(value, strings.size);
    if (value.length <= SHORT && isAscii(value)) {
      tag(Tag.NewString, value.length);
      reserve(value.length);
      for (let i = 0; i < value.length; i++) bytes[end++] = value.charCodeAt(i);
      return;
    }
    const text = new TextEncoder().encode(value);
    tag(Tag.NewString, text.length);
    raw(text);
  };
  const write = (value: PlainData): void => {
    if (typeof value === 'number') number(value);
    else if (typeof value === 'string') string(value);
    else if (value === undefined) tag(Tag.Undefined);
    else if (value === null) tag(Tag.Null);
    else if (typeof value === 'boolean') tag(value ? Tag.True : Tag.False);
    else if (value instanceof Uint32Array) {
      tag(Tag.Uint32Array, value.length);
      reserve(5 * value.length);
      for (let i = 0; i < value.length; i++) natural(value[i]);
    } else if (value instanceof Float32Array || value instanceof Float64Array) {
      tag(value instanceof Float32Array ? Tag.Float32Array : Tag.Float64Array, value.length);
      raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (Array.isArray(value)) {
      tag(Tag.Array, value.length);
      for (const each of value) write(each);
    } else writeObject(value);
  };
  const writeObject = (value: object) => {
    if (Object.getPrototypeOf(value) !== Object.prototype)
      throw new TypeError(`Expected plain data, found ${Object.prototype.toString.call(value)}.`);
    const keys = Object.keys(value);
    tag(Tag.Object, keys.length);
    for (const key of keys) {
      string(key);
      write((value as { readonly [key: string]: PlainData })[key]);
    }
  };

  write(data);
  return bytes.slice(0, end);
}

/** An encoder's call takes longer than a few characters. */
const SHORT = 32;

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

const UTF8 = new TextDecoder();
const OWN = { enumerable: true, configurable: true, writable: true } as const;

/** Throws a RangeError if {@link encode} did not write the bytes. */
export function decode(bytes: Uint8Array): PlainData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: string[] = [];
  let at = 0;

  const natural = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = view.getUint8(at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new RangeError('A whole number has too many bytes.');
  };
  /** The next `count` things of at least `size` bytes each. */
  const count = (size: number): number => {
    const length = natural();
    if (length * size > bytes.length - at) throw new RangeError(`There are no ${length} parts left.`);
    return length;
  };
  const raw = (length: number): Uint8Array => {
    at += length;
    return bytes.slice(at - length, at);
  };
  const string = (length: number): string => {
    let text = '';
    for (let i = 0; i < length && length <= SHORT; i++) {
      if (bytes[at + i] > 127) break;
      text += String.fromCharCode(bytes[at + i]);
    }
    if (text.length < length) return UTF8.decode(raw(length));
    at += length;
    return text;
  };
  const read = (): PlainData => {
    const tag: Tag = view.getUint8(at++);
    switch (tag) {
      case Tag.Undefined:
        return undefined;
      case Tag.Null:
        return null;
      case Tag.False:
        return false;
      case Tag.True:
        return true;
      case Tag.Natural:
        return natural();
      case Tag.Number:
        at += 8;
        return view.getFloat64(at - 8, true);
      case Tag.NewString: {
        const text = string(count(1));
        strings.push(text);
        return text;
      }
      case Tag.KnownString: {
        const place = natural();
        if (place >= strings.length) throw new RangeError(`There is no string ${place}.`);
        return strings[place];
      }
      case Tag.Array: {
        const items: PlainData[] = [];
        for (let left = count(1); left > 0; left--) items.push(read());
        return items;
      }
      case Tag.Object: {
        const object: Record<string, PlainData> = {};
        for (let left = count(2); left > 0; left--) {
          const key = String(read());
          // Set like any other, this one would be the prototype.
          if (key === '__proto__') Object.defineProperty(object, key, { ...OWN, value: read() });
          else object[key] = read();
        }
        return object;
      }
      case Tag.Uint32Array: {
        const counts = new Uint32Array(count(1));
        for (let i = 0; i < counts.length; i++) {
          const byte = bytes[at];
          if (byte < 128) {
            counts[i] = byte;
            at++;
          } else counts[i] = natural();
        }
        return counts;
      }
      case Tag.Float32Array:
        return new Float32Array(raw(4 * count(4)).buffer);
      case Tag.Float64Array:
        return new Float64Array(raw(8 * count(8)).buffer);
      default:
        throw new RangeError(`There is no tag ${tag}.`);
    }
  };

  const data = read();
  if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes are left over.`);
  return data;
}
