import assert from 'node:assert/strict';
import { decoder } from '../../../src/formats/decode';
import { ITEM_SIZE } from '../../../src/formats/dtype';
import type { TensorFile, TensorInfo } from '../../../src/formats/tensorFile';
import { readBytes } from '../../../src/io/byteSource';

/** A tensor's stored bytes, whose number must match its shape and dtype exactly. */
export async function storedBytes(file: TensorFile, info: TensorInfo): Promise<Uint8Array> {
  const source = await file.openTensor(info.name);
  try {
    assert.equal(source.size, sizeOf(info.shape) * ITEM_SIZE[info.dtype], `size of "${info.name}"`);
    return await readBytes(source, 0, source.size);
  } finally {
    await source.close();
  }
}

/** A tensor's values in C order of its indices, whatever the order in which they are stored. */
export async function tensorValues(file: TensorFile, info: TensorInfo): Promise<number[]> {
  const stored = decoder(info.dtype, info.littleEndian)(await storedBytes(file, info));
  return Array.from(stored, (_, place) => stored[storedAt(info, place)]);
}

/** The place in storage of the element at a place in C order. */
function storedAt({ shape, strides }: TensorInfo, place: number): number {
  let rest = place;
  let at = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at += (rest % shape[axis]) * strides[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return at;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
