import { finePartitions } from '../methods/methodPlan';
import { MIN_VALUES, type WasmArena } from '../simd/wasmArena';
import { acquireBuffer } from '../statistics/bufferPool';
import type { Values } from '../statistics/moments';
import type { LayoutAxes } from '../tensor/layoutAxes';
import { chunkLength } from '../tensor/traversal';
import type { ValueStream } from '../tensor/valueStream';
import { type BlockPlan, blockBytes, blockMeasurer, blockPlan } from './blocks';
import { elementCounter } from './elementCounts';
import { momentsPass } from './momentsPass';
import { sampler } from './sample';
import type { KeptValues, MeasuredPart, SufficientStatistics } from './sufficientStatistics';

/** Maximum bytes of statistics of one tensor, or of part of one, to keep. */
export const KEPT_LIMIT = 64 * 2 ** 20;

/**
 * Measures a record, or a range of its samples, in one pass. Undefined if the statistics would exceed the limit, which
 * is usually known before reading. With `borrows`, values that fit into one chunk stay where the stream has them, as do
 * their moments.
 */
export async function measureRecord(
  axes: LayoutAxes,
  stream: ValueStream,
  layerScope: SufficientStatistics['layerScope'],
  keptLimit = KEPT_LIMIT,
  borrows = false,
): Promise<SufficientStatistics | undefined> {
  if (measuredBytes(axes, layerScope, stream.arena !== undefined) > keptLimit) return undefined;
  const plan = layerScope === 'example' ? blockPlan(axes) : undefined;
  const part =
    plan === undefined || stream.arena === undefined
      ? await measureValues(axes, stream, layerScope, borrows && axes.size <= chunkLength(axes))
      : await measureBlocks(axes, stream, stream.arena, plan, keptLimit);
  if (part === undefined) return undefined;
  const { channels, positions, sampleAxis } = axes;
  return { channels, positions, layerScope, sampleAxis, parts: [part] };
}

/** Returns the approximate memory for the statistics of a tensor; uneven values take more. */
export function measuredBytes(
  axes: LayoutAxes,
  layerScope: SufficientStatistics['layerScope'],
  hasArena: boolean,
): number {
  const plan = hasArena && layerScope === 'example' ? blockPlan(axes) : undefined;
  return plan === undefined ? (hasArena ? 4 : 8) * axes.size : blockBytes(plan);
}

async function measureBlocks(
  axes: LayoutAxes,
  stream: ValueStream,
  arena: WasmArena,
  plan: BlockPlan,
  keptLimit: number,
): Promise<MeasuredPart | undefined> {
  const sample = sampler(axes);
  const counter = elementCounter(axes, arena);
  const blocks = blockMeasurer(axes, plan, arena, counter, keptLimit);
  if (blocks === undefined) return undefined;
  let isWithin = true;
  await stream.forEach((values, from) => {
    if (!isWithin) return;
    sample.add(values, from);
    isWithin = blocks.add(values);
  });
  if (!isWithin) return undefined;
  const { contents, sampleChannel, zeros } = blocks.finish();
  counter.addZeros(zeros);
  return {
    ...partOf(axes, counter.finish()),
    sample: sample.finish(),
    moments: { sampleChannel },
    contents,
  };
}

async function measureValues(
  axes: LayoutAxes,
  stream: ValueStream,
  layerScope: SufficientStatistics['layerScope'],
  isBorrowed: boolean,
): Promise<MeasuredPart> {
  let kept: Values = new Float32Array(0);
  const keep = (values: Values, from: number) => {
    if (isBorrowed) kept = values;
    else if (from === 0) {
      const Kind = values instanceof Float32Array ? Float32Array : Float64Array;
      kept = new Kind(acquireBuffer(Kind.BYTES_PER_ELEMENT * axes.size), 0, axes.size);
    }
    if (!isBorrowed) kept.set(values, from);
  };
  const contents = (): KeptValues => {
    if (!isBorrowed) return { kind: 'values', values: kept };
    const { arena } = stream;
    return {
      kind: 'values',
      isBorrowed,
      // The arena's memory may grow, which makes earlier views of it useless.
      get values() {
        return arena?.values(axes.size) ?? kept;
      },
    };
  };
  if (axes.size < MIN_VALUES) {
    const counter = elementCounter(axes);
    await stream.forEach((values, from) => {
      keep(values, from);
      counter.add(values, from);
    });
    return { ...partOf(axes, counter.finish()), moments: {}, contents: contents() };
  }
  const sample = sampler(axes);
  const pass = momentsPass(axes, finePartitions(axes, { layerScope }), stream.arena, isBorrowed);
  await stream.forEach((values, from) => {
    keep(values, from);
    sample.add(values, from);
    pass.add(values, from);
  });
  const { moments, ...counted } = pass.finish();
  return {
    ...partOf(axes, counted),
    sample: sample.finish(),
    moments: Object.fromEntries(moments),
    contents: contents(),
  };
}

function partOf(
  { samples, channels, positions, size, memory }: LayoutAxes,
  { counts, firstNonFinite }: Pick<MeasuredPart, 'counts' | 'firstNonFinite'>,
): Pick<MeasuredPart, 'axes' | 'counts' | 'firstNonFinite'> {
  return {
    axes: { samples, channels, positions, size, memory },
    counts,
    ...(firstNonFinite === undefined ? {} : { firstNonFinite }),
  };
}
