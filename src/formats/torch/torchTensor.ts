import type { ByteSource } from '../../io/byteSource';
import type { StoredView } from '../shape';
import type { TensorInfo } from '../tensorFile';

/** A tensor of a file of `torch.save`. */
export interface TorchTensor {
  readonly info: TensorInfo;
  /** Its elements: in a storage of the file, in the pickle itself (NumPy arrays), or composed from other tensors. */
  readonly data:
    | { readonly key: string; readonly offset: number; readonly length: number }
    | Uint8Array
    | ComposedData;
  /** How to read the stored elements if they are not dense. */
  readonly gather?: StoredView;
}

/** Elements composed from other tensors: quantized and sparse tensors. */
export interface ComposedData {
  readonly parts: readonly TorchTensor[];
  /** Composes the elements from those of the parts. Closing the result closes the parts. */
  compose(parts: readonly ByteSource[]): Promise<ByteSource>;
}
