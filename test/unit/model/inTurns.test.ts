import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  flatMapInTurns,
  type InTurns,
  inTurns,
  mapInTurns,
  sortInTurns,
  withoutTurns,
} from '../../../src/model/inTurns';

/** How often other work may run. */
function yieldsOf<T>(work: InTurns<T>): number {
  let count = 0;
  while (!work.next().done) count++;
  return count;
}

const long = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_011);

describe('model: work in turns', () => {
  it('maps as lists do', () => {
    assert.deepEqual(
      withoutTurns(mapInTurns(long, (value, i) => value - i)),
      long.map((value, i) => value - i),
    );
    assert.deepEqual(
      withoutTurns(flatMapInTurns([1, 2, 3], (value) => (value === 2 ? [] : [value, value]))),
      [1, 1, 3, 3],
    );
  });

  it('sorts as lists do, equal items in their order', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 200 }), (some, times) => {
        const items = Array.from({ length: times }, () => some)
          .flat()
          .map((value, at) => ({ value, at }));
        const compare = (a: { value: number }, b: { value: number }) => a.value - b.value;
        assert.deepEqual(withoutTurns(sortInTurns(items, compare)), [...items].sort(compare));
      }),
      { numRuns: 30 },
    );
  });

  it('lets other work run after a few hundred items', () => {
    assert.ok(yieldsOf(inTurns(long, () => {})) >= 50);
    assert.ok(yieldsOf(mapInTurns(long, (value) => value)) >= 50);
    let sinceYield = 0;
    let most = 0;
    const work = sortInTurns(long, (a, b) => {
      most = Math.max(most, ++sinceYield);
      return a - b;
    });
    while (!work.next().done) sinceYield = 0;
    // 4,096 items need at most 4,096 · log2(4,096) comparisons; all 20,000 at once need 285,000.
    assert.ok(most <= 12 * 4096, `${most} comparisons at a stretch`);
  });
});
