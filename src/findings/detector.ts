import type { Finding } from '../model/findings';
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
export type Detector = (
  input: FindingsInput,
) => readonly Candidate[] | Generator<undefined, readonly Candidate[]>;

/** Runs a generator to completion without pausing and returns its result. */
export function withoutTurns<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Runs a detector to completion without pausing and returns its candidates. */
export function detected(detect: Detector, input: FindingsInput): readonly Candidate[] {
  const found = detect(input);
  return 'next' in found ? withoutTurns(found) : found;
}

/** Maps each item, such as a layer, to zero or more results. Yields after each item so that other work can run. */
export function* flatMapInTurns<T, U>(
  items: readonly T[],
  of: (item: T) => readonly U[] | U,
): Generator<undefined, U[]> {
  const all: U[] = [];
  for (const item of items) {
    const made = of(item);
    if (Array.isArray(made)) all.push(...made);
    else all.push(made as U);
    yield;
  }
  return all;
}

/** Number of items to visit between yields, for loops that do little work per item. */
const STRIDE = 200;

/**
 * Visits each item of a long list and yields periodically so that other work can run: `yield* inTurns(records,
 * (record) => …)`.
 */
export function* inTurns<T>(items: Iterable<T>, visit: (item: T) => void): Generator<undefined, void> {
  let count = 0;
  for (const item of items) {
    visit(item);
    if (++count % STRIDE === 0) yield;
  }
}
