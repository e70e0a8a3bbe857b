import assert from 'node:assert/strict';
import fc from 'fast-check';
import { arenaOf, SIMD_CODES } from '../../../../src/kernel/simd/wasmArena';
import { selectRank } from '../../../../src/model/selectRank';

const VALUES = fc.array(
  fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1e300)),
  { minLength: 1, maxLength: 200 },
);

describe('the value of a rank', () => {
  it('is where sorting puts it, and all others are kept', () => {
    fc.assert(
      fc.property(VALUES, fc.nat(), (values, wanted) => {
        const rank = wanted % values.length;
        const sorted = Float64Array.from(values).sort();
        const selected = Float64Array.from(values);
        selectRank(selected, rank);
        assert.ok(selected[rank] === sorted[rank]);
        assert.deepEqual(selected.sort(), sorted);
      }),
    );
  });

  for (const [name, code] of Object.entries(SIMD_CODES)) {
    const arena = arenaOf(code);
    if (arena === undefined) continue;
    it(`is found in an arena (${name})`, () => {
      fc.assert(
        fc.property(VALUES, fc.nat(), (values, wanted) => {
          arena.clear();
          const rank = wanted % values.length;
          const address = arena.room(8 * values.length) ?? 0;
          arena.float64(address, values.length).set(values);
          const found = arena.code.orderStatistic(address, values.length, rank);
          const expected = Float64Array.from(values).sort()[rank];
          assert.ok(found === expected, `${found}, not ${expected}`);
        }),
        { numRuns: 1000 },
      );
    });
  }
});
