import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compareKnobs,
  differingKnobs,
  type Knobs,
  kindOf,
  knobsText,
  widthOf,
} from '../../../src/model/knobs';

const SWEEP: readonly Knobs[] = [
  { lr: 0.1, width: 64, seed: 1, opt: 'sgd' },
  { lr: 0.1, width: 64, seed: 2, opt: 'sgd' },
  { lr: 0.1, width: 256, seed: 1, opt: 'sgd' },
];

describe('model: knobs', () => {
  it('differ where the runs have not all the same value, seeds last', () => {
    assert.deepEqual(differingKnobs(SWEEP), ['width', 'seed']);
    assert.deepEqual(differingKnobs([{ seed: 1 }, { seed: 2, lr: 1 }, {}]), ['lr', 'seed']);
    assert.deepEqual(differingKnobs([{ lr: 1 }]), []);
    assert.deepEqual(differingKnobs([]), []);
  });

  it('are of one kind where only seeds differ, in whatever order they stand', () => {
    assert.equal(kindOf(SWEEP[0]), kindOf(SWEEP[1]));
    assert.notEqual(kindOf(SWEEP[0]), kindOf(SWEEP[2]));
    assert.equal(kindOf({ a: 1, b: 2 }), kindOf({ b: 2, a: 1, 'train.seed': 5 }));
    assert.notEqual(kindOf({ a: 1 }), kindOf({ a: '1' }));
  });

  it('order runs by number, then text, and those without the knob last', () => {
    const runs: readonly Knobs[] = [{ lr: 'auto' }, {}, { lr: 10 }, { lr: 9 }, { lr: true }];
    const sorted = [...runs].sort((a, b) => compareKnobs(a, b, ['lr']));
    assert.deepEqual(sorted, [{ lr: 9 }, { lr: 10 }, { lr: 'auto' }, { lr: true }, {}]);
  });

  it('order as a total order does', () => {
    const value = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom('a', 'b', '1'), fc.boolean());
    const knobs = fc.dictionary(fc.constantFrom('lr', 'width', 'seed'), value);
    const names = ['lr', 'width', 'seed'];
    fc.assert(
      fc.property(knobs, knobs, knobs, (a, b, c) => {
        const order = (x: Knobs, y: Knobs) => Math.sign(compareKnobs(x, y, names));
        assert.equal(order(a, b) + order(b, a), 0);
        if (order(a, b) <= 0 && order(b, c) <= 0) assert.ok(order(a, c) <= 0);
      }),
    );
  });

  it('are written as people say them', () => {
    assert.equal(knobsText({ lr: 0.1, width: 64, seed: 3 }, ['width', 'seed', 'opt']), 'width 64 · seed 3');
    assert.equal(knobsText({ bn: false }, ['bn']), 'bn false');
  });

  it('say how wide a network is', () => {
    assert.equal(widthOf({ lr: 1, width: 64 }), 64);
    assert.equal(widthOf({ d_model: 32, hidden_size: 16 }), 32);
    assert.equal(widthOf({ 'model.hidden_dim': 8 }), 8);
    assert.equal(widthOf({ width: 'wide', depth: 3 }), undefined);
    assert.equal(widthOf({ width: 0 }), undefined);
  });
});
