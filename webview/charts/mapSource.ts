import { exceedsFloor, METHODS, type Method } from '../../src/model/analysis';
import type { RecordPlace } from '../../src/model/catalog';
import type { Compared } from '../../src/model/compared';
import { type QuantityId, quantityOf } from '../../src/model/mapQuantities';
import { placesOf } from '../../src/model/placeColumns';
import type { QuantityValues } from '../../src/model/quantityTable';
import type { RunJoin } from '../../src/model/runJoin';
import type { ShiftTable } from '../../src/model/shiftTable';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { comparedFigures, comparedName, comparedScale, type Figures } from './comparedFigures';
import type { LayerFigures } from './layerFilter';
import type { MapSource } from './mapGrid';

/** What the map and the depth chart show. */
export interface ShownQuantity extends MapSource {
  readonly id: QuantityId;
  /** All figures of the quantity, ascending. */
  readonly all: readonly Figures[];
  /** The same of the run that is compared with, by its record ids; absent if what is shown is already measured from it. */
  readonly ofOther?: readonly Figures[];
}

/** What people call what is shown. */
export function shownName({ id, scale }: Pick<ShownQuantity, 'id' | 'scale'>): string {
  return comparedName(quantityOf(id).name(), scale);
}

interface ShownData {
  readonly shiftMap: ShiftTable;
  readonly quantity: QuantityValues;
  readonly catalog?: PanelCatalog | undefined;
  readonly former?: { readonly renewed: Uint8Array } | undefined;
  /** The run that is compared with. */
  readonly other?:
    | { readonly quantity: QuantityValues; readonly join: RunJoin<RecordPlace> | undefined }
    | undefined;
}

interface Chosen {
  readonly mapQuantity: QuantityId;
  readonly mapMethod: Method;
  readonly mapCompared?: Compared;
}

/** The quantity that was chosen; the former one until the figures of the chosen one have arrived. */
export function shownQuantity(
  { shiftMap, quantity, catalog, former, other }: ShownData,
  { mapQuantity, mapMethod, mapCompared = 'values' }: Chosen,
): ShownQuantity {
  const id = mapQuantity === 'shift' ? 'shift' : quantity.quantity;
  const { middle, figures } = quantity;
  const { scale } = quantityOf(id);
  const method = METHODS.indexOf(mapMethod);
  const renewed = former?.renewed;
  if (id === 'shift' || middle === undefined) return { id, scale, shiftMap, renewed, method, all: [] };
  const raw = { id, shiftMap, renewed, method: METHODS.indexOf('none') };
  const shownScale = other === undefined ? scale : comparedScale(scale, mapCompared);
  const join = other?.join;
  if (shownScale === scale || other === undefined || join === undefined || catalog === undefined)
    return {
      ...raw,
      scale,
      all: figures,
      figures: middle,
      ...(other !== undefined && { ofOther: other.quantity.figures }),
    };
  const all = figures.map((own, i) =>
    comparedFigures(own, other.quantity.figures[i] ?? NOTHING, join, catalog.records, shownScale),
  );
  return {
    ...raw,
    scale: shownScale,
    all,
    figures: all[all.length >> 1] ?? NOTHING,
  };
}

/** Until the figures of the other run have arrived. */
const NOTHING: Figures = { get: () => Number.NaN, forEach: () => {} };

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
