type TypedArray = Uint32Array | Float64Array;

/** Larger arrays keep their own buffer. */
const MAX_BYTES = 1 << 15;
const ALIGNMENT = 8;

/**
 * The same plain data with its small arrays in one buffer. A small record's sketch has a dozen arrays; allocating each,
 * here and in the receiver, takes more memory and time than their content.
 */
export function packIntoOneBuffer<T>(data: T): T {
  const bytes = bytesOf(data);
  if (bytes === 0) return data;
  const buffer = new ArrayBuffer(bytes);
  made.add(buffer);
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
    if (typeof value !== 'object' || value === null) return value;
    if (isSmall(value))
      return value instanceof Uint32Array ? place(value, Uint32Array) : place(value, Float64Array);
    if (!isPlain(value)) return value;
    const copied: Record<string, unknown> = {};
    for (const key of Object.keys(value)) copied[key] = copy(value[key]);
    return copied;
  }
  return copy(data) as T;
}

/** Buffers of {@link packIntoOneBuffer}, which hold nothing else than its arrays. */
const made = new WeakSet<ArrayBufferLike>();

/** The buffers of the data, to transfer to another thread; this thread must not use the data afterward. */
export function packedBuffers(data: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const look = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    if (ArrayBuffer.isView(value)) {
      if (made.has(value.buffer) && value.buffer instanceof ArrayBuffer) found.add(value.buffer);
    } else if (isPlain(value)) for (const key of Object.keys(value)) look(value[key]);
  };
  look(data);
  return [...found];
}

function bytesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (isSmall(value)) return aligned(value.byteLength);
  if (!isPlain(value)) return 0;
  let bytes = 0;
  for (const key of Object.keys(value)) bytes += bytesOf(value[key]);
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
