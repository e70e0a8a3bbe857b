import type { ElementCounts, FirstNonFinite } from '../../model/analysis';
import type { FineName } from '../methods/methodPlan';
import { ArenaMoments, momentsBytes, ownedMoments } from '../simd/arenaMoments';
import { acquireBuffer, releaseBuffer } from '../statistics/bufferPool';
import { emptyMoments, MOMENT_COLUMNS, type Moments, mergeUnit, type Values } from '../statistics/moments';
import type { Extent, TensorAxes } from '../tensor/layoutAxes';

/**
 * The result of one pass over a record's values. Every method's distribution follows from it without the file, for any
 * ε, G, percentiles, reference, γ, and β. It depends only on the layout and on the scope of layer normalization. It is
 * plain data: it can be cloned, transferred between workers, and merged along the samples.
 */
export interface SufficientStatistics {
  readonly channels: number;
  readonly positions: number;
  readonly layerScope: 'example' | 'position';
  /** The tensor's sample axis; -1 if there is none. */
  readonly sampleAxis: number;
  /** In the order of their samples. */
  readonly parts: readonly MeasuredPart[];
}

/** The statistics of neighboring samples. */
export interface MeasuredPart {
  readonly axes: TensorAxes;
  readonly counts: ElementCounts;
  /** The index counts samples from the part's first one. */
  readonly firstNonFinite?: FirstNonFinite;
  /**
   * Moments of fine units, numbered within the part; others are computed from the values. If the values are borrowed,
   * so may be the moments.
   */
  readonly moments: Readonly<Partial<Record<FineName, Moments>>>;
  /** A sample of the values, from {@link samplePlaces}; absent if it follows from the values. */
  readonly sample?: Float64Array;
  readonly contents: BlockHistograms | KeptValues;
}

/** A small, evenly spread sample of the values, with the sample, channel, and position of each. */
export interface ValueSample {
  readonly values: Float64Array;
  readonly n: Int32Array;
  readonly c: Int32Array;
  readonly p: Int32Array;
}

/** Histograms of stretches of one sample and channel each; see src/kernel/record/blocks.ts. */
export interface BlockHistograms {
  readonly kind: 'blocks';
  /** {@link ROW_FLOATS} figures for each block. */
  readonly rows: Float64Array;
  /** Counts of the blocks' cells, one block after the other, each padded to a multiple of 8. */
  readonly cells: Uint16Array;
  /** n·C + c of each block. */
  readonly units: Int32Array;
  /**
   * The values of blocks that even cells do not describe, one block after the other. Their rows contain the number of
   * values.
   */
  readonly kept: readonly Float32Array[];
}

/** The values themselves, in memory order, if blocks would be too small or would not map affinely. */
export interface KeptValues {
  readonly kind: 'values';
  readonly values: Values;
  /** Whether the values are still where they were read to, and valid only until their stream is closed. */
  readonly isBorrowed?: true;
}

/**
 * Merges the statistics of several stretches of samples, in order, into those of one record: chunks of one tensor, or
 * the records of several ranks. Throws if their channels, positions, or scopes differ.
 */
export function mergeStatistics(all: readonly SufficientStatistics[]): SufficientStatistics {
  const [first] = all;
  for (const { channels, positions, layerScope } of all) {
    if (channels !== first.channels || positions !== first.positions || layerScope !== first.layerScope)
      throw new Error('Only statistics of the same channels, positions and scope can be merged.');
  }
  return { ...first, parts: all.flatMap(({ parts }) => parts) };
}

/** Returns the number of samples, channels, and positions of all parts together. */
export function extentOf({ channels, positions, parts }: SufficientStatistics): Extent {
  return { samples: parts.reduce((sum, { axes }) => sum + axes.samples, 0), channels, positions };
}

/** The number of samples of a part, and what was counted in it. */
export type CountedPart = Pick<MeasuredPart, 'counts' | 'firstNonFinite'> & {
  readonly axes: Pick<Extent, 'samples'>;
};

/** Returns the counts of all parts together, and the first non-finite value in the order of indices. */
export function countsOf({
  parts,
  sampleAxis,
}: Pick<SufficientStatistics, 'sampleAxis'> & { readonly parts: readonly CountedPart[] }): {
  counts: ElementCounts;
  firstNonFinite?: FirstNonFinite;
} {
  if (parts.length === 1) {
    const [{ counts, firstNonFinite }] = parts;
    return firstNonFinite === undefined ? { counts } : { counts, firstNonFinite };
  }
  const counts = { count: 0, finite: 0, nan: 0, posInf: 0, negInf: 0, zeros: 0 };
  let first: FirstNonFinite | undefined;
  let samples = 0;
  for (const part of parts) {
    for (const key of Object.keys(counts) as (keyof ElementCounts)[]) counts[key] += part.counts[key];
    if (part.firstNonFinite !== undefined) {
      const { kind, index } = part.firstNonFinite;
      const moved = index.map((at, axis) => (axis === sampleAxis ? at + samples : at));
      if (first === undefined || precedes(moved, first.index)) first = { kind, index: moved };
    }
    samples += part.axes.samples;
  }
  return first === undefined ? { counts } : { counts, firstNonFinite: first };
}

/** Returns whether an index comes before another in C order. */
export function precedes(a: readonly number[], b: readonly number[]): boolean {
  const axis = a.findIndex((value, i) => value !== b[i]);
  return axis >= 0 && a[axis] < b[axis];
}

/** Returns the moments of a fine partition's units over all parts, from those of each part. */
export function fineMoments(all: readonly Moments[], name: FineName): Moments {
  if (all.length === 1) return all[0];
  return name === 'channel' ? mergedMoments(all) : chainedMoments(all);
}

/** Merges the moments of units that all parts share. */
function mergedMoments(all: readonly Moments[]): Moments {
  const target = emptyMoments(all[0].units);
  for (const each of all) for (let unit = 0; unit < each.units; unit++) mergeUnit(target, unit, each, unit);
  return target;
}

/** Concatenates the moments of units of samples: those of the next part follow. */
function chainedMoments(all: readonly Moments[]): Moments {
  const target = emptyMoments(all.reduce((sum, { units }) => sum + units, 0));
  let start = 0;
  for (const each of all) {
    for (const column of MOMENT_COLUMNS) target[column].set(each[column], start);
    start += each.units;
  }
  return target;
}

/** Returns statistics without borrowed values and moments: copies them. */
export function ownedStatistics(statistics: SufficientStatistics): SufficientStatistics {
  return {
    ...statistics,
    parts: statistics.parts.map((part) => {
      if (part.contents.kind !== 'values' || part.contents.isBorrowed !== true) return part;
      const { values } = part.contents;
      const Kind = values instanceof Float32Array ? Float32Array : Float64Array;
      const own = new Kind(acquireBuffer(values.byteLength), 0, values.length);
      own.set(values);
      const moments: Partial<Record<FineName, Moments>> = {};
      for (const [name, each] of momentsOf(part)) moments[name] = ownedMoments(each);
      return { ...part, moments, contents: { kind: 'values', values: own } };
    }),
  };
}

function momentsOf({ moments }: MeasuredPart): [FineName, Moments][] {
  return Object.entries(moments) as [FineName, Moments][];
}

/** Returns the approximate memory of the statistics, in bytes. */
export function statisticsBytes({ parts }: SufficientStatistics): number {
  let bytes = 512;
  for (const part of parts) {
    for (const [, { units }] of momentsOf(part)) bytes += momentsBytes(units);
    for (const { byteLength } of ownArrays(part)) bytes += byteLength;
  }
  return bytes;
}

/** Returns the buffers of the statistics, for transfer to another thread; the statistics are invalid here afterward. */
export function transferables({ parts }: SufficientStatistics): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const part of parts) {
    for (const [, moments] of momentsOf(part)) {
      if (moments instanceof ArenaMoments) continue;
      for (const column of MOMENT_COLUMNS) buffers.add(moments[column].buffer as ArrayBuffer);
    }
    for (const { buffer } of ownArrays(part)) buffers.add(buffer as ArrayBuffer);
  }
  return [...buffers];
}

/** Releases the memory of the statistics to the pool; do not use them afterward. */
export function releaseStatistics(statistics: SufficientStatistics): void {
  for (const buffer of transferables(statistics)) releaseBuffer(buffer);
}

/** Arrays of a part that are not borrowed, without its moments. */
function ownArrays({ sample, contents }: MeasuredPart): (Values | Int32Array | Uint16Array)[] {
  const ofSample = sample === undefined ? [] : [sample];
  if (contents.kind === 'blocks')
    return [...ofSample, contents.rows, contents.cells, contents.units, ...contents.kept];
  return contents.isBorrowed === true ? ofSample : [...ofSample, contents.values];
}
