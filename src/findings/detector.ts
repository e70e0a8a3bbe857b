import type { Finding } from '../model/findings';
import type { FindingsInput } from './input';

/** What a detector finds, most often in one layer. Candidates of one kind and one origin become one finding. */
export interface Candidate extends Finding {
  /** Candidates of one kind are joined only if this is equal too; if they have one, whatever their steps are. */
  readonly cause?: string;
  /**
   * Share of the layer that is affected, 0 to 1. The severity of the finding follows from the sum over the network: see
   * `severityOf` in groups.ts. Absent: the severity stays as it is.
   */
  readonly share?: number;
  /**
   * True where the detector names several layers and has taken care that `layer` is the first of them though the order of
   * layers may not be known, as `originOf` of origin.ts does.
   */
  readonly isOriginKnown?: true;
  /** The words of several candidates together, the first of them being the origin; absent: those of the origin. */
  join?(all: readonly Candidate[]): Pick<Finding, 'title' | 'evidence'>;
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
