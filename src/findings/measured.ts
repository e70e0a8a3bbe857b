import { isDefined, type MethodSummary, type RecordSummary } from '../model/analysis';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import { type Series, seriesOfLayer } from '../model/series';
import { flatMapInTurns } from './detector';
import type { FindingsInput } from './input';

/** A record with its figures. */
export interface Measured {
  readonly record: RecordEntry;
  readonly summary: RecordSummary;
}

/** The records of a layer whose figures are there, steps ascending, of its first variant: all ranks together, training. */
export interface MeasuredLayer {
  readonly layer: LayerEntry;
  readonly series: Series;
  readonly known: readonly Measured[];
}

const found = new WeakMap<FindingsInput, readonly MeasuredLayer[]>();

/** All layers with figures, in the order of the network. Several kinds of finding go through them: they are made once. */
export function measuredLayers(input: FindingsInput): readonly MeasuredLayer[] {
  const present = found.get(input);
  if (present !== undefined) return present;
  const layers = input.catalog.layers.flatMap((layer) => measuredLayer(input, layer));
  found.set(input, layers);
  return layers;
}

/** Makes {@link measuredLayers} before they are asked for, with a turn for others after each layer. */
export function* measureInTurns(input: FindingsInput): Generator<undefined, void> {
  found.set(input, yield* flatMapInTurns(input.catalog.layers, (layer) => measuredLayer(input, layer)));
}

function measuredLayer(input: FindingsInput, layer: LayerEntry): readonly MeasuredLayer[] {
  const series = seriesOfLayer(input.catalog, layer.id)[0] ?? [];
  const known = measuredOf(input, series);
  return known.length === 0 ? [] : [{ layer, series, known }];
}

/** The calls of a layer at each step, as its first phase and rank have them, in order: one entry for a layer that is called once. */
export function measuredCalls(input: FindingsInput, layer: LayerEntry): readonly MeasuredLayer[] {
  const { variants } = input.catalog;
  const all = seriesOfLayer(input.catalog, layer.id).map((series) => ({
    series,
    variant: variants[series[0].variant],
  }));
  return all
    .filter(({ variant: { phase, rank, ranks } }) => {
      const [{ variant: first }] = all;
      return phase === first.phase && rank === first.rank && ranks?.join() === first.ranks?.join();
    })
    .sort((a, b) => (a.variant.call ?? 0) - (b.variant.call ?? 0))
    .map(({ series }) => ({ layer, series, known: measuredOf(input, series) }));
}

/** The records of a series whose figures are there. */
export function measuredOf({ summaries }: FindingsInput, series: Series): readonly Measured[] {
  return series.flatMap((record) => {
    const summary = summaries.get(record.id);
    return summary === undefined ? [] : [{ record, summary }];
  });
}

/** Whether the figures of the last record are there: what holds at the end can be told. */
export function isAtEnd({ series, known }: MeasuredLayer): boolean {
  return known.at(-1)?.record === series.at(-1);
}

/** Figures of the raw values. */
export function rawOf({ methods }: RecordSummary): MethodSummary | undefined {
  const raw = methods?.none;
  return raw !== undefined && isDefined(raw) ? raw : undefined;
}

/** Root mean square of the finite raw values; NaN where most values are not finite. */
export function rmsOf(summary: RecordSummary): number {
  const raw = rawOf(summary);
  if (raw === undefined || !(2 * summary.finite >= summary.count)) return Number.NaN;
  return Math.hypot(raw.mean, Math.sqrt(raw.variance));
}

/** Deviation within channels, root mean square over them; NaN where they are not known or most values are not finite. */
export function signalOf({ magnitude, finite, count }: RecordSummary): number {
  return 2 * finite >= count ? (magnitude?.deviation ?? Number.NaN) : Number.NaN;
}

/** Position of the first of the last items that all fulfil a condition; the length where the last does not. */
export function sinceWhen<T>(items: readonly T[], holds: (item: T, position: number) => boolean): number {
  let since = items.length;
  while (since > 0 && holds(items[since - 1], since - 1)) since--;
  return since;
}
