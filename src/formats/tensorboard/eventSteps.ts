import { t } from '@vscode/l10n';

/** The values of each tag in an event file; later values replace earlier ones. */
export interface EventSteps {
  /**
   * Adds the next value of a tag, and calls `replace` with the steps that it replaces: those from its own step onward,
   * as TensorBoard does if training restarts from a checkpoint.
   */
  offer(tag: string, step: number, replace: (step: number) => void): void;
  /** Returns remarks for the user about replaced values of a file; empty if there are none. */
  remarks(file: string): string[];
}

interface Written {
  /** In ascending order. */
  readonly steps: number[];
  count: number;
  readonly first: number;
  isAtOneStep: boolean;
}

/**
 * Tracks steps as TensorBoard's data server keeps them [tensorboard/data/server/reservoir.rs, StageReservoir::offer].
 */
export function eventSteps(): EventSteps {
  const tags = new Map<string, Written>();
  let replaced = 0;
  let restart = Number.POSITIVE_INFINITY;
  return {
    offer: (tag, step, replace) => {
      const known = tags.get(tag) ?? { steps: [], count: 0, first: step, isAtOneStep: true };
      tags.set(tag, known);
      known.count++;
      known.isAtOneStep &&= step === known.first;
      const { steps } = known;
      for (let last = steps.at(-1); last !== undefined && last >= step; last = steps.at(-1)) {
        steps.pop();
        replace(last);
        if (last === step) continue;
        replaced++;
        restart = Math.min(restart, step);
      }
      steps.push(step);
    },
    remarks: (file) => {
      const still = [...tags].find(([, { isAtOneStep, count }]) => isAtOneStep && count > 1);
      return [
        ...(still === undefined ? [] : [stillRemark(file, ...still)]),
        ...(replaced === 0 ? [] : [restartRemark(file, restart, replaced)]),
      ];
    },
  };
}

function stillRemark(file: string, tag: string, { count, first }: Written): string {
  return t(
    '{0}: all {1} values of {2} were written at step {3}, so only the last one remains. Pass global_step to the writer.',
    file,
    count,
    tag,
    first,
  );
}

function restartRemark(file: string, step: number, count: number): string {
  return count === 1
    ? t(
        '{0}: the writer restarted at step {1}, which replaces 1 earlier value, as in TensorBoard.',
        file,
        step,
      )
    : t(
        '{0}: the writer restarted at step {1}, which replaces {2} earlier values, as in TensorBoard.',
        file,
        step,
        count,
      );
}
