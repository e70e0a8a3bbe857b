import assert from 'node:assert/strict';
import fc from 'fast-check';
import { withoutTurns } from '../../../../src/model/inTurns';
import type { NameFields } from '../../../../src/run/naming/nameFields';
import * as naming from '../../../../src/run/naming/timeline';

const timeline = (fields: Parameters<typeof naming.timeline>[0]) => withoutTurns(naming.timeline(fields));

describe('run: timeline', () => {
  it('uses steps alone if each belongs to one epoch', () => {
    const fields = [0, 1, 2, 3].map((step) => ({ epoch: Math.floor(step / 2), step }));
    assert.deepEqual(timeline(fields).steps, [0, 1, 2, 3]);
    assert.deepEqual(timeline(fields).counters, ['step']);
  });

  it('passes over a counter that never changes', () => {
    assert.deepEqual(
      timeline([
        { epoch: 1, step: 5 },
        { epoch: 2, step: 5 },
      ]).steps,
      [1, 2],
    );
    assert.deepEqual(
      timeline([
        { epoch: 1, batch: 0 },
        { epoch: 2, batch: 0 },
      ]).steps,
      [1, 2],
    );
    assert.deepEqual(timeline([{ epoch: 1, step: 5 }]).steps, [5]);
  });

  it('turns batches into calls if there are steps, otherwise into steps', () => {
    const stepped = timeline([
      { step: 1, batch: 0 },
      { step: 1, batch: 1 },
    ]);
    assert.deepEqual(
      [stepped.steps, stepped.calls],
      [
        [1, 1],
        [0, 1],
      ],
    );
    const batched = timeline([{ batch: 0 }, { batch: 1 }]);
    assert.deepEqual(
      [batched.steps, batched.calls],
      [
        [0, 1],
        [undefined, undefined],
      ],
    );
    const both = timeline([
      { step: 1, batch: 2, call: 3 },
      { step: 1, batch: 2, call: 11 },
    ]);
    assert.deepEqual(both.calls, [203, 211]);
  });

  it('gives no step to names that lack the counter of the others', () => {
    assert.deepEqual(timeline([{ step: 1 }, { step: 2 }, {}, { epoch: 1 }]).steps, [
      1,
      2,
      undefined,
      undefined,
    ]);
    assert.deepEqual(timeline([{}, {}]).steps, [0, 0]);
    assert.deepEqual(timeline([]).steps, []);
  });

  it('falls back to positions if numbers would not be exact', () => {
    const fields: NameFields[] = [
      { epoch: 2, step: 9e14 },
      { epoch: 1, step: 9e14 },
      { epoch: 1, step: 8e14 },
      { epoch: 100, step: 8e14 },
    ];
    assert.deepEqual(timeline(fields).steps, [2, 1, 0, 3]);
  });

  it('orders combined counters as their tuples are ordered', () => {
    const field: fc.Arbitrary<NameFields> = fc.record({
      epoch: fc.nat(20),
      checkpoint: fc.nat(3),
      step: fc.nat(5000),
    });
    fc.assert(
      fc.property(fc.array(field, { minLength: 2, maxLength: 30 }), (fields) => {
        const { steps, counters } = timeline(fields);
        for (let a = 0; a < fields.length; a++) {
          for (let b = 0; b < a; b++) {
            const differs = counters.find((counter) => fields[a][counter] !== fields[b][counter]);
            const expected =
              differs === undefined ? 0 : Math.sign((fields[a][differs] ?? 0) - (fields[b][differs] ?? 0));
            assert.equal(Math.sign(steps[a]! - steps[b]!), expected);
          }
        }
      }),
    );
  });
});
