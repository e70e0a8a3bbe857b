import { releaseBuffer } from './bufferPool';

type TypedArray = Float32Array | Uint16Array | Int32Array;

/** An array that grows at its end. */
export interface GrowableArray<T extends TypedArray> {
  readonly length: number;
  push(values: ArrayLike<number>): void;
  /** Returns the pushed items and ends the array; nothing can be pushed afterward. */
  finish(): T;
}

export function growableArray<T extends TypedArray>(
  make: (length: number) => T,
  expected: number,
): GrowableArray<T> {
  let array = make(expected);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push: (values) => {
      if (length + values.length > array.length) {
        const larger = make(Math.max(2 * array.length, length + values.length));
        larger.set(array.subarray(0, length));
        releaseBuffer(array.buffer);
        array = larger;
      }
      array.set(values, length);
      length += values.length;
    },
    // Copy the items if most of the memory would be unused.
    finish: () => (3 * length > array.length ? array.subarray(0, length) : array.slice(0, length)) as T,
  };
}
