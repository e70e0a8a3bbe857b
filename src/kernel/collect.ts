import type { ElementCounts, FirstNonFinite } from '../model/analysis';
import { accumulator, stretchOf } from './accumulate';
import { elementCounter } from './elementCounts';
import type { FineName } from './methods/methodPlan';
import type { Partition } from './methods/partition';
import type { WasmArena } from './simd/wasmArena';
import type { Moments, Values } from './statistics/moments';
import type { LayoutAxes } from './tensor/layoutAxes';

/** What one pass collects of a record: moments of fine units, and counts. */
export interface Collected {
  readonly moments: ReadonlyMap<FineName, Moments>;
  readonly counts: ElementCounts;
  readonly firstNonFinite?: FirstNonFinite;
}

/** Takes a record chunk by chunk. */
export interface Collector {
  /** Takes the elements [from, from + values.length) of memory. */
  add(values: Values, from: number): void;
  finish(): Collected;
}

/** The elements are counted along with the moments of the partition whose units hold most neighbours. */
export function collector(
  axes: LayoutAxes,
  partitions: ReadonlyMap<FineName, Partition>,
  arena?: WasmArena,
): Collector {
  const counter = elementCounter(axes, arena);
  const byStretch = [...partitions].sort(([, a], [, b]) => stretchOf(axes, b) - stretchOf(axes, a));
  const accumulators = byStretch.map(
    ([name, partition], i) =>
      [name, accumulator(axes, partition, arena, i === 0 ? counter : undefined)] as const,
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
