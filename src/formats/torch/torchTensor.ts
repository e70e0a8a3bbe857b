import type { StoredView } from '../shape';
import type { TensorInfo } from '../tensorFile';

/** Where a tensor's elements are: in a storage of the file, or in the pickle itself (NumPy arrays). */
export interface TorchTensor {
  readonly info: TensorInfo;
  readonly data: { readonly key: string; readonly offset: number; readonly length: number } | Uint8Array;
  /** How the stored elements are read, where they do not lie densely. */
  readonly gather?: StoredView;
}
