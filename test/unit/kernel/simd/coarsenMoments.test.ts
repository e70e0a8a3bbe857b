import assert from 'node:assert/strict';
import fc from 'fast-check';
import { channelPartition, groupPartition, wholePartition } from '../../../../src/kernel/methods/partition';
import { coarsenMomentsSimd } from '../../../../src/kernel/simd/coarsenMoments';
import { arenaOf, SIMD_CODES } from '../../../../src/kernel/simd/wasmArena';
import {
  coarsen,
  type Division,
  emptyMoments,
  type Moments,
  mergeInto,
} from '../../../../src/kernel/statistics/moments';

const EXTENT = { samples: 24, channels: 12, positions: 4 };
const UNITS = EXTENT.samples * EXTENT.channels;

const DIVISIONS: Readonly<Record<string, Division>> = {
  channels: channelPartition(EXTENT),
  samples: groupPartition(EXTENT, 1),
  groups: groupPartition(EXTENT, 3),
  whole: wholePartition(EXTENT),
  'samples and channels': groupPartition(EXTENT, EXTENT.channels),
};

const VALUE = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const MAP = fc.tuple(VALUE, fc.double({ min: -4, max: 4, noNaN: true }));
/** Count, mean, M2, and how far the extremes are from the mean; some units are empty. */
const UNIT = fc.tuple(
  fc.constantFrom(0, 1, 2, 1000),
  VALUE,
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ min: 0, max: 100, noNaN: true }),
);

function momentsOf(units: readonly (readonly [number, number, number, number])[]): Moments {
  const moments = emptyMoments(units.length);
  for (const [unit, [count, mean, m2, reach]] of units.entries())
    mergeInto(moments, unit, count, mean, m2, mean - reach, mean + 2 * reach);
  return moments;
}

describe('merging units in an arena', () => {
  for (const [name, code] of Object.entries(SIMD_CODES)) {
    const arena = arenaOf(code);
    if (arena === undefined) continue;
    for (const [what, target] of Object.entries(DIVISIONS)) {
      it(`gives ${what} the same figures to the last bit (${name})`, () => {
        fc.assert(
          fc.property(
            fc.array(UNIT, { minLength: UNITS, maxLength: UNITS }),
            fc.option(fc.constantFrom(...Object.values(DIVISIONS)), { nil: undefined }),
            fc.array(MAP, { minLength: UNITS, maxLength: UNITS }),
            (units, division, all) => {
              arena.clear();
              const source = momentsOf(units);
              const own = all.slice(0, division?.units);
              const maps = division && {
                division,
                shift: Float64Array.from(own, ([shift]) => shift),
                scale: Float64Array.from(own, ([, scale]) => scale),
              };
              const merge = coarsenMomentsSimd(arena);
              const expected = coarsen(source, target, maps);
              assert.deepEqual(merge(source, target, maps), expected);
              // From moments that are already in the arena's memory.
              assert.deepEqual(merge(source, target, maps), expected);
            },
          ),
          { numRuns: 20 },
        );
      });
    }
  }
});
