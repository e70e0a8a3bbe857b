type TypedArray = Uint32Array | Float64Array;

/** Larger arrays keep their own buffer. */
const MAX_BYTES = 1 << 15;
const ALIGNMENT = 8;

/**
 * The same plain data with its small arrays in one buffer. A small record's sketch has a dozen arrays; allocating each,
 * here and in the receiver, takes more memory and time than their content.
 */
export function packIntoOneBuffer<T>(data: T): T {
  const holders = new Set<object>();
  const bytes = findArrays(data, holders);
  if (bytes === 0) return data;
  const buffer = new ArrayBuffer(bytes);
  let end = 0;

  function place<A extends TypedArray>(
    array: A,
    kind: new (buffer: ArrayBuffer, at: number, length: number) => A,
  ): A {
    const placed = new kind(buffer, end, array.length);
    placed.set(array);
    end += aligned(array.byteLength);
    return placed;
  }
  function copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || !holders.has(value)) return value;
    if (value instanceof Uint32Array) return place(value, Uint32Array);
    if (value instanceof Float64Array) return place(value, Float64Array);
    const copied: Record<string, unknown> = { ...value };
    for (const key of Object.keys(copied))
      if (typeof copied[key] === 'object') copied[key] = copy(copied[key]);
    return copied;
  }
  const packed = copy(data) as T & object;
  bufferOf.set(packed, buffer);
  return packed;
}

/** The buffer of each result of {@link packIntoOneBuffer}, which holds nothing else than its arrays. */
const bufferOf = new WeakMap<object, ArrayBuffer>();

/** The buffers of packed data in the data, to transfer to another thread, after which this one must not use them. */
export function packedBuffers(data: unknown): ArrayBuffer[] {
  const found: ArrayBuffer[] = [];
  const look = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    const buffer = bufferOf.get(value);
    if (buffer !== undefined) found.push(buffer);
    else if (isPlain(value)) for (const key of Object.keys(value)) look(value[key]);
  };
  look(data);
  return found;
}

/** The room that the small arrays take. Adds them, and the objects that they are in, to `holders`. */
function findArrays(value: unknown, holders: Set<object>): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (isSmall(value)) {
    holders.add(value);
    return aligned(value.byteLength);
  }
  if (!isPlain(value)) return 0;
  const before = holders.size;
  let bytes = 0;
  for (const key of Object.keys(value))
    if (typeof value[key] === 'object') bytes += findArrays(value[key], holders);
  if (holders.size > before) holders.add(value);
  return bytes;
}

function isSmall(value: object): value is TypedArray {
  return (value instanceof Uint32Array || value instanceof Float64Array) && value.byteLength <= MAX_BYTES;
}

function isPlain(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
