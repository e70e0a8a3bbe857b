import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ShiftCell, ShiftTable } from '../../../src/model/shiftTable';
import { cellOf } from './samples';

const ids = fc.nat({ max: 20_000 });

describe('protocol: the table of shifts', () => {
  it('has the content of a map with the same operations', () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), id: ids, w1: fc.double({ noNaN: true }) }),
      fc.record({ kind: fc.constant('delete' as const), id: ids }),
    );
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const table = ShiftTable.empty();
        const cells = new Map<number, ShiftCell>();
        for (const each of changes) {
          if (each.kind === 'delete') {
            table.delete(each.id);
            cells.delete(each.id);
          } else {
            const cell = cellOf(each.id, 7, each.w1);
            table.set(cell);
            cells.set(each.id, cell);
          }
        }
        const sorted = [...cells.values()].sort((a, b) => a.record - b.record);
        assert.deepEqual([...table], sorted);
        assert.equal(table.size, cells.size);
        const travelled = ShiftTable.of(structuredClone(table.columns(table.records())));
        assert.deepEqual([...travelled], sorted);
      }),
    );
  });

  it('has nothing for records that were not added', () => {
    const table = ShiftTable.of(ShiftTable.empty().columns([3]));
    table.set(cellOf(9000, 0, 0.5));
    for (const record of [0, 8999, 9001, 1e6]) {
      assert.equal(table.has(record), false);
      assert.ok(Number.isNaN(table.w1Of(record, 0)) && Number.isNaN(table.floorOf(record, 0)));
      assert.deepEqual(
        [table.get(record), table.referenceOf(record), table.isNonFinite(record)],
        [undefined, undefined, false],
      );
    }
    assert.deepEqual([...table.columns([0, 9000, 1e6]).record], [9000]);
  });
});
