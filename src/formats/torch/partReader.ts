import type { DType } from '../../model/catalog';
import type { Problem, ProblemError } from '../../model/problem';
import type { PickleValue } from './pickleValues';
import type { TorchTensor } from './torchTensor';

/** How the tensors are read that another one is made of. */
export interface PartReader {
  /** Throws if it is not a tensor. */
  read(value: PickleValue | undefined): TorchTensor;
  /** The elements of a storage as this type, by the arguments of `_rebuild_tensor`. */
  readStored(args: readonly PickleValue[], dtype: DType): TorchTensor;
  fail(code: Problem['code'], message: string): ProblemError;
}
