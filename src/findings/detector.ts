import type { Finding } from '../model/findings';
import type { FindingsInput } from './input';

/** What a detector finds. */
export interface Candidate extends Finding {
  /** Candidates of one kind and severity become one finding if this is equal: what is wrong, without the layer. */
  readonly cause?: string;
  /**
   * True where `layer` is right whatever is known of the order of layers: the detector has looked at that, as `originOf` of
   * origin.ts does, or the finding is not about a first layer. Else a finding in several layers has no first one if their
   * order is not known.
   */
  readonly isOriginKnown?: true;
}

/**
 * Looks for one kind of finding. One that goes through records or layers is a generator, which yields wherever others
 * may have a turn: after a layer, or after some hundred records. What it yields is ignored; it returns what it found.
 */
export type Detector = (
  input: FindingsInput,
) => readonly Candidate[] | Generator<undefined, readonly Candidate[]>;

/** What work with turns for others returns, done at one go. */
export function withoutTurns<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** What a detector finds, at one go. */
export function detected(detect: Detector, input: FindingsInput): readonly Candidate[] {
  const found = detect(input);
  return 'next' in found ? withoutTurns(found) : found;
}

/** What is made of each item of a list, such as a layer, with a turn for others after each. */
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

/** Items between two turns of a loop that does little with each. */
const STRIDE = 200;

/** Visits each item of a long list, with a turn for others now and then: `yield* inTurns(records, (record) => …)`. */
export function* inTurns<T>(items: Iterable<T>, visit: (item: T) => void): Generator<undefined, void> {
  let count = 0;
  for (const item of items) {
    visit(item);
    if (++count % STRIDE === 0) yield;
  }
}
