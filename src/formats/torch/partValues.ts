import { type ByteSource, readBytes } from '../../io/byteSource';
import { elementCount } from '../../model/elementCount';
import { decoder } from '../decode';
import type { TorchTensor } from './torchTensor';

/** Reads all values of a tensor in C order. Memory is proportional to the source's bytes. */
export async function partValues({ info }: TorchTensor, source: ByteSource): Promise<Float64Array> {
  const { shape, strides } = info;
  const stored = decoder(info.dtype, info.littleEndian)(await readBytes(source, 0, source.size));
  const index = shape.map(() => 0);
  let place = 0;
  return Float64Array.from({ length: elementCount(shape) }, () => {
    const value = stored[place];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      place += strides[axis];
      if (index[axis] < shape[axis]) break;
      place -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
    return value;
  });
}
