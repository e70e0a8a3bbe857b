import type { NameFields } from '../naming/nameFields';

/** What is known of a tensor because a recorder's way of naming its files was recognised. */
export interface KnownTensor {
  readonly layer?: string;
  /** The key as naming takes it apart; empty where the file's name says the layer. */
  readonly key?: string;
  /** True where the file's name says nothing beyond this. */
  readonly isNamed?: true;
  readonly fields?: NameFields;
  /** Type of the module. */
  readonly module?: string;
  /** Why the tensor is no part of the run. */
  readonly excludedReason?: string;
}
