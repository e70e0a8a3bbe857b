import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PagedColumn } from '../../../src/model/pagedColumn';
import { QuantityTable, QuantityValues } from '../../../src/model/quantityTable';
import { summaryOf } from './samples';

const ids = fc.nat({ max: 5000 });

describe('model: figures by record', () => {
  it('are those of a map with the same operations', () => {
    const change = fc.tuple(ids, fc.oneof(fc.double(), fc.constant(Number.NaN)));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const column = new PagedColumn();
        const map = new Map<number, number>();
        for (const [id, value] of changes) {
          column.set(id, value);
          map.set(id, value);
        }
        const known = [...map].filter(([, value]) => !Number.isNaN(value)).sort(([a], [b]) => a - b);
        const visited: [number, number][] = [];
        column.forEach((id, value) => void visited.push([id, value]));
        assert.deepEqual(visited, known);
        assert.equal(column.size, known.length);
        for (const [id, value] of map) assert.equal(column.get(id), value);
      }),
    );
  });

  it('come back from the form in which they travel, all or those of some records', () => {
    const table = new QuantityTable();
    for (const record of [3, 900, 40_000]) table.set(summaryOf(record, [-1, record, record + 1]), {});
    const all = QuantityValues.of(table.column('values', undefined));
    assert.deepEqual(
      all.figures.map((figure) => [3, 900, 40_000].map((record) => figure.get(record))),
      [
        [-1, -1, -1],
        [3, 900, 40_000],
        [4, 901, 40_001],
      ],
    );
    assert.equal(all.middle?.get(900), 900);
    assert.deepEqual([...table.column('mean', [900, 5]).record], [900]);
  });

  it('of deleted records, and those that are unknown, do not travel', () => {
    const table = new QuantityTable();
    table.set(summaryOf(1), {});
    table.set(summaryOf(2), {});
    table.delete(2);
    assert.deepEqual([...table.column('deviation', undefined).record], [1]);
    assert.deepEqual([...table.column('kurtosis', undefined).record], []);
    assert.deepEqual(table.column('shift', undefined).record.length, 0);
  });
});
