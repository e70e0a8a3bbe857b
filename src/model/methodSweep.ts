import type { NormalizingMethod } from './analysis';

/** What group normalization does to a record's shift with other numbers of groups, and where ε weighs. */
export interface MethodSweep {
  readonly record: number;
  /** W1/σ of the raw values; NaN at the reference step. */
  readonly raw: number;
  /** W1/σ after group normalization with G groups, G ascending; empty at the reference step. NaN: not defined. */
  readonly groups: readonly { readonly groups: number; readonly w1: number }[];
  /** Every method that is defined. */
  readonly epsilon: readonly EpsilonShare[];
}

/** Sets of elements whose variance ε is not negligible against. */
export interface EpsilonShare {
  readonly method: NormalizingMethod;
  readonly units: number;
  /** Share of the units with ε above 1 % of σ², or of the mean of squares for RMS. */
  readonly share: number;
}

/** ε above this part of σ² makes x̂ smaller by half a percent or more: √(1 + 0.01) ≈ 1.005. */
export const EPSILON_PART = 0.01;

/** The share of the shift that group normalization with G groups removes; NaN if that is not known. */
export function removedShare({ raw }: MethodSweep, w1: number): number {
  return raw > 0 ? 1 - w1 / raw : Number.NaN;
}
