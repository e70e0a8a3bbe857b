import { type InTurns, mapInTurns } from '../../model/inTurns';
import { type Question, type Readings, readingOf } from '../../model/questions';
import type { CounterField, NameFields } from './nameFields';

/** The step of each name, and the remaining batch or call index. */
export interface Timeline {
  /** One per name; undefined if the name lacks the counter that the others use for time. */
  readonly steps: readonly (number | undefined)[];
  /** One per name. */
  readonly calls: readonly (number | undefined)[];
  /** The counters that make up the step, coarse to fine; empty if no name states a time (all steps are then 0). */
  readonly counters: readonly CounterField[];
  readonly questions: readonly Question[];
}

/**
 * Chooses the step of a run.
 *
 * The step is the finest counter that at least half of the names have. A batch index counts only if there is no step or
 * checkpoint; otherwise it is the call index. A counter that never changes is skipped. If a counter starts again with a
 * coarser one, as a step that restarts each epoch does, the two are combined: epoch 3, step 40 of at most 499 becomes
 * 3040, so the order is correct and the number is readable. Names that lack a counter in use have no step.
 *
 * Batches that grow from epoch to epoch are counted over all epochs, or are a few of those that start again each epoch.
 * The order is the same, the numbers are not: the user is asked.
 */
export function* timeline(fields: readonly NameFields[], readings?: Readings): InTurns<Timeline> {
  const stepped = fields.some(({ step, checkpoint }) => step !== undefined || checkpoint !== undefined);
  const chosen = chooseCounters(fields, ['epoch', 'checkpoint', 'step', ...(stepped ? [] : BATCH)]);
  yield;
  const question = chosen.join() === 'batch' ? epochsQuestion(fields) : undefined;
  const isRestarting = question !== undefined && readingOf(question, readings) === 'restart';
  const counters: readonly CounterField[] = isRestarting ? ['epoch', 'batch'] : chosen;
  const steps = counters.length === 0 ? fields.map(() => 0) : yield* combine(fields, counters, 'all');
  const calls = yield* combine(fields, present(fields, [...(stepped ? BATCH : []), 'call']), 'any');
  return { steps, calls, counters, questions: question === undefined ? [] : [question] };
}

const BATCH = ['batch'] as const;

/** How batches are counted, if epochs differ too. */
function epochsQuestion(fields: readonly NameFields[]): Question | undefined {
  const dated = fields.filter(({ epoch, batch }) => epoch !== undefined && batch !== undefined);
  if (dated.length < fields.length || new Set(dated.map(({ epoch }) => epoch)).size < 2) return undefined;
  const { epoch, batch } = dated[dated.length - 1];
  return {
    id: 'epochs',
    kind: 'epochs',
    example: `${epoch}, ${batch}`,
    guess: 'global',
    others: ['restart'],
  };
}

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
    if (restarts(fields, chosen, coarser)) chosen.unshift(coarser);
  }
  return chosen;
}

/**
 * Returns whether the chosen counters start again with the coarser one: a value occurs with several values of it, or a
 * value is at most that of an earlier one of it.
 */
function restarts(
  fields: readonly NameFields[],
  chosen: readonly CounterField[],
  coarser: CounterField,
): boolean {
  const ranges = new Map<number, { least: readonly number[]; greatest: readonly number[] }>();
  for (const each of fields) {
    const value = each[coarser];
    const tuple = chosen.flatMap((counter) => each[counter] ?? []);
    if (value === undefined || tuple.length < chosen.length) continue;
    const { least, greatest } = ranges.get(value) ?? { least: tuple, greatest: tuple };
    ranges.set(value, {
      least: compareTuples(tuple, least) < 0 ? tuple : least,
      greatest: compareTuples(tuple, greatest) > 0 ? tuple : greatest,
    });
  }
  const inOrder = [...ranges].sort(([a], [b]) => a - b).map(([, range]) => range);
  return inOrder.some(({ least }, i) => i > 0 && compareTuples(least, inOrder[i - 1].greatest) <= 0);
}

/**
 * Combines several counters into one number, in lexicographic order: each counter is multiplied by a power of ten above
 * all values of the finer ones. If that would not be exact, the number is the position in the sorted list of all. With
 * `needs` set to `all`, names that lack a counter have no number.
 */
function* combine(
  fields: readonly NameFields[],
  counters: readonly CounterField[],
  needs: 'all' | 'any',
): InTurns<readonly (number | undefined)[]> {
  const tuples = yield* mapInTurns(fields, (each) => {
    const values = counters.map((counter) => each[counter]);
    const known = values.filter((value) => value !== undefined).length;
    return known === 0 || (needs === 'all' && known < counters.length)
      ? undefined
      : values.map((value) => value ?? 0);
  });
  const known = tuples.filter((tuple) => tuple !== undefined);
  const radix = counters.map((_, column) => powerOfTenAbove(known.map((tuple) => tuple[column])));
  yield;
  const numbers = yield* mapInTurns(tuples, (tuple) =>
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
