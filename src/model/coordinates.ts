/**
 * How large the elements ("coordinates") of a record are, and how far they have moved since an earlier record of the
 * layer [Yang et al. 2022, Tensor Programs V, appendix D.1]. Of the elements that are finite.
 */
export interface RecordCoordinates {
  /** Record id of h_t. */
  readonly record: number;
  /** Mean |h_t|, as `l1` of the package mup. */
  readonly size: number;
  /** Mean |h_t − h_0| over the elements; NaN if the two cannot be compared. */
  readonly change: number;
  /** Elements that are not finite; absent if there are none. */
  readonly nonFinite?: number;
  /** Why there is no change: a sentence. */
  readonly reason?: string;
}
