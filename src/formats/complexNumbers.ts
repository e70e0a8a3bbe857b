import type { DType } from '../model/catalog';
import type { TensorInfo } from './tensorFile';

/** The type of the real and imaginary parts of complex elements, by the names of NumPy, PyTorch, and safetensors. */
const PARTS: ReadonlyMap<string, DType> = new Map([
  ['c8', 'float32'],
  ['c16', 'float64'],
  ['torch.complex32', 'float16'],
  ['torch.complex64', 'float32'],
  ['torch.complex128', 'float64'],
  ['torch.chalf', 'float16'],
  ['torch.cfloat', 'float32'],
  ['torch.cdouble', 'float64'],
  ['C64', 'float32'],
]);

/** Returns the type of the parts of a complex type; undefined for other types. */
export function complexPart(type: string): DType | undefined {
  return PARTS.get(type);
}

/**
 * Returns a complex tensor as one of numbers, with real and imaginary part along a last axis of two
 * (`torch.view_as_real`). `shape` and `strides` count complex elements.
 */
export function asRealView({
  shape,
  strides,
}: Pick<TensorInfo, 'shape' | 'strides'>): Pick<TensorInfo, 'shape' | 'strides' | 'isComplex'> {
  return { shape: [...shape, 2], strides: [...strides.map((stride) => 2 * stride), 1], isComplex: true };
}
