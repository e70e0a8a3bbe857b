import { METHODS, type Method, NORMALIZING } from '../../src/model/analysis';
import { recordAt, seriesOf } from '../../src/model/series';
import type { ShiftTable } from '../../src/model/shiftTable';
import type { PanelCatalog } from '../../src/protocol/panelApi';

/** A layer, and the share of its shift that each method removes; undefined if that is not known. */
export interface RemovedShift {
  readonly layer: number;
  /** W1/σ of the raw values. */
  readonly raw: number;
  readonly share: Readonly<Partial<Record<Method, number>>>;
}

/**
 * The share of each layer's shift at a step that every method removes: 1 − W1/σ after the method ÷ W1/σ before. Negative if
 * a method makes the shift larger. Only of layers whose raw shift is above its noise.
 */
export function removedShifts(
  catalog: PanelCatalog,
  shifts: ShiftTable,
  variant: number,
  step: number,
): readonly RemovedShift[] {
  return catalog.layers.flatMap(({ id: layer }) => {
    const record = recordAt(seriesOf(catalog, layer, variant), step);
    if (record === undefined) return [];
    const w1 = (method: Method) => shifts.w1Of(record.id, METHODS.indexOf(method));
    const raw = w1('none');
    const floor = shifts.floorOf(record.id, METHODS.indexOf('none'));
    if (!(raw > (floor || 0))) return [];
    const share = Object.fromEntries(
      NORMALIZING.flatMap((method) => (Number.isNaN(w1(method)) ? [] : [[method, 1 - w1(method) / raw]])),
    );
    return [{ layer, raw, share }];
  });
}
