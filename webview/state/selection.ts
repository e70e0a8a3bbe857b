import type { RecordShift, RecordSummary } from '../../src/model/analysis';
import type { LayerEntry, RecordPlace } from '../../src/model/catalog';
import { positionOf, seriesOf, seriesOfLayer } from '../../src/model/series';
import type { Movement, PanelPlace } from '../../src/protocol/panelApi';
import { type OtherSelection, selectOther } from './otherRun';
import type { RunData } from './runData';
import type { AppState } from './store';
import type { ViewState } from './viewState';

/** The part of the run that the view state selects. */
export interface Selection {
  readonly layer: LayerEntry;
  readonly variant: number;
  /** The records of the layer and variant, steps ascending. */
  readonly series: readonly RecordPlace[];
  readonly record: RecordPlace;
  readonly summary: RecordSummary | undefined;
  readonly shift: RecordShift | undefined;
  /** The record that the shift is measured from, of this run or of the other one; absent if it is the record itself. */
  readonly reference: RecordPlace | undefined;
  /** What belongs to it in the run that this one is compared with; absent if it is not compared. */
  readonly other: OtherSelection | undefined;
}

/**
 * The selection of a view; undefined if there is no run, or a run without layers. A layer, variant or step that does not
 * exist is replaced by one that does.
 */
export function select(data: RunData, view: ViewState): Selection | undefined {
  const { catalog, summaries, shifts, former } = data;
  if (catalog === undefined) return undefined;
  const layer = catalog.layers.find(({ fullName }) => fullName === view.layer) ?? catalog.layers[0];
  if (layer === undefined) return undefined;
  const ofVariant = seriesOf(catalog, layer.id, view.variant);
  const series = ofVariant.length > 0 ? ofVariant : (seriesOfLayer(catalog, layer.id)[0] ?? []);
  // Another record must not come into view while results under other options are computed.
  const known = former?.summaries ?? summaries;
  const record = view.step === undefined ? openingRecord(series, known) : nearestStep(series, view.step);
  if (record === undefined) return undefined;
  const { variant } = record;
  const shift = shifts.get(record.id);
  const other = selectOther(data.other, data.roots, record);
  const ofRun =
    shift === undefined || shift.reference === record.id ? undefined : catalog.records[shift.reference];
  const reference = other === undefined ? ofRun : other.joined?.record;
  return { layer, variant, series, record, summary: summaries.get(record.id), shift, reference, other };
}

/**
 * The record to begin with: the last one, or the last one before a run ends in NaN or infinities, because it is the last
 * with a distribution to show. A record whose results are still missing counts.
 */
function openingRecord(
  series: readonly RecordPlace[],
  summaries: RunData['summaries'],
): RecordPlace | undefined {
  for (let i = series.length - 1; i >= 0; i--) {
    const summary = summaries.get(series[i].id);
    if (summary === undefined || isMostlyFinite(summary)) return series[i];
  }
  return series.at(-1);
}

function isMostlyFinite({ finite, count }: RecordSummary): boolean {
  // Not counted in histograms without values.
  return !(2 * finite < count);
}

/** The record at the step or at the nearest one. */
function nearestStep(series: readonly RecordPlace[], step: number): RecordPlace | undefined {
  const after = series[positionOf(series, step)];
  const before = series[positionOf(series, step) - 1];
  if (after === undefined || before === undefined) return after ?? before;
  return after.step - step < step - before.step ? after : before;
}

/**
 * The last record of the series with exact results: where {@link ViewState.follow} leads. If most of its values are not
 * finite, the last record before it that still has a distribution to show.
 */
export function latestWithResults(
  { series }: Selection,
  { summaries }: Pick<RunData, 'summaries'>,
): RecordPlace | undefined {
  let latest: RecordPlace | undefined;
  for (let i = series.length - 1; i >= 0; i--) {
    const summary = summaries.get(series[i].id);
    if (summary === undefined || summary.estimate !== undefined) continue;
    latest ??= series[i];
    if (isMostlyFinite(summary)) return series[i];
  }
  return latest;
}

/** The record in view; null if there is none. */
export function placeInView({ data, view }: Pick<AppState, 'data' | 'view'>): PanelPlace | null {
  const record = data === undefined ? undefined : select(data, view)?.record;
  return record === undefined ? null : { layer: record.layer, variant: record.variant, step: record.step };
}

/** The view after a navigation from the current selection. */
export function navigated(data: RunData, view: ViewState, navigation: Movement): ViewState {
  const { catalog } = data;
  const selection = select(data, view);
  if (catalog === undefined || selection === undefined) return view;
  if (navigation.to === 'record') {
    const layer = catalog.layers[navigation.layer];
    if (layer === undefined) return view;
    const { step, variant = view.variant } = navigation;
    const there = step === undefined ? { ...view, variant } : { ...view, variant, step, follow: false };
    return atLayer(there, layer.fullName);
  }
  if (navigation.to === 'followLatest') {
    return { ...view, follow: !view.follow, step: selection.record.step };
  }
  const { series, record, layer } = selection;
  if (navigation.to === 'nextStep' || navigation.to === 'previousStep') {
    const position = series.indexOf(record) + (navigation.to === 'nextStep' ? 1 : -1);
    return { ...view, step: (series[position] ?? record).step, follow: false };
  }
  const next = catalog.layers[layer.id + (navigation.to === 'nextLayer' ? 1 : -1)];
  return next === undefined ? view : atLayer({ ...view, step: record.step }, next.fullName);
}

/** The view at a layer. Zoomed ranges and the element are reset, because another layer has other ones. */
export function atLayer(view: ViewState, layer: string): ViewState {
  return view.layer === layer
    ? view
    : { ...view, layer, channel: undefined, sample: 0, position: 0, ranges: {} };
}
