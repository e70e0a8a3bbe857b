import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recordPlace } from '../../../src/host/panel/recordPlaces';
import { packCatalog, unpackCatalog } from '../../../src/model/catalogColumns';
import { withoutTurns } from '../../../src/model/inTurns';
import { LiveCatalog } from '../../../src/model/liveCatalog';
import { placesOf } from '../../../src/model/placeColumns';
import { seriesOf } from '../../../src/model/series';
import { catalogOf } from './samples';

function piecesOf(steps: number): number {
  const catalog = catalogOf(
    ['a', 'b'],
    Array.from({ length: steps }, (_, i) => i),
  );
  const work = unpackCatalog(packCatalog(catalog));
  let pieces = 0;
  while (!work.next().done) pieces++;
  return pieces;
}

describe('protocol: a catalog on its way to the panel', () => {
  it('is unpacked in pieces that do not grow with the run', () => {
    const [few, many] = [piecesOf(10_000), piecesOf(40_000)];
    assert.ok(few > 50, `${few} pieces`);
    assert.ok(many > 3.5 * few, `${few} pieces, of four times as many records ${many}`);
  });

  it('brings the places of its records along', () => {
    const whole = catalogOf(['a', 'b'], [0, 10]);
    const { records } = withoutTurns(unpackCatalog(packCatalog(whole)));
    const { layer, step, variant, length } = placesOf(records);
    assert.deepEqual(
      Array.from({ length }, (_, id) => [layer[id], step[id], variant[id]]),
      whole.records.map((each) => [each.layer, each.step, each.variant]),
    );
  });

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
          const came = withoutTurns(unpackCatalog(structuredClone(packCatalog(catalog))));
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
