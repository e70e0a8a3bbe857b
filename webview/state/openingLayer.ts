import { exceedsFloor, METHODS } from '../../src/model/analysis';
import type { LayerEntry, RecordPlace } from '../../src/model/catalog';
import { seriesOfLayer } from '../../src/model/series';
import type { RunData } from './runData';
import type { ViewState } from './viewState';

/** With more layers, or more elements in their tensors, a person would wait too long for the first chart. */
const MAX_LAYERS = 300;
const MAX_ELEMENTS = 25e6;

/**
 * Whether the panel does not know yet which layer it opens at. Until it does, it shows places for charts, so that no layer
 * comes into view only to be replaced. It depends on the run alone, not on how fast results come in.
 */
export function isOpening({ catalog, progress }: RunData, view: ViewState): boolean {
  if (view.layer !== undefined || catalog === undefined || progress.live === true) return false;
  // A large run has a sample of its records while it is listed.
  if (progress.state !== 'listing' && progress.state !== 'computing') return false;
  return catalog.layers.length <= MAX_LAYERS && elementsOf(catalog.layers) <= MAX_ELEMENTS;
}

function elementsOf(layers: readonly LayerEntry[]): number {
  return layers.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}

/**
 * The layer with the largest shift above noise at its last step with finite values, which people want to see first.
 * Undefined until every layer has a result there, so that the answer depends neither on the order of results nor on how
 * many are there.
 */
export function mostShiftedLayer({ catalog, shiftMap, progress, other }: RunData): string | undefined {
  if (catalog === undefined) return undefined;
  const raw = METHODS.indexOf('none');
  let [farthest, layer] = [Number.NEGATIVE_INFINITY, undefined as string | undefined];
  for (const { id, fullName } of catalog.layers) {
    const last = lastFinite(seriesOfLayer(catalog, id)[0] ?? [], shiftMap);
    if (last !== undefined && !shiftMap.has(last.id) && progress.state !== 'complete') return undefined;
    // A record that is its own reference, or that failed, has no shift.
    const from = last && shiftMap.referenceOf(last.id);
    if (last === undefined || from === undefined || (from === last.id && other === undefined)) continue;
    const w1 = shiftMap.w1Of(last.id, raw);
    const shift = exceedsFloor(w1, shiftMap.floorOf(last.id, raw)) ? w1 : 0;
    if (shift > farthest) [farthest, layer] = [shift, fullName];
  }
  return layer;
}

/** The last record of a series that is not known to have NaN or infinite values, or else the last one. */
function lastFinite(series: readonly RecordPlace[], shiftMap: RunData['shiftMap']): RecordPlace | undefined {
  for (let i = series.length - 1; i >= 0; i--) if (!shiftMap.isNonFinite(series[i].id)) return series[i];
  return series.at(-1);
}
