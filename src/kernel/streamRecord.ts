import { collector } from './collect';
import type { DeriveOptions } from './deriveSketch';
import { type MethodFill, methodFills, needsChannels, type PlannedMethod, planFills } from './methodFills';
import { type FineName, finePartitions } from './methods/methodPlan';
import type { RecordOptions } from './methods/recordOptions';
import type { RecordSketch } from './recordSketch';
import { sampler } from './sample';
import { emptyMoments, type Moments } from './statistics/moments';
import type { Sketch } from './statistics/sketch';
import type { LayoutAxes } from './tensor/layoutAxes';
import type { ValueStream } from './tensor/valueStream';
import { channelMomentsFiller, valueFillers } from './valueFills';

/**
 * Analyses one record in two passes, with nothing kept between them but moments: those of the finest units first, from
 * which every method's units follow; then one histogram a method over the normalized values.
 */
export async function streamRecord(
  axes: LayoutAxes,
  stream: ValueStream,
  recordOptions: RecordOptions,
  { withUnits = false, parameters }: DeriveOptions = {},
): Promise<RecordSketch<Sketch>> {
  const sample = sampler(axes);
  const collecting = collector(axes, finePartitions(axes, recordOptions), stream.arena);
  await stream.forEach((values, from) => {
    sample.add(values, from);
    collecting.add(values, from);
  });
  const { moments, counts, firstNonFinite } = collecting.finish();
  const plans = planFills(axes, recordOptions, (name) => momentsOf(moments, name), parameters);
  const channels = await channelMoments(axes, stream, plans.methods.filter(needsChannels));
  const fills = methodFills(
    plans,
    sample.finish(),
    (method) => channels.get(method) ?? emptyMoments(axes.channels),
  );
  await fillAll(axes, stream, fills.fills);
  const coarse = fills.refine();
  if (coarse.length > 0) await fillAll(axes, stream, coarse);
  return fills.finish(counts, firstNonFinite, withUnits);
}

function momentsOf(collected: ReadonlyMap<FineName, Moments>, name: FineName): Moments {
  const moments = collected.get(name);
  if (moments === undefined) throw new Error(`No moments were collected for ${name}.`);
  return moments;
}

/** Of x̂: a pass of its own. */
async function channelMoments(
  axes: LayoutAxes,
  stream: ValueStream,
  methods: readonly PlannedMethod[],
): Promise<ReadonlyMap<PlannedMethod, Moments>> {
  const targets = new Map(methods.map((method) => [method, emptyMoments(axes.channels)]));
  const fillers = [...targets].map(([method, target]) => channelMomentsFiller(axes, method, 0, target));
  if (fillers.length > 0)
    await stream.forEach((values, from) => {
      for (const each of fillers) each.add(values, from);
    });
  return targets;
}

async function fillAll(axes: LayoutAxes, stream: ValueStream, fills: readonly MethodFill[]): Promise<void> {
  const fillers = valueFillers(axes, fills, 0, stream.arena);
  await stream.forEach((values, from) => {
    for (const each of fillers) each.add(values, from);
  });
  for (const each of fillers) each.finish();
}
