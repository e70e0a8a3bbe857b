import assert from 'node:assert/strict';
import { ShiftTable } from '../../../../src/model/shiftTable';
import { removedShifts } from '../../../../webview/state/removedShift';
import { catalogOf } from '../../model/samples';

/** Records 0 and 1 are of layer a, 2 and 3 of layer b. */
const CATALOG = catalogOf(['a', 'b'], [0, 10]);

function tableOf(...cells: Parameters<ShiftTable['set']>[0][]): ShiftTable {
  const table = ShiftTable.empty();
  for (const cell of cells) table.set(cell);
  return table;
}

describe('webview: the shift that methods remove', () => {
  it('is the part of the raw shift that is gone after a method', () => {
    const table = tableOf({
      record: 1,
      reference: 0,
      w1: { none: 4, batch: 1, layer: 4, group: 6 },
      floor: { none: 0.5 },
      nonFinite: false,
      dead: false,
    });
    assert.deepEqual(removedShifts(CATALOG, table, 0, 10), [
      { layer: 0, raw: 4, share: { batch: 0.75, layer: 0, group: -0.5 } },
    ]);
  });

  it('is given only where the raw shift is above its noise', () => {
    const at = (record: number, none: number, floor: number) => ({
      record,
      reference: 0,
      w1: { none, batch: 0 },
      floor: { none: floor },
      nonFinite: false,
      dead: false,
    });
    const layers = removedShifts(CATALOG, tableOf(at(1, 0.2, 0.3), at(3, 0.4, 0.3)), 0, 10);
    assert.deepEqual(
      layers.map(({ layer }) => layer),
      [1],
    );
    assert.deepEqual(removedShifts(CATALOG, tableOf(at(1, Number.NaN, 0), at(3, 0, 0)), 0, 10), []);
    assert.deepEqual(removedShifts(CATALOG, tableOf(at(1, 1, 0)), 0, 0), []);
  });
});
