import { isDefined, type MethodSummary, type RecordSummary } from '../model/analysis';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import { flatMapInTurns, type InTurns } from '../model/inTurns';
import { type Series, seriesOfLayer } from '../model/series';
import type { FindingsInput } from './input';

/** A record with its summary. */
export interface Measured {
  readonly record: RecordEntry;
  readonly summary: RecordSummary;
}

/**
 * The records of a layer that have summaries, in ascending order of steps. Only the first variant: training, all
 * ranks together.
 */
export interface MeasuredLayer {
  readonly layer: LayerEntry;
  readonly series: Series;
  readonly known: readonly Measured[];
}

const found = new WeakMap<FindingsInput, readonly MeasuredLayer[]>();

/** Returns all layers with summaries, in network order. Cached per input, because several detectors use it. */
export function measuredLayers(input: FindingsInput): readonly MeasuredLayer[] {
  const present = found.get(input);
  if (present !== undefined) return present;
  const layers = input.catalog.layers.flatMap((layer) => measuredLayer(input, layer));
  found.set(input, layers);
  return layers;
}

/** Computes {@link measuredLayers} in advance. Yields after each layer so that other work can run. */
export function* measureInTurns(input: FindingsInput): InTurns<void> {
  found.set(input, yield* flatMapInTurns(input.catalog.layers, (layer) => measuredLayer(input, layer)));
}

function measuredLayer(input: FindingsInput, layer: LayerEntry): readonly MeasuredLayer[] {
  const series = seriesOfLayer(input.catalog, layer.id)[0] ?? [];
  const known = measuredOf(input, series);
  return known.length === 0 ? [] : [{ layer, series, known }];
}

/**
 * Returns the calls of a layer, in order, for its first phase and rank. A layer that is called once per step has one
 * entry.
 */
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

/** Returns the records of a series that have summaries. */
export function measuredOf({ summaries }: FindingsInput, series: Series): readonly Measured[] {
  return series.flatMap((record) => {
    const summary = summaries.get(record.id);
    return summary === undefined ? [] : [{ record, summary }];
  });
}

/** Whether the last record has a summary, so that claims about the end of the run are possible. */
export function isAtEnd({ series, known }: MeasuredLayer): boolean {
  return known.at(-1)?.record === series.at(-1);
}

/** Returns the summary of the raw values; undefined if there is none. */
export function rawOf({ methods }: RecordSummary): MethodSummary | undefined {
  const raw = methods?.none;
  return raw !== undefined && isDefined(raw) ? raw : undefined;
}

/** Root mean square of the finite raw values; NaN if most values are not finite. */
export function rmsOf(summary: RecordSummary): number {
  const raw = rawOf(summary);
  if (raw === undefined || !(2 * summary.finite >= summary.count)) return Number.NaN;
  return Math.hypot(raw.mean, Math.sqrt(raw.variance));
}

/**
 * Standard deviation within channels (root mean square over channels); NaN if unknown or if most values are not
 * finite.
 */
export function signalOf({ magnitude, finite, count }: RecordSummary): number {
  return 2 * finite >= count ? (magnitude?.deviation ?? Number.NaN) : Number.NaN;
}

/**
 * Position of the first item since which all items fulfill a condition; the number of items if the last one does not.
 */
export function sinceWhen<T>(items: readonly T[], holds: (item: T, position: number) => boolean): number {
  let since = items.length;
  while (since > 0 && holds(items[since - 1], since - 1)) since--;
  return since;
}
