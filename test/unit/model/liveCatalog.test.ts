import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordEntry, RunCatalog } from '../../../src/model/catalog';
import type { CatalogDelta } from '../../../src/model/catalogDelta';
import { LiveCatalog } from '../../../src/model/liveCatalog';
import { allSeries, seriesOf } from '../../../src/model/series';
import { catalogOf } from './samples';

const NOTHING: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };
const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);

function growth(id: number, step: number): CatalogDelta {
  return { ...NOTHING, added: [{ ...CATALOG.records[0], id, step }] };
}

describe('model: a live catalog', () => {
  const STARTS = {
    'with lists of its own': (catalog: RunCatalog) => new LiveCatalog(catalog),
    'with lists that it is given': (catalog: RunCatalog) => LiveCatalog.owning(catalog),
  };
  for (const [how, start] of Object.entries(STARTS))
    it(`has the steps and series of its records, in whatever order records are added and removed: ${how}`, () => {
      const variants = [{ phase: 'train' }, { phase: 'eval' }];
      const place = fc.record({ layer: fc.nat(1), variant: fc.nat(1), step: fc.nat(40) });
      const change = fc.record({
        places: fc.array(place, { maxLength: 4 }),
        gone: fc.array(fc.nat(), { maxLength: 1 }),
      });
      const ascending = (records: readonly RecordEntry[]) =>
        [...new Set(records.map(({ step }) => step))].sort((a, b) => a - b);
      fc.assert(
        fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
          const live = start(catalogOf(['a', 'b'], [0, 10], variants));
          for (const { places, gone } of changes) {
            let catalog = live.current;
            const [first] = catalog.records;
            const isTaken = (other: { layer: number; variant: number; step: number }) =>
              catalog.records.some(
                ({ layer, variant, step, removed }) =>
                  !removed && layer === other.layer && variant === other.variant && step === other.step,
              );
            const fresh = places.filter(
              (each, i) =>
                !isTaken(each) &&
                places.findIndex((other) => JSON.stringify(other) === JSON.stringify(each)) === i,
            );
            const added = fresh.map((each, i) => ({ ...first, ...each, id: catalog.records.length + i }));
            for (const record of added) delete (record as { removed?: true }).removed;
            const removed = [...new Set(gone.map((which) => which % catalog.records.length))].filter(
              (id) => catalog.records[id].removed !== true,
            );
            catalog = live.apply({ ...NOTHING, added, removed });
            const there = catalog.records.filter((record) => record.removed !== true);
            assert.deepEqual(catalog.steps, ascending(there));
            for (const { id, steps } of catalog.layers)
              assert.deepEqual(steps, ascending(there.filter(({ layer }) => layer === id)));
            for (const series of allSeries(catalog))
              assert.deepEqual(
                series,
                there
                  .filter(({ layer, variant }) => layer === series[0].layer && variant === series[0].variant)
                  .sort((a, b) => a.step - b.step),
              );
          }
        }),
      );
    });

  it('appends to the lists that it is given, without a copy', () => {
    const catalog = catalogOf(['a', 'b'], [0, 10, 20]);
    const after = LiveCatalog.owning(catalog).apply(growth(6, 30));
    assert.equal(after.records, catalog.records);
    assert.deepEqual(
      [after.steps, after.layers[0].steps],
      [
        [0, 10, 20, 30],
        [0, 10, 20, 30],
      ],
    );
    assert.deepEqual(
      seriesOf(after, 0, 0).map(({ id }) => id),
      [0, 1, 2, 6],
    );
  });

  it('does not write to the catalog that it begins with', () => {
    const whole = structuredClone(CATALOG);
    const before = structuredClone(allSeries(CATALOG));
    const live = new LiveCatalog(CATALOG);
    live.apply(growth(6, 30));
    live.apply(growth(7, 40));
    assert.deepEqual(CATALOG, whole);
    assert.deepEqual(allSeries(CATALOG), before);
  });

  it('extends its lists in place if records are appended', () => {
    const live = new LiveCatalog(CATALOG);
    const once = live.apply(growth(6, 30));
    const lists = [once.records, once.steps, once.layers[0].steps, seriesOf(once, 0, 0)];
    const twice = live.apply(growth(7, 40));
    assert.notEqual(twice, once);
    assert.deepEqual(
      [twice.records, twice.steps, twice.layers[0].steps, seriesOf(twice, 0, 0)].map(
        (list, i) => list === lists[i],
      ),
      [true, true, true, true],
    );
    assert.deepEqual(twice.steps, [0, 10, 20, 30, 40]);
    assert.deepEqual(
      twice.layers.map(({ steps }) => steps),
      [
        [0, 10, 20, 30, 40],
        [0, 10, 20],
      ],
    );
    assert.equal(allSeries(twice)[0].length, 5);
  });

  it('makes other lists for any other change, so that those given earlier stay as they were', () => {
    for (const change of [
      { ...growth(7, 25), removed: [] },
      { ...NOTHING, changed: [{ ...CATALOG.records[1], dtype: 'float16' as const }] },
      { ...NOTHING, removed: [1] },
    ]) {
      const live = new LiveCatalog(CATALOG);
      const before = live.apply(growth(6, 30));
      const given = [seriesOf(before, 0, 0), before.steps];
      const copies = structuredClone(given);
      live.apply(change);
      assert.deepEqual(given, copies);
    }
  });
});
