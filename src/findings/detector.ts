import type { Finding } from '../model/findings';
import { type InTurns, withoutTurns } from '../model/inTurns';
import type { FindingsInput } from './input';

/** A finding before candidates with the same cause are merged. */
export interface Candidate extends Finding {
  /**
   * Candidates with the same kind, severity, and cause are merged into one finding. Describes what is wrong, without
   * the layer.
   */
  readonly cause?: string;
  /**
   * True if `layer` is correct even if the layer order is unknown: the detector already considers the order, as
   * `originOf` in origin.ts does, or the finding is not about a first layer. Otherwise, a finding in several layers
   * has no first layer if their order is unknown.
   */
  readonly isOriginKnown?: true;
}

/**
 * Detects one kind of finding. A detector that iterates over records or layers is a generator that yields where other
 * work can run: after a layer or after a few hundred records. Yielded values are ignored; the return value is the
 * list of candidates.
 */
export type Detector = (input: FindingsInput) => readonly Candidate[] | InTurns<readonly Candidate[]>;

/** Runs a detector to completion without pausing and returns its candidates. */
export function detected(detect: Detector, input: FindingsInput): readonly Candidate[] {
  const found = detect(input);
  return 'next' in found ? withoutTurns(found) : found;
}
