import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pannedRange, stepsWithin, zoomedRange } from '../../../../webview/charts/stepRange';

const STEPS = [0, 1, 2, 5, 10, 20, 50, 100];

describe('webview: the steps that the map shows', () => {
  it('are halved and doubled about the step in view, as far as there are any', () => {
    assert.deepEqual(zoomedRange(STEPS, undefined, 0, 1 / 2), { min: 0, max: 5 });
    assert.deepEqual(zoomedRange(STEPS, undefined, 100, 1 / 2), { min: 10, max: 100 });
    assert.deepEqual(zoomedRange(STEPS, undefined, 10, 1 / 2), { min: 2, max: 20 });
    assert.deepEqual(zoomedRange(STEPS, { min: 0, max: 1 }, 0, 1 / 2), { min: 0, max: 1 });
    assert.deepEqual(zoomedRange(STEPS, { min: 10, max: 20 }, 20, 2), { min: 2, max: 20 });
    assert.equal(zoomedRange(STEPS, { min: 10, max: 100 }, 20, 2), undefined);
    assert.equal(zoomedRange(STEPS, { min: 10, max: 20 }, 20, Number.POSITIVE_INFINITY), undefined);
  });

  it('move by a part of themselves, up to the ends', () => {
    assert.deepEqual(pannedRange(STEPS, { min: 2, max: 20 }, 1 / 4), { min: 5, max: 50 });
    assert.deepEqual(pannedRange(STEPS, { min: 2, max: 20 }, -1 / 4), { min: 1, max: 10 });
    assert.deepEqual(pannedRange(STEPS, { min: 10, max: 100 }, 1 / 4), { min: 10, max: 100 });
    assert.equal(pannedRange(STEPS, undefined, 1 / 4), undefined);
  });

  it('are all of them if a range has fewer than two', () => {
    assert.equal(stepsWithin(STEPS, { min: 3, max: 9 }), STEPS);
    assert.deepEqual(stepsWithin(STEPS, { min: 3, max: 10 }), [5, 10]);
  });

  it('are consecutive, at least two, and have the step in view if it was shown', () => {
    const steps = fc
      .uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 40 })
      .map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(steps, fc.nat(), fc.array(fc.constantFrom(0.5, 2)), (all, seed, factors) => {
        const step = all[seed % all.length];
        let range: { min: number; max: number } | undefined;
        for (const factor of factors) {
          range = zoomedRange(all, range, step, factor);
          const shown = stepsWithin(all, range);
          assert.ok(shown.length >= 2 && shown.includes(step));
          const start = all.indexOf(shown[0]);
          assert.deepEqual(shown, all.slice(start, start + shown.length));
        }
      }),
    );
  });
});
