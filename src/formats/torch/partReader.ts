import type { DType } from '../../model/catalog';
import type { Problem, ProblemError } from '../../model/problem';
import type { PickleValue } from './pickleValues';
import type { TorchTensor } from './torchTensor';

/** Reads the tensors that make up another one. */
export interface PartReader {
  /** Throws if the value is not a tensor. */
  read(value: PickleValue | undefined): TorchTensor;
  /** Reads the elements of a storage as this type, given the arguments of `_rebuild_tensor`. */
  readStored(args: readonly PickleValue[], dtype: DType): TorchTensor;
  fail(code: Problem['code'], message: string): ProblemError;
}
