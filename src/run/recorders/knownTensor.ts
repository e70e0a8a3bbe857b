import type { NameFields } from '../naming/nameFields';

/** What is known of a tensor because a recorder's way of naming its files was recognized. */
export interface KnownTensor {
  readonly layer?: string;
  /** True where the file's name says nothing beyond this. */
  readonly isNamed?: true;
  readonly fields?: NameFields;
  /** Type of the module. */
  readonly module?: string;
  /** Why the tensor is no part of the run. */
  readonly excludedReason?: string;
}
