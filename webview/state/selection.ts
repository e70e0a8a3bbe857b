import { isAboveFloor, type RecordShift, type RecordSummary } from '../../src/protocol/analysis';
import type { LayerEntry, RecordEntry } from '../../src/protocol/catalog';
import type { Navigation } from '../../src/protocol/panelApi';
import type { RunData } from './runData';
import type { ViewState } from './viewState';

/** What the view state picks out of the run. */
export interface Selection {
  readonly layer: LayerEntry;
  readonly variant: number;
  /** The records of the layer and variant, steps ascending. */
  readonly series: readonly RecordEntry[];
  readonly record: RecordEntry;
  readonly summary: RecordSummary | undefined;
  readonly shift: RecordShift | undefined;
  /** The record that the shift is measured from, where it is another one. */
  readonly reference: RecordEntry | undefined;
}

/** Undefined where there is no run, or a run without layers. A layer, variant or step that is not there is replaced by one that is. */
export function select({ catalog, summaries, shifts }: RunData, view: ViewState): Selection | undefined {
  if (catalog === undefined) return undefined;
  const layer = catalog.layers.find(({ fullName }) => fullName === view.layer) ?? catalog.layers[0];
  if (layer === undefined) return undefined;
  const ofLayer = catalog.records.filter((record) => record.layer === layer.id);
  const variant = ofLayer.some((record) => record.variant === view.variant)
    ? view.variant
    : (ofLayer[0]?.variant ?? 0);
  const series = ofLayer.filter((record) => record.variant === variant).sort((a, b) => a.step - b.step);
  const record = nearestStep(series, view.step);
  if (record === undefined) return undefined;
  const shift = shifts.get(record.id);
  const reference =
    shift === undefined || shift.reference === record.id ? undefined : catalog.records[shift.reference];
  return { layer, variant, series, record, summary: summaries.get(record.id), shift, reference };
}

/**
 * The layer that moved farthest from the reference, beyond its noise: what a person wants to see first. Undefined
 * until the computation has reached every layer, so that the answer does not change as results come in.
 */
export function mostShiftedLayer({ catalog, shiftMap, progress }: RunData): string | undefined {
  if (catalog === undefined) return undefined;
  const moved = new Map<number, number>();
  for (const { record, reference, w1, floor } of shiftMap.values()) {
    const { layer } = catalog.records[record];
    const raw = { w1: w1.none ?? 0, floor: floor.none };
    const beyond = isAboveFloor(raw) ? raw.w1 : 0;
    if (record !== reference) moved.set(layer, Math.max(moved.get(layer) ?? 0, beyond));
  }
  if (moved.size < catalog.layers.length && progress.state !== 'complete') return undefined;
  const farthest = Math.max(...moved.values());
  return catalog.layers.find(({ id }) => moved.get(id) === farthest)?.fullName;
}

/** The first record of a variant with NaN or infinite values: the earliest step, and there the first layer. */
export function firstNonFinite({ catalog, shiftMap }: RunData, variant: number): RecordEntry | undefined {
  let first: RecordEntry | undefined;
  for (const { record, nonFinite } of shiftMap.values()) {
    const entry = catalog?.records[record];
    if (!nonFinite || entry === undefined || entry.variant !== variant) continue;
    const isEarlier =
      first === undefined ||
      entry.step < first.step ||
      (entry.step === first.step && entry.layer < first.layer);
    if (isEarlier) first = entry;
  }
  return first;
}

/** The record at the step, or at the nearest one; the last where no step is asked for. */
function nearestStep(series: readonly RecordEntry[], step: number | undefined): RecordEntry | undefined {
  if (step === undefined) return series.at(-1);
  let nearest = series[0];
  for (const record of series) {
    if (Math.abs(record.step - step) < Math.abs(nearest.step - step)) nearest = record;
  }
  return nearest;
}

/** Where a command leads from the present selection. */
export function navigated(data: RunData, view: ViewState, navigation: Navigation): ViewState {
  const { catalog } = data;
  const selection = select(data, view);
  if (catalog === undefined || selection === undefined) return view;
  if (navigation.to === 'record') {
    const layer = catalog.layers[navigation.layer];
    return layer === undefined
      ? view
      : atLayer(
          {
            ...view,
            step: navigation.step ?? view.step,
            variant: navigation.variant ?? view.variant,
          },
          layer.fullName,
        );
  }
  const { series, record, layer } = selection;
  if (navigation.to === 'nextStep' || navigation.to === 'previousStep') {
    const position = series.indexOf(record) + (navigation.to === 'nextStep' ? 1 : -1);
    return { ...view, step: (series[position] ?? record).step };
  }
  const next = catalog.layers[layer.id + (navigation.to === 'nextLayer' ? 1 : -1)];
  return next === undefined ? view : atLayer({ ...view, step: record.step }, next.fullName);
}

/** Another layer has other values, so zoomed ranges do not go along. */
export function atLayer(view: ViewState, layer: string): ViewState {
  return view.layer === layer ? view : { ...view, layer, ranges: {} };
}
