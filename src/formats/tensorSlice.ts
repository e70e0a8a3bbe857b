import type { ByteSource } from '../io/byteSource';
import { sliceSource } from '../io/sliceSource';
import { stridedSource } from '../io/stridedSource';
import type { AxisIndices } from '../model/catalog';
import { elementCount } from '../model/elementCount';
import { ITEM_SIZE } from './dtype';
import { gathering } from './shape';
import type { TensorInfo } from './tensorFile';

/** Header information and bytes of the tensor at one index of some axes. */
export interface TensorSlice {
  readonly info: TensorInfo;
  readonly source: ByteSource;
}

/**
 * Returns the part of a tensor at one index of each selected axis: a range of the source if the elements are dense,
 * otherwise elements gathered in storage order. Closing it closes the source.
 */
export function tensorSlice(info: TensorInfo, source: ByteSource, indices: AxisIndices): TensorSlice {
  const width = ITEM_SIZE[info.dtype];
  const isKept = (_: number, axis: number) => indices[axis] === null;
  const shape = info.shape.filter(isKept);
  const strides = info.strides.filter(isKept);
  const start = indices.reduce<number>((sum, index, axis) => sum + (index ?? 0) * info.strides[axis], 0);
  const size = elementCount(shape);
  const span = shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], 1);
  const part = sliceSource(source, start * width, span * width);
  const close = async () => {
    await part.close();
    await source.close();
  };
  if (span === size) return { info: { ...info, shape, strides }, source: { ...part, close } };
  const gathered = gathering({ shape, strides });
  return {
    info: { ...info, shape, strides: gathered.strides },
    source: { ...stridedSource(part, gathered.view, width), close },
  };
}
