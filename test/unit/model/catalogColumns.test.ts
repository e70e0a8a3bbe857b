import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recordPlace } from '../../../src/host/panel/recordPlaces';
import { packCatalog, unpackCatalog } from '../../../src/model/catalogColumns';
import { LiveCatalog } from '../../../src/model/liveCatalog';
import { seriesOf } from '../../../src/model/series';
import { catalogOf } from './samples';

describe('protocol: a catalog on its way to the panel', () => {
  it('comes out as it went in, whatever came and went', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.nat(), { maxLength: 4 }),
        (steps, layers, gone) => {
          const names = ['a', 'b', 'c'].slice(0, layers);
          const whole = catalogOf(
            names,
            [...steps].sort((a, b) => a - b),
          );
          const removed = [...new Set(gone.map((id) => id % whole.records.length))];
          const nothing = { added: [], changed: [], layers: [], variants: [] };
          const catalog = new LiveCatalog(whole).apply({ ...nothing, removed });
          const places = { ...catalog, records: catalog.records.map(recordPlace) };
          const came = unpackCatalog(structuredClone(packCatalog(catalog)));
          assert.deepEqual(came, places);
          assert.deepEqual(
            seriesOf(came, 0, 0).map(({ id }) => id),
            seriesOf(catalog, 0, 0).map(({ id }) => id),
          );
        },
      ),
    );
  });
});
