import type { Range } from '../../src/model/analysis';

/** Steps in a range of the map, at least: a single column would say nothing of what changes. */
const LEAST = 2;

/** The steps within a range, ascending; all of them without one, or if it has fewer than two. */
export function stepsWithin(steps: readonly number[], range: Range | undefined): readonly number[] {
  if (range === undefined) return steps;
  const within = steps.filter((step) => step >= range.min && step <= range.max);
  return within.length < LEAST ? steps : within;
}

/**
 * The range with `factor` times as many steps, about a step, or about the middle if the step is not in the range.
 * Undefined for all steps.
 */
export function zoomedRange(
  steps: readonly number[],
  range: Range | undefined,
  step: number,
  factor: number,
): Range | undefined {
  const shown = stepsWithin(steps, range);
  const count = Math.max(LEAST, Math.round(shown.length * factor));
  const at = shown.indexOf(step);
  const center = at < 0 ? shown[shown.length >> 1] : step;
  const part = at < 0 ? 0.5 : at / Math.max(1, shown.length - 1);
  return rangeFrom(steps, Math.round(steps.indexOf(center) - part * (count - 1)), count);
}

/** The range with as many steps, moved by a part of itself. */
export function pannedRange(
  steps: readonly number[],
  range: Range | undefined,
  part: number,
): Range | undefined {
  const shown = stepsWithin(steps, range);
  const by = Math.sign(part) * Math.max(1, Math.round(Math.abs(part) * shown.length));
  return rangeFrom(steps, steps.indexOf(shown[0]) + by, shown.length);
}

/** `count` steps from a position on, as far as there are any; undefined for all steps. */
function rangeFrom(steps: readonly number[], from: number, count: number): Range | undefined {
  if (count >= steps.length) return undefined;
  const first = Math.min(steps.length - count, Math.max(0, from));
  return { min: steps[first], max: steps[first + count - 1] };
}
