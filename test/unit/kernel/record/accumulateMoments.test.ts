import assert from 'node:assert/strict';
import fc from 'fast-check';
import { finePartitions } from '../../../../src/kernel/methods/methodPlan';
import { momentsPass } from '../../../../src/kernel/record/momentsPass';
import { ArenaMoments } from '../../../../src/kernel/simd/arenaMoments';
import { arenaOf, SIMD_CODES } from '../../../../src/kernel/simd/wasmArena';
import { MOMENT_COLUMNS } from '../../../../src/kernel/statistics/moments';
import { layoutAxes } from '../../../../src/kernel/tensor/layoutAxes';
import { cStrides } from '../arrays';

const CASES: readonly { readonly layout: string; readonly shape: readonly number[] }[] = [
  { layout: 'NCHW', shape: [5, 6, 5, 9] },
  { layout: 'NCHW', shape: [5, 7, 4, 4] },
  { layout: 'NHWC', shape: [5, 4, 5, 11] },
  { layout: 'NLC', shape: [3, 17, 24] },
  { layout: 'LNC', shape: [17, 3, 24] },
  { layout: 'NC', shape: [41, 12] },
];

const HOSTILE = fc.constantFrom(
  ...[0, -0, 1, -1, 1e4, 3e38, -3e38, 1e-45, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
);
const VALUE = fc.oneof({ weight: 6, arbitrary: fc.float({ noNaN: true }) }, HOSTILE);

/** With 0 for −0. */
function unsigned(column: Float64Array): number[] {
  return Array.from(column, (x) => x + 0);
}

describe('moments of a record in an arena', () => {
  for (const [name, code] of Object.entries(SIMD_CODES)) {
    const arena = arenaOf(code);
    if (arena === undefined) continue;
    for (const { layout, shape } of CASES)
      it(`are those of the plain loops: ${layout} (${name})`, () => {
        const axes = layoutAxes(shape, cStrides(shape), layout, 'memory:', '');
        const partitions = finePartitions(axes, {
          layerScope: layout === 'NLC' || layout === 'LNC' ? 'position' : 'example',
          groups: 2,
        });
        const random = fc.record({
          values: fc.array(VALUE, { minLength: 1, maxLength: 200 }),
          staysInArena: fc.boolean(),
        });
        fc.assert(
          fc.property(random, ({ values, staysInArena }) => {
            arena.clear();
            const all = Float32Array.from({ length: axes.size }, (_, i) => values[i % values.length]);
            const [plain, fast] = [
              momentsPass(axes, partitions),
              momentsPass(axes, partitions, arena, staysInArena),
            ];
            plain.add(all, 0);
            arena.values(all.length).set(all);
            fast.add(arena.values(all.length), 0);
            const [expected, actual] = [plain.finish(), fast.finish()];
            assert.deepEqual(actual.counts, expected.counts);
            assert.deepEqual(actual.firstNonFinite, expected.firstNonFinite);
            for (const [unit, moments] of expected.moments) {
              const own = actual.moments.get(unit);
              assert.ok(own !== undefined);
              assert.ok(staysInArena || !(own instanceof ArenaMoments));
              for (const column of ['count', 'min', 'max'] as const)
                assert.deepEqual(unsigned(own[column]), unsigned(moments[column]), `${unit} ${column}`);
              for (let i = 0; i < moments.units; i++) {
                const reach = Math.max(Math.abs(moments.min[i]), Math.abs(moments.max[i]));
                if (moments.count[i] === 0) continue;
                assert.ok(Math.abs(own.mean[i] - moments.mean[i]) <= 1e-12 * reach, `${unit} mean ${i}`);
                const error = Math.abs(own.m2[i] - moments.m2[i]);
                assert.ok(error <= 1e-11 * moments.count[i] * reach ** 2, `${unit} M2 ${i}`);
              }
              assert.equal(
                MOMENT_COLUMNS.every((column) => own[column].length === moments.units),
                true,
              );
            }
          }),
          { numRuns: 60 },
        );
      });
  }
});
