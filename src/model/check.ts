import type { FittedFormula, Formula } from './formula';

/** What a normalization layer computes, by its recorded output and input, and how that compares with what it declares. */
export interface LayerCheck {
  /** Record id of the output. */
  readonly record: number;
  /** What the layer computes; `rivals`: formulas that differ on other inputs and fit equally well. */
  readonly fit:
    | { readonly kind: 'fitted'; readonly fitted: FittedFormula }
    | { readonly kind: 'rivals'; readonly formulas: readonly Formula[] }
    | { readonly kind: 'none' };
  /** Elements that were compared with what is declared, or with the formula where nothing is. */
  readonly compared: number;
  /** Of them, how many differ by more than rounding. */
  readonly beyond: number;
  /** Greatest |y − ŷ|. */
  readonly greatest: number;
  /** Greatest |y − ŷ| over what rounding can make of that element. */
  readonly ofBound: number;
  /** Absent where nothing is contradicted. */
  readonly mismatch?: Mismatch;
}

/** What a layer declares and does not do. */
export interface Mismatch {
  /** Which part is wrong; `unexplained` where no formula that was tried gives the output. */
  readonly kind: 'axes' | 'groups' | 'epsilon' | 'statistics' | 'affine' | 'unexplained';
  readonly declared: Declaration;
}

/** The documented formula of an unmodified library class, or an attribute that a class of one's own carries. */
export type Declaration =
  | { readonly by: 'class'; readonly formula: Formula }
  | { readonly by: 'attribute'; readonly name: string; readonly value: number | readonly number[] };
