import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordEntry } from '../../../src/model/catalog';
import { addDelta, type CatalogDelta, withDelta } from '../../../src/model/catalogDelta';
import { allSeries } from '../../../src/model/series';
import { catalogOf } from './samples';

const NOTHING: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };
const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);

describe('protocol: changes of a catalog', () => {
  it('joined to one another give the catalog that they give one by one', () => {
    const kind = fc.constantFrom('grow' as const, 'change' as const, 'remove' as const, 'problem' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.nat()), { maxLength: 20 }), (changes) => {
        let catalog = CATALOG;
        const joined: CatalogDelta[] = [];
        for (const [what, which] of changes) {
          const id = which % catalog.records.length;
          const record: RecordEntry = catalog.records[id];
          let delta = NOTHING;
          if (what === 'grow') {
            const added = [{ ...record, id: catalog.records.length, step: catalog.records.length * 10 }];
            delta = { ...NOTHING, added: added.map(({ removed: _, ...each }) => each) };
          } else if (what === 'problem') {
            delta = { ...NOTHING, problems: [{ code: 'truncated', path: `${which}`, message: 'Cut off.' }] };
          } else if (record.removed !== true) {
            delta = what === 'change' ? { ...NOTHING, changed: [record] } : { ...NOTHING, removed: [id] };
          }
          catalog = withDelta(catalog, delta);
          addDelta(joined, delta);
        }
        const together = joined.reduce(withDelta, CATALOG);
        assert.deepEqual(together, catalog);
        assert.deepEqual(allSeries(together), allSeries(catalog));
      }),
    );
  });

  it('steps are those of the records, in whatever order these come and go', () => {
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
        let catalog = catalogOf(['a', 'b'], [0, 10], variants);
        for (const { places, gone } of changes) {
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
          catalog = withDelta(catalog, { ...NOTHING, added, removed });
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

  it('a catalog from elsewhere is not written to; one that grew before is lengthened', () => {
    const whole = structuredClone(CATALOG);
    const growth = (id: number, step: number) => ({
      ...NOTHING,
      added: [{ ...CATALOG.records[0], id, step }],
    });
    const once = withDelta(CATALOG, growth(6, 30));
    assert.deepEqual(CATALOG, whole);
    const twice = withDelta(once, growth(7, 40));
    assert.equal(twice.records, once.records);
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

  it('growth is one change however often it came', () => {
    const joined: CatalogDelta[] = [];
    for (let i = 0; i < 50; i++)
      addDelta(joined, { ...NOTHING, added: [{ ...CATALOG.records[0], id: 6 + i, step: 30 + i }] });
    assert.equal(joined.length, 1);
    assert.equal(withDelta(CATALOG, joined[0]).records.length, 56);
  });
});
