import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  firstScalars,
  positionAt,
  type ScalarCurve,
  sortScalars,
  thinnedCurve,
} from '../../../src/model/scalars';

const curves = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.double()), { maxLength: 400 })
  .map((points): ScalarCurve => {
    let step = -1;
    return {
      name: 'x',
      steps: Float64Array.from(points, ([by]) => (step += by)),
      values: Float64Array.from(points, ([, value]) => value),
    };
  });

const pairs = ({ steps, values }: ScalarCurve) => [...steps].map((step, i) => `${step} ${values[i]}`);

describe('scalars', () => {
  it('are found at a step or before it', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: -2, max: 2000 }), (curve, step) => {
        assert.equal(
          positionAt(curve, step),
          curve.steps.findLastIndex((each) => each <= step),
        );
      }),
    );
  });

  it('that are thinned keep what a drawing and the steps of the run need', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(1500)), (curve, groups, keep) => {
        const thin = thinnedCurve(curve, groups, keep);
        const present = new Set(pairs(curve));
        assert.ok(pairs(thin).every((pair) => present.has(pair)));
        assert.ok(thin.steps.every((step, i) => i === 0 || thin.steps[i - 1] < step));
        assert.ok(thin.steps.length <= Math.max(4 * groups, 5 * groups + keep.length));
        for (const step of keep)
          assert.deepEqual(
            [thin.steps[positionAt(thin, step)], thin.values[positionAt(thin, step)]],
            [curve.steps[positionAt(curve, step)], curve.values[positionAt(curve, step)]],
          );
        const finite = (each: ScalarCurve) => each.values.filter(Number.isFinite);
        assert.equal(Math.max(...finite(thin)), Math.max(...finite(curve)));
        assert.equal(Math.min(...finite(thin)), Math.min(...finite(curve)));
        assert.equal(thin.values.some(Number.isNaN), curve.values.some(Number.isNaN));
        assert.deepEqual(pairs(thin).slice(-1), pairs(curve).slice(-1));
        assert.deepEqual(pairs(thin).slice(0, 1), pairs(curve).slice(0, 1));
      }),
      { numRuns: 300 },
    );
  });

  it('with few values stay as they are', () => {
    const curve = { name: 'x', steps: Float64Array.of(0, 1, 2, 3), values: Float64Array.of(1, 2, 3, 4) };
    assert.equal(thinnedCurve(curve, 1, []), curve);
  });

  it('are sorted so that those that people look at come first', () => {
    const names = [
      'throughput',
      'val_loss',
      'lr-Adam',
      'train_loss',
      'layer10',
      'layer9',
      'glossary',
      'grad_norm',
    ];
    assert.deepEqual(sortScalars(names), [
      ...['train_loss', 'val_loss', 'lr-Adam', 'grad_norm'],
      ...['glossary', 'layer9', 'layer10', 'throughput'],
    ]);
  });

  it('that are shown until a person chooses are one of each familiar kind', () => {
    assert.deepEqual(
      firstScalars(sortScalars(['val/loss', 'train/loss', 'learning_rate', 'accuracy', 'x'])),
      [...['train/loss', 'learning_rate', 'accuracy']],
    );
    assert.deepEqual(firstScalars(['a', 'b', 'c', 'd']), ['a', 'b', 'c']);
    assert.deepEqual(firstScalars(['a_loss', 'b_loss']), ['a_loss', 'b_loss']);
    assert.deepEqual(firstScalars(['a_loss', 'accuracy']), ['a_loss', 'accuracy']);
    assert.deepEqual(firstScalars([]), []);
  });
});
