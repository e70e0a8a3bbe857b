import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { QuantityScale } from '../../../../src/model/mapQuantities';
import { mapScale, quantityFigure, tickLabel } from '../../../../webview/charts/mapScale';

const RANGE = { min: 1e-3, max: 1e5 };
const SCALES: readonly QuantityScale[] = ['sigmas', 'size', 'signed', 'share', 'rareShare'];

describe('webview: scales of the map', () => {
  const SIGMAS: readonly [sigmas: number, place: number][] = [
    [0, 0],
    [0.5, 0.25],
    [1, 0.5],
    [10, 0.75],
    [100, 1],
    [1e6, 1],
  ];
  for (const [sigmas, place] of SIGMAS) {
    it(`have a shift of ${sigmas} σ at ${place}, whatever else a run has`, () => {
      for (const range of [undefined, RANGE, { min: 0, max: 0.1 }])
        assert.ok(Math.abs(mapScale('sigmas', range).place(sigmas) - place) < 1e-12);
    });
  }

  for (const kind of SCALES) {
    it(`are monotone and within 0 to 1: ${kind}`, () => {
      const value = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
      const pair = fc.tuple(value, value);
      fc.assert(
        fc.property(pair, pair, ([a, b], [c, d]) => {
          const range = { min: Math.min(a, b), max: Math.max(a, b) };
          const scale = mapScale(kind, range);
          const [low, high] = [Math.min(c, d), Math.max(c, d)].map(scale.place);
          assert.ok(low >= 0 && high <= 1 && low <= high, `${low} ${high}`);
          assert.ok(scale.ticks.every((tick, i) => i === 0 || tick > scale.ticks[i - 1]));
        }),
      );
    });
  }

  it('have the ends of the values at their ends, where they follow the values', () => {
    for (const kind of ['size', 'signed'] as const) {
      const { place } = mapScale(kind, RANGE);
      assert.deepEqual([place(RANGE.min), place(RANGE.max)], [0, 1]);
    }
  });

  it('have powers of ten as ticks where values span decades, at most four', () => {
    assert.deepEqual(mapScale('size', RANGE).ticks, [1e-3, 1, 1e3]);
    assert.deepEqual(mapScale('size', { min: 0.5, max: 2000 }).ticks, [1, 10, 100, 1000]);
    assert.deepEqual(mapScale('size', { min: 2, max: 3 }).ticks, [2, 3]);
  });

  it('have 0 between the ends of a signed quantity', () => {
    const { ticks, place } = mapScale('signed', { min: -4, max: 4 });
    assert.deepEqual(ticks, [-4, 0, 4]);
    assert.equal(place(0), 0.5);
  });

  it('have no ticks without values, and one for a single value', () => {
    assert.deepEqual(mapScale('size', undefined).ticks, []);
    assert.deepEqual(mapScale('signed', { min: 2, max: 2 }).ticks, [2]);
  });

  it('write figures with their units', () => {
    assert.equal(quantityFigure('sigmas', 20.81), '20.8 σ');
    assert.equal(quantityFigure('share', 0.25), '25 %');
    assert.equal(quantityFigure('rareShare', 1.5e-6), '0.00015 %');
    assert.equal(quantityFigure('size', Number.NaN), '–');
    assert.equal(tickLabel('rareShare', 1e-4), '0.01 %');
    assert.equal(tickLabel('sigmas', 100), '100');
  });
});
