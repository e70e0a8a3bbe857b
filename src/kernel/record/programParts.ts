import { METHODS, type Method, type NotApplicable } from '../../model/analysis';
import { definedPlans, type MethodPlan, type UndefinedPlan } from '../methods/methodPlan';
import { areStretchesUnits, type Partition, stretchOf, unitAt } from '../methods/partition';
import { Has, MethodAt, RecordAt } from '../simd/assembly/packedFields';
import type { TensorAxes } from '../tensor/layoutAxes';
import { forEachRun, innerAxis } from '../tensor/traversal';
import { rowsTogether } from './columnAccumulator';
import type { MethodLayout } from './methodLayout';
import { NO_SKETCH, NUMBERS } from './packedSketch';

/** How a program measures fine units; `Measure` of src/kernel/simd/assembly/units.ts. */
export interface Measure {
  readonly units: number;
  /** Neighbors in a stretch, or columns. */
  readonly width: number;
  /** Of columns: rows at a time, how many times, and how far the units are from those of the time before. */
  readonly columns?: { readonly rows: number; readonly times: number; readonly step: number };
}

/** Undefined if neither stretches nor columns are the units. */
export function measureOf(axes: TensorAxes, partition: Partition): Measure | undefined {
  const { units } = partition;
  const stretch = stretchOf(axes, partition);
  if (stretch > 0 && areStretchesUnits(partition, axes, stretch)) return { units, width: stretch };
  if (stretch !== 1) return undefined;
  const { length: width } = innerAxis(axes);
  const together = rowsTogether(axes, partition);
  const starts: number[] = [];
  forEachRun(together, 0, axes.size, (_start, _length, _offset, n, c, p) =>
    starts.push(unitAt(partition, n, c, p)),
  );
  const step = starts.length < 2 ? 0 : starts[1];
  if (starts.some((unit, time) => unit !== time * step)) return undefined;
  const rows = innerAxis(together).length / width;
  return { units, width, columns: { rows, times: starts.length, step } };
}

/** How a program sums up the channels' values after a method: `segment` neighbors in a row have the same map. */
export interface ChannelSums {
  /** 0 if the channels' figures follow from the moments of units. */
  readonly mapsPerRow: number;
  readonly segment: number;
}

/** Undefined if rows are not all the channels, or if their maps are not in the order of the units. */
export function channelSumsOf(
  axes: TensorAxes,
  { isWithinChannels, partition }: MethodPlan,
): ChannelSums | undefined {
  if (isWithinChannels) return { mapsPerRow: 0, segment: 0 };
  const { role, roleStride, length } = innerAxis(axes);
  const segment = stretchOf(axes, partition);
  if (role !== 'c' || roleStride !== 1 || length !== axes.channels || segment === 0) return undefined;
  if (!areStretchesUnits(partition, axes, segment)) return undefined;
  return { mapsPerRow: length / segment, segment };
}

/** The numbers of a packed sketch that are the same for all records, and where each method's results go. */
export interface PackedPlan {
  readonly numbers: Float64Array;
  /** Bytes from the start of the packed sketch to each method's numbers, to its channels' figures, and to all counts. */
  readonly numbersAt: readonly number[];
  readonly channelsAt: readonly number[];
  readonly cellsAt: number;
  /** Methods that do not apply; undefined if all do. */
  readonly others: Partial<Record<Method, NotApplicable>> | undefined;
}

export function packedPlan(
  { samples, channels, size }: TensorAxes,
  plans: readonly (MethodPlan | UndefinedPlan)[],
  { unique, uniqueOf }: MethodLayout,
): PackedPlan {
  const numbers = new Float64Array(NUMBERS);
  numbers[RecordAt.Count] = size;
  numbers[RecordAt.Finite] = size;
  for (const at of [
    RecordAt.ErrorSamples,
    RecordAt.ErrorMean,
    RecordAt.ErrorDeviation,
    RecordAt.PeakSample,
    RecordAt.PeakPosition,
  ])
    numbers[at] = Number.NaN;
  const defined = definedPlans(plans);
  const numbersAt: number[] = [];
  const channelsAt: number[] = [];
  const others: Partial<Record<Method, NotApplicable>> = {};
  let end = 8 * NUMBERS;
  for (const [i, name] of METHODS.entries()) {
    const at = RecordAt.Length + i * MethodAt.Length;
    const plan = plans.find(({ method }) => method === name);
    const own = uniqueOf[defined.findIndex(({ method }) => method === name)];
    numbers[at + MethodAt.Same] = NO_SKETCH;
    if (plan !== undefined && 'reason' in plan) others[name] = { reason: plan.reason };
    if (own === undefined) continue;
    const { method, partition } = unique[own];
    numbers[at + MethodAt.Same] = METHODS.indexOf(method);
    if (method !== name) continue;
    const isRaw = method === 'none';
    numbers[at + MethodAt.Has] =
      (isRaw ? Has.ChannelPeak : Has.UnitMean + Has.UnitVariance) + (samples > 1 ? Has.Halves : 0);
    numbers[at + MethodAt.UnitCount] = isRaw ? 0 : partition.units;
    numbers[at + MethodAt.Channels] = channels;
    numbersAt[own] = 8 * at;
    channelsAt[own] = end;
    end += 8 * (isRaw ? 3 : 2) * channels;
  }
  const isAny = Object.keys(others).length > 0;
  return { numbers, numbersAt, channelsAt, cellsAt: end, others: isAny ? others : undefined };
}
