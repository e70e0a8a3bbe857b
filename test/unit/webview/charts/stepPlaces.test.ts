import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placesOnAxis, stepAxis } from '../../../../webview/charts/stepPlaces';

const STEPS = [0, 1, 2, 5, 10, 20, 50, 100];

/** Columns as the map has them. */
function columnsOf(steps: readonly number[], perColumn: number) {
  const columns = [];
  for (let i = 0; i < steps.length; i += perColumn)
    columns.push({ first: steps[i], last: steps[Math.min(i + perColumn, steps.length) - 1] });
  return { columns, perColumn };
}

const places = (steps: readonly number[], perColumn: number, [first, last]: readonly [number, number]) =>
  [...placesOnAxis(stepAxis(columnsOf(STEPS, perColumn), first, last), steps)].map((place) => 8 * place);

describe('webview: the places of steps on the axis of the map', () => {
  it('are the middles of their columns, and in proportion between them', () => {
    assert.deepEqual(places(STEPS, 1, [0, 100]), [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]);
    assert.deepEqual(places([15, 35, 75], 1, [0, 100]), [5, 6, 7]);
  });

  it('of several steps in a column are as far apart as columns of their own', () => {
    assert.deepEqual(places(STEPS, 2, [0, 100]), [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]);
  });

  it('before the first column and after the last are in the halves of these columns', () => {
    assert.deepEqual(places([-10, -5, 0, 100, 150, 200], 1, [-10, 200]), [0, 0.25, 0.5, 7.5, 7.75, 8]);
  });

  it('ascend, are on the map, and each step of a column is in its column', () => {
    const steps = fc.uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(steps, steps, fc.integer({ min: 1, max: 9 }), (ofMap, ofCurve, perColumn) => {
        const sorted = ofMap.sort((a, b) => a - b);
        const asked = ofCurve.sort((a, b) => a - b);
        const grid = columnsOf(sorted, perColumn);
        const axis = stepAxis(grid, asked[0], asked[asked.length - 1]);
        const at = placesOnAxis(axis, asked);
        assert.ok(at.every((place, i) => place >= 0 && place <= 1 && (i === 0 || at[i - 1] <= place)));
        for (const [column, { first, last }] of grid.columns.entries())
          for (const place of placesOnAxis(axis, [first, last]))
            assert.equal(Math.floor(place * grid.columns.length), column);
      }),
    );
  });
});
