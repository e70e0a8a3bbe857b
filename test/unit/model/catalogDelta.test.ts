import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordEntry } from '../../../src/model/catalog';
import { addDelta, type CatalogDelta } from '../../../src/model/catalogDelta';
import { LiveCatalog } from '../../../src/model/liveCatalog';
import { allSeries } from '../../../src/model/series';
import { catalogOf } from './samples';

const NOTHING: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };
const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);

describe('model: changes of a catalog', () => {
  it('give the same catalog when merged as one by one', () => {
    const kind = fc.constantFrom('grow' as const, 'change' as const, 'remove' as const, 'problem' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.nat()), { maxLength: 20 }), (changes) => {
        const live = new LiveCatalog(CATALOG);
        const joined: CatalogDelta[] = [];
        for (const [what, which] of changes) {
          const catalog = live.current;
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
          live.apply(delta);
          addDelta(joined, delta);
        }
        const together = new LiveCatalog(CATALOG);
        for (const delta of joined) together.apply(delta);
        assert.deepEqual(together.current, live.current);
        assert.deepEqual(allSeries(together.current), allSeries(live.current));
      }),
    );
  });

  it('merge into one change if the run only grows', () => {
    const joined: CatalogDelta[] = [];
    for (let i = 0; i < 50; i++)
      addDelta(joined, { ...NOTHING, added: [{ ...CATALOG.records[0], id: 6 + i, step: 30 + i }] });
    assert.equal(joined.length, 1);
    assert.equal(new LiveCatalog(CATALOG).apply(joined[0]).records.length, 56);
  });
});
