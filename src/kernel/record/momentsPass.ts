import type { ElementCounts, FirstNonFinite } from '../../model/analysis';
import type { FineName } from '../methods/methodPlan';
import { type Partition, stretchOf } from '../methods/partition';
import type { WasmArena } from '../simd/wasmArena';
import type { Moments, Values } from '../statistics/moments';
import type { LayoutAxes } from '../tensor/layoutAxes';
import { accumulator } from './accumulateMoments';
import { elementCounter } from './elementCounts';

/** The result of one pass over a record: moments of fine units, and counts. */
export interface PassResult {
  readonly moments: ReadonlyMap<FineName, Moments>;
  readonly counts: ElementCounts;
  readonly firstNonFinite?: FirstNonFinite;
}

/** Processes a record chunk by chunk. */
export interface MomentsPass {
  /** Adds the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  finish(): PassResult;
}

/**
 * Starts a pass. Counts the elements together with the moments of the partition whose units hold the most neighbors.
 * With `staysInArena`, the moments may be valid only until the arena is cleared.
 */
export function momentsPass(
  axes: LayoutAxes,
  partitions: ReadonlyMap<FineName, Partition>,
  arena?: WasmArena,
  staysInArena = false,
): MomentsPass {
  const counter = elementCounter(axes, arena);
  const byStretch = [...partitions].sort(([, a], [, b]) => stretchOf(axes, b) - stretchOf(axes, a));
  const accumulators = byStretch.map(
    ([name, partition], i) =>
      [name, accumulator(axes, partition, arena, i === 0 ? counter : undefined, staysInArena)] as const,
  );
  return {
    add: (values, from) => {
      for (const [, each] of accumulators) each.add(values, from);
    },
    finish: () => ({
      moments: new Map(accumulators.map(([name, each]) => [name, each.finish()])),
      ...counter.finish(),
    }),
  };
}
