import type { CounterField, NameFields } from './nameFields';

/** The step of each name, and the remaining batch or call index. */
export interface Timeline {
  /** One per name; undefined if the name lacks the counter that the others use for time. */
  readonly steps: readonly (number | undefined)[];
  /** One per name. */
  readonly calls: readonly (number | undefined)[];
  /** The counters that make up the step, coarse to fine; empty if no name states a time (all steps are then 0). */
  readonly counters: readonly CounterField[];
}

/**
 * Chooses the step of a run.
 *
 * The step is the finest counter that at least half of the names have. A batch index counts only if there is no step or
 * checkpoint; otherwise it is the call index. A counter that never changes is skipped. If one value occurs with several
 * values of a coarser counter, as with a step that restarts each epoch, the two are combined: epoch 3, step 40 of at
 * most 499 becomes 3040, so the order is correct and the number is readable. Names that lack a counter in use have no
 * step.
 */
export function timeline(fields: readonly NameFields[]): Timeline {
  const stepped = fields.some(({ step, checkpoint }) => step !== undefined || checkpoint !== undefined);
  const counters = chooseCounters(fields, ['epoch', 'checkpoint', 'step', ...(stepped ? [] : BATCH)]);
  const steps = counters.length === 0 ? fields.map(() => 0) : combine(fields, counters, 'all');
  const calls = combine(fields, present(fields, [...(stepped ? BATCH : []), 'call']), 'any');
  return { steps, calls, counters };
}

const BATCH = ['batch'] as const;

function present(fields: readonly NameFields[], counters: readonly CounterField[]): readonly CounterField[] {
  return counters.filter((counter) => fields.some((each) => each[counter] !== undefined));
}

/** Chooses the counters. `usable` and the result are ordered from coarse to fine. */
function chooseCounters(
  fields: readonly NameFields[],
  usable: readonly CounterField[],
): readonly CounterField[] {
  const values = (counter: CounterField) =>
    fields.map((each) => each[counter]).filter((value) => value !== undefined);
  const timed = fields.filter((each) => usable.some((counter) => each[counter] !== undefined)).length;
  const common = usable.filter((counter) => timed > 0 && 2 * values(counter).length >= timed);
  const changing = common.filter((counter) => new Set(values(counter)).size > 1);
  if (changing.length === 0) return (common.length > 0 ? common : present(fields, usable)).slice(-1);
  const chosen = changing.slice(-1);
  for (const coarser of changing.slice(0, -1).reverse()) {
    if (repeats(fields, chosen, coarser)) chosen.unshift(coarser);
  }
  return chosen;
}

/** Returns whether one value of the chosen counters occurs with several values of the coarser one. */
function repeats(
  fields: readonly NameFields[],
  chosen: readonly CounterField[],
  coarser: CounterField,
): boolean {
  const seen = new Map<string, number>();
  for (const each of fields) {
    const value = each[coarser];
    if (value === undefined || chosen.some((counter) => each[counter] === undefined)) continue;
    const key = chosen.map((counter) => each[counter]).join();
    if (seen.has(key) && seen.get(key) !== value) return true;
    seen.set(key, value);
  }
  return false;
}

/**
 * Combines several counters into one number, in lexicographic order: each counter is multiplied by a power of ten above
 * all values of the finer ones. If that would not be exact, the number is the position in the sorted list of all. With
 * `needs` set to `all`, names that lack a counter have no number.
 */
function combine(
  fields: readonly NameFields[],
  counters: readonly CounterField[],
  needs: 'all' | 'any',
): readonly (number | undefined)[] {
  const tuples = fields.map((each) => {
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
