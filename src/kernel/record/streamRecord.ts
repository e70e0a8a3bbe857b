import { type FineName, finePartitions } from '../methods/methodPlan';
import type { RecordOptions } from '../methods/recordOptions';
import { emptyMoments, type Moments } from '../statistics/moments';
import type { Sketch } from '../statistics/sketch';
import type { LayoutAxes } from '../tensor/layoutAxes';
import type { ValueStream } from '../tensor/valueStream';
import { derivedMethods } from './derivedMethods';
import type { DeriveOptions } from './deriveSketch';
import { type MethodHistogram, methodHistograms } from './methodHistograms';
import { momentsPass } from './momentsPass';
import { needsChannels, type PlannedMethod, plannedMethods, recordPlans } from './plannedMethods';
import type { RecordSketch } from './recordSketch';
import { placedSample, sampler } from './sample';
import { channelMomentsBuilder, histogramBuilders } from './valueHistograms';

/**
 * Analyzes one record in two passes and keeps only moments between them. The first pass collects the moments of the
 * finest units, from which every method's units follow. The second makes one histogram per method over the normalized
 * values.
 */
export async function streamRecord(
  axes: LayoutAxes,
  stream: ValueStream,
  recordOptions: RecordOptions,
  { withUnits = false, parameters }: DeriveOptions = {},
): Promise<RecordSketch<Sketch>> {
  const sample = sampler(axes);
  const pass = momentsPass(axes, finePartitions(axes, recordOptions), stream.arena);
  await stream.forEach((values, from) => {
    sample.add(values, from);
    pass.add(values, from);
  });
  const { moments, counts, firstNonFinite } = pass.finish();
  const plans = recordPlans(axes, recordOptions);
  const fine = (name: FineName) => momentsOf(moments, name);
  const methods = plannedMethods(axes, plans.plans, recordOptions, fine, parameters);
  const channels = await channelMoments(axes, stream, methods.filter(needsChannels));
  const derived = derivedMethods(
    axes,
    methods,
    placedSample(axes, sample.finish()),
    (method) => channels.get(method) ?? emptyMoments(axes.channels),
    stream.arena,
  );
  const histograms = methodHistograms(plans, derived, stream.arena);
  await fillHistograms(axes, stream, histograms.all);
  const coarse = histograms.refine();
  if (coarse.length > 0) await fillHistograms(axes, stream, coarse);
  return histograms.finish(counts, firstNonFinite, withUnits);
}

function momentsOf(collected: ReadonlyMap<FineName, Moments>, name: FineName): Moments {
  const moments = collected.get(name);
  if (moments === undefined) throw new Error(`No moments were collected for ${name}.`);
  return moments;
}

/** Computes the channel moments of x̂, in a separate pass. */
async function channelMoments(
  axes: LayoutAxes,
  stream: ValueStream,
  methods: readonly PlannedMethod[],
): Promise<ReadonlyMap<PlannedMethod, Moments>> {
  const targets = new Map(methods.map((method) => [method, emptyMoments(axes.channels)]));
  const builders = [...targets].map(([method, target]) => channelMomentsBuilder(axes, method, 0, target));
  if (builders.length > 0)
    await stream.forEach((values, from) => {
      for (const each of builders) each.add(values, from);
    });
  return targets;
}

async function fillHistograms(
  axes: LayoutAxes,
  stream: ValueStream,
  histograms: readonly MethodHistogram[],
): Promise<void> {
  const builders = histogramBuilders(axes, histograms, 0, stream.arena, true);
  await stream.forEach((values, from) => {
    for (const each of builders) each.add(values, from);
  });
  for (const each of builders) each.finish();
}
