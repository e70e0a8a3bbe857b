import type { CounterMark, Marks } from './marks';

/** The step of each name, and what remains of its batch or call index. */
export interface Timeline {
  /** One a name; undefined where the name lacks what the others tell the time by. */
  readonly steps: readonly (number | undefined)[];
  /** One a name. */
  readonly calls: readonly (number | undefined)[];
  /** The counters that make up the step, coarse to fine; empty where no name says a time (all steps are 0 then). */
  readonly counters: readonly CounterMark[];
}

/**
 * Chooses what the step of a run is.
 *
 * The finest counter that at least half of the names have is the step (a batch index only where there is no step
 * or checkpoint; otherwise it is the call index); a counter that never changes is passed over. Where one value
 * occurs under several values of a coarser counter, as with a step that starts anew each epoch, both combine:
 * epoch 3, step 40 of at most 499 becomes 3040, so that the order is right and the number can be read. Names that
 * lack a counter in use have no step.
 */
export function timeline(marks: readonly Marks[]): Timeline {
  const stepped = marks.some(({ step, checkpoint }) => step !== undefined || checkpoint !== undefined);
  const counters = chooseCounters(marks, ['epoch', 'checkpoint', 'step', ...(stepped ? [] : BATCH)]);
  const steps = counters.length === 0 ? marks.map(() => 0) : combine(marks, counters, 'all');
  const calls = combine(marks, present(marks, [...(stepped ? BATCH : []), 'call']), 'any');
  return { steps, calls, counters };
}

const BATCH = ['batch'] as const;

function present(marks: readonly Marks[], counters: readonly CounterMark[]): readonly CounterMark[] {
  return counters.filter((counter) => marks.some((each) => each[counter] !== undefined));
}

/** `usable`: coarse to fine, as the result. */
function chooseCounters(marks: readonly Marks[], usable: readonly CounterMark[]): readonly CounterMark[] {
  const values = (counter: CounterMark) =>
    marks.map((each) => each[counter]).filter((value) => value !== undefined);
  const timed = marks.filter((each) => usable.some((counter) => each[counter] !== undefined)).length;
  const common = usable.filter((counter) => timed > 0 && 2 * values(counter).length >= timed);
  const changing = common.filter((counter) => new Set(values(counter)).size > 1);
  if (changing.length === 0) return (common.length > 0 ? common : present(marks, usable)).slice(-1);
  const chosen = changing.slice(-1);
  for (const coarser of changing.slice(0, -1).reverse()) {
    if (repeats(marks, chosen, coarser)) chosen.unshift(coarser);
  }
  return chosen;
}

/** Whether one value of the chosen counters occurs under several values of the coarser one. */
function repeats(marks: readonly Marks[], chosen: readonly CounterMark[], coarser: CounterMark): boolean {
  const seen = new Map<string, number>();
  for (const each of marks) {
    const value = each[coarser];
    if (value === undefined || chosen.some((counter) => each[counter] === undefined)) continue;
    const key = chosen.map((counter) => each[counter]).join();
    if (seen.has(key) && seen.get(key) !== value) return true;
    seen.set(key, value);
  }
  return false;
}

/**
 * One number for several counters, in their lexicographic order: each counter is worth a power of ten above all
 * values of the finer ones. Where that would not be exact, the position in the sorted list of all.
 * A name needs all of the counters, or any.
 */
function combine(
  marks: readonly Marks[],
  counters: readonly CounterMark[],
  needs: 'all' | 'any',
): readonly (number | undefined)[] {
  const tuples = marks.map((each) => {
    const values = counters.map((counter) => each[counter]);
    const known = values.filter((value) => value !== undefined).length;
    return known === 0 || (needs === 'all' && known < counters.length)
      ? undefined
      : values.map((value) => value ?? 0);
  });
  const known = tuples.filter((tuple) => tuple !== undefined);
  const radix = counters.map((_, column) => powerOfTenAbove(known.map((tuple) => tuple[column])));
  const numbers = tuples.map((tuple) =>
    tuple?.reduce((sum, value, column) => sum * radix[column] + value, 0),
  );
  const exact = numbers.every((value) => value === undefined || value <= Number.MAX_SAFE_INTEGER);
  return exact ? numbers : positions(tuples);
}

function powerOfTenAbove(values: readonly number[]): number {
  let power = 10;
  for (const value of values) while (power <= value) power *= 10;
  return power;
}

function positions(tuples: readonly (readonly number[] | undefined)[]): readonly (number | undefined)[] {
  const known = tuples.filter((tuple) => tuple !== undefined);
  const sorted = [...new Map(known.map((tuple) => [tuple.join(), tuple])).values()].sort(compareTuples);
  const position = new Map(sorted.map((tuple, index) => [tuple.join(), index]));
  return tuples.map((tuple) => (tuple === undefined ? undefined : position.get(tuple.join())));
}

function compareTuples(a: readonly number[], b: readonly number[]): number {
  const column = a.findIndex((value, index) => value !== b[index]);
  return column < 0 ? 0 : a[column] - b[column];
}
