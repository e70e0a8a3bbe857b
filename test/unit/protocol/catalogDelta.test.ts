import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordEntry } from '../../../src/protocol/catalog';
import { addDelta, type CatalogDelta, withDelta } from '../../../src/protocol/catalogDelta';
import { allSeries } from '../../../src/protocol/series';
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

  it('growth is one change however often it came', () => {
    const joined: CatalogDelta[] = [];
    for (let i = 0; i < 50; i++)
      addDelta(joined, { ...NOTHING, added: [{ ...CATALOG.records[0], id: 6 + i, step: 30 + i }] });
    assert.equal(joined.length, 1);
    assert.equal(withDelta(CATALOG, joined[0]).records.length, 56);
  });
});
