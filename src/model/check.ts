/** How a normalization layer's recorded output compares with what its recorded input and declaration give. */
export interface LayerCheck {
  /** Record id of the output. */
  readonly record: number;
  /** Elements that were compared. */
  readonly compared: number;
  /** Of them, how many differ by more than rounding. */
  readonly beyond: number;
  /** Greatest |actual − declared|. */
  readonly greatest: number;
  /** Greatest |actual − declared| over what rounding can make of that element. */
  readonly ofBound: number;
  /** What was declared, in words: `layer norm over the channels`. */
  readonly declared: string;
  /** Absent where the output is what was declared. */
  readonly mismatch?: Mismatch;
}

/** What the output is instead. */
export interface Mismatch {
  /** Which part of the declaration is wrong; `unexplained` where nothing that was tried gives the output. */
  readonly kind: 'axes' | 'groups' | 'epsilon' | 'statistics' | 'affine' | 'unexplained';
  /** A sentence that names both, such as `It declares 4 groups; the output is what 2 groups give.` */
  readonly sentence: string;
}
