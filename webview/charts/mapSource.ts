import { exceedsFloor, METHODS, type Method } from '../../src/model/analysis';
import { type QuantityId, quantityOf } from '../../src/model/mapQuantities';
import type { PagedColumn } from '../../src/model/pagedColumn';
import type { QuantityValues } from '../../src/model/quantityTable';
import type { ShiftTable } from '../../src/model/shiftTable';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import type { LayerFigures } from './layerFilter';
import type { MapSource } from './mapGrid';
import { placesOf } from './recordPlaces';

/** What the map and the depth chart show. */
export interface ShownQuantity extends MapSource {
  readonly id: QuantityId;
  /** All figures of the quantity, ascending. */
  readonly all: readonly PagedColumn[];
}

/** The quantity that was chosen; the former one until the figures of the chosen one have arrived. */
export function shownQuantity(
  { shiftMap, quantity }: { readonly shiftMap: ShiftTable; readonly quantity: QuantityValues },
  { mapQuantity, mapMethod }: { readonly mapQuantity: QuantityId; readonly mapMethod: Method },
): ShownQuantity {
  const id = mapQuantity === 'shift' ? 'shift' : quantity.quantity;
  const { middle } = quantity;
  const isShift = id === 'shift' || middle === undefined;
  return {
    id,
    scale: quantityOf(id).scale,
    shiftMap,
    method: METHODS.indexOf(isShift ? mapMethod : 'none'),
    all: isShift ? [] : quantity.figures,
    ...(isShift ? {} : { figures: middle }),
  };
}

/** The figures of each layer over the records of a variant from a step on. */
export function figuresOfLayers(
  { layers, records }: Pick<PanelCatalog, 'layers' | 'records'>,
  source: MapSource,
  variant: number,
  since: number,
): readonly LayerFigures[] {
  const found = layers.map(() => ({
    shift: Number.NaN,
    min: Number.NaN,
    max: Number.NaN,
    nonFinite: false,
    dead: false,
  }));
  const places = placesOf(records);
  const ofRecord = (record: number) =>
    record < places.length && places.variant[record] === variant && places.step[record] >= since
      ? found[places.layer[record]]
      : undefined;
  const noteValue = (of: { min: number; max: number }, value: number) => {
    if (!(value >= of.min)) of.min = value;
    if (!(value <= of.max)) of.max = value;
  };
  const { shiftMap, figures, method } = source;
  shiftMap.forEachMarked((record, isNonFinite, isDead) => {
    const of = ofRecord(record);
    if (of === undefined) return;
    of.nonFinite ||= isNonFinite;
    of.dead ||= isDead;
  });
  shiftMap.forEach(method, (record, w1, floor) => {
    const of = ofRecord(record);
    if (of === undefined || Number.isNaN(w1)) return;
    const above = exceedsFloor(w1, floor) ? w1 : 0;
    if (!(above <= of.shift)) of.shift = above;
    if (figures === undefined) noteValue(of, w1);
  });
  figures?.forEach((record, value) => {
    const of = ofRecord(record);
    if (of !== undefined) noteValue(of, value);
  });
  return found;
}
