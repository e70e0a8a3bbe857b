import type { NameFields } from '../naming/nameFields';

/** The fields of a tensor from a file name that follows a known recorder's convention. */
export interface KnownTensor {
  readonly layer?: string;
  /** The key that naming parses; empty if the file's name contains the layer. */
  readonly key?: string;
  /** True if the file's name contains nothing else. */
  readonly isNamed?: true;
  readonly fields?: NameFields;
  /** Type of the module. */
  readonly module?: string;
  /** Why the tensor is not part of the run. */
  readonly excludedReason?: string;
}
