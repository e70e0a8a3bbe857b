import type { ByteSource } from '../io/byteSource';
import { sliceSource } from '../io/sliceSource';
import { stridedSource } from '../io/stridedSource';
import { elementCount } from '../model/elementCount';
import { ITEM_SIZE } from './dtype';
import { gathering } from './shape';
import type { TensorInfo } from './tensorFile';

/** What a header would say of the tensor at one index of the first axis, and its bytes. */
export interface TensorSlice {
  readonly info: TensorInfo;
  readonly source: ByteSource;
}

/**
 * One index of a tensor's first axis: a range of the source if its elements are contiguous, otherwise gathered in
 * storage order. Closing it closes the source.
 */
export function tensorSlice(info: TensorInfo, source: ByteSource, index: number): TensorSlice {
  const width = ITEM_SIZE[info.dtype];
  const shape = info.shape.slice(1);
  const strides = info.strides.slice(1);
  const size = elementCount(shape);
  const span = shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], 1);
  const part = sliceSource(source, index * info.strides[0] * width, span * width);
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
