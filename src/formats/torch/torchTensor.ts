import type { ByteSource } from '../../io/byteSource';
import type { StoredView } from '../shape';
import type { TensorInfo } from '../tensorFile';

/** A tensor of a file of `torch.save`. */
export interface TorchTensor {
  readonly info: TensorInfo;
  /** Its elements: in a storage of the file, in the pickle itself (NumPy arrays), or made of other tensors. */
  readonly data:
    | { readonly key: string; readonly offset: number; readonly length: number }
    | Uint8Array
    | ComposedData;
  /** How the stored elements are read if they are not dense. */
  readonly gather?: StoredView;
}

/** Elements that are made of other tensors: quantized and sparse ones. */
export interface ComposedData {
  readonly parts: readonly TorchTensor[];
  /** Makes the elements of those of the parts, whose sources it closes when its own is closed. */
  compose(parts: readonly ByteSource[]): Promise<ByteSource>;
}
