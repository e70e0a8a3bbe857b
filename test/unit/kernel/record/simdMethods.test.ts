import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type FineName, finePartitions, planMethods } from '../../../../src/kernel/methods/methodPlan';
import { batchError } from '../../../../src/kernel/record/batchError';
import { type DerivedMethod, derivedMethods } from '../../../../src/kernel/record/derivedMethods';
import { summarizeHistogram } from '../../../../src/kernel/record/methodHistograms';
import { plannedMethods } from '../../../../src/kernel/record/plannedMethods';
import { simdMethods } from '../../../../src/kernel/record/simdMethods';
import { ArenaMoments, addressOfMoments } from '../../../../src/kernel/simd/arenaMoments';
import { arenaOf, SIMD_CODES, type WasmArena } from '../../../../src/kernel/simd/wasmArena';
import {
  emptyMoments,
  MOMENT_COLUMNS,
  type Moments,
  mergeInto,
} from '../../../../src/kernel/statistics/moments';
import type { Extent } from '../../../../src/kernel/tensor/layoutAxes';
import { METHODS } from '../../../../src/model/analysis';

const VALUE = fc.oneof(
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.constantFrom(0, 1, -1, 1e4, 1e30, -1e30),
);
/** Count, mean, deviation, and how far the extremes are from the mean; some units are empty or constant. */
const UNIT = fc.tuple(
  fc.constantFrom(0, 1, 2, 64),
  VALUE,
  fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })),
);
const SAMPLED = fc.oneof(
  VALUE,
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const RECORD = fc.record({
  samples: fc.integer({ min: 1, max: 5 }),
  groups: fc.integer({ min: 1, max: 3 }),
  inGroup: fc.integer({ min: 1, max: 3 }),
  positions: fc.constantFrom(1, 7),
  layerScope: fc.constantFrom('example' as const, 'position' as const),
  units: fc.array(UNIT, { minLength: 90, maxLength: 90 }),
  sample: fc.array(SAMPLED, { minLength: 1, maxLength: 700 }),
  only: fc.option(fc.constantFrom(...METHODS), { nil: undefined }),
});

function momentsOf(units: readonly (readonly [number, number, number])[], many: number): Moments {
  const moments = emptyMoments(many);
  for (let unit = 0; unit < many; unit++) {
    const [count, mean, deviation] = units[unit % units.length];
    mergeInto(moments, unit, count, mean, count * deviation ** 2, mean - deviation, mean + 2 * deviation);
  }
  return moments;
}

function close(actual: number | undefined, expected: number | undefined, what: string): void {
  if (actual === undefined || expected === undefined || !Number.isFinite(expected)) {
    assert.equal(actual, expected, what);
    return;
  }
  const error = Math.abs(actual - expected);
  assert.ok(error <= 1e-12 * Math.max(1e-300, Math.abs(expected)), `${what}: ${actual}, not ${expected}`);
}

function assertAlike(actual: DerivedMethod, expected: DerivedMethod, what: string): void {
  assert.deepEqual(actual.plan, expected.plan, what);
  assert.deepEqual([...actual.normal.shift], [...expected.normal.shift], `${what} shift`);
  assert.deepEqual([...actual.normal.scale], [...expected.normal.scale], `${what} scale`);
  assert.equal(actual.channels === undefined, expected.channels === undefined, `${what} channels`);
  for (const column of MOMENT_COLUMNS)
    close(actual.total[column], expected.total[column], `${what} ${column}`);
  for (const q of [0.01, 0.15, 0.5, 0.85, 0.99])
    assert.equal(actual.quantiles(q) + 0, expected.quantiles(q) + 0, `${what} quantile ${q}`);
  assert.deepEqual(actual.unitFigures(true), expected.unitFigures(true), `${what} units`);
  if (actual.channels === undefined || expected.channels === undefined) return;
  for (const column of MOMENT_COLUMNS)
    for (const [c, value] of expected.channels[column].entries())
      close(actual.channels[column][c], value, `${what} ${column} of channel ${c}`);
  const figures = ({ plan, total, channels = emptyMoments(0), channelFigures }: DerivedMethod) =>
    summarizeHistogram(
      { samples: 1, channels: channels.units, positions: 1 },
      {
        ...{ plan, total, channels },
        ...(channelFigures && { channelFigures }),
        grid: {
          width: 1,
          first: 0,
          below: 0,
          size: 0,
          above: 0,
          halves: [new Uint32Array(0), new Uint32Array(0)],
        },
      },
      () => ({ counts: new Uint32Array(0), count: 0, halves: { w1: 0, ks: 0, js: 0 }, halfWidth: 0 }),
      0,
      { unitCount: 0 },
    );
  const [a, b] = [figures(actual), figures(expected)];
  for (const key of ['channelMean', 'channelStd', 'channelPeak'] as const)
    for (const [c, value] of (b[key] ?? []).entries()) close(a[key]?.[c], value, `${what} ${key} ${c}`);
  assert.equal(a.channelPeak?.length, b.channelPeak?.length);
}

function inArena(arena: WasmArena, moments: Moments): ArenaMoments {
  const at = addressOfMoments(arena, moments);
  assert.ok(at !== undefined);
  return new ArenaMoments(arena, at, moments.units);
}

describe('methods derived in an arena', () => {
  for (const [name, code] of Object.entries(SIMD_CODES)) {
    const arena = arenaOf(code);
    if (arena === undefined) continue;

    for (const isThere of [true, false])
      it(`have the figures of the plain loops (${name}, moments ${isThere ? 'in the arena' : 'elsewhere'})`, () => {
        fc.assert(
          fc.property(RECORD, ({ samples, groups, inGroup, positions, layerScope, units, sample, only }) => {
            arena.clear();
            const extent: Extent = { samples, channels: groups * inGroup, positions };
            const options = { groups, layerScope };
            const plans = planMethods(extent, options).filter(
              ({ method }) => only === undefined || method === only,
            );
            const fine = new Map<FineName, Moments>();
            for (const [each, partition] of finePartitions(extent, options))
              fine.set(each, momentsOf(units, partition.units));
            const fineOf = (each: FineName) => fine.get(each) ?? emptyMoments(0);
            const places = {
              values: Float64Array.from(sample),
              n: Int32Array.from(sample, (_, k) => k % samples),
              c: Int32Array.from(sample, (_, k) => (k * 7) % extent.channels),
              p: Int32Array.from(sample, (_, k) => (k * 5) % positions),
            };
            const planned = plannedMethods(extent, plans, { epsilon: 1e-5 }, fineOf);
            const expected = derivedMethods(extent, planned, places, () => emptyMoments(0), undefined);
            const inPlace = new Map([...fine].map(([each, moments]) => [each, inArena(arena, moments)]));
            const actual = simdMethods(
              arena,
              extent.channels,
              plans,
              1e-5,
              (each) => (isThere ? (inPlace.get(each) ?? emptyMoments(0)) : fineOf(each)),
              places,
            );
            assert.ok(actual !== undefined);
            assert.equal(actual.length, expected.length);
            for (const [i, each] of actual.entries()) assertAlike(each, expected[i], each.plan.method);
          }),
          { numRuns: 150 },
        );
      });

    it(`give the error of a batch as the plain loop does (${name})`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 1, max: 7 }),
          fc.array(UNIT, { minLength: 42, maxLength: 42 }),
          (samples, channels, units) => {
            arena.clear();
            const moments = momentsOf(units, samples * channels);
            const expected = batchError(moments, samples, channels);
            const actual = batchError(inArena(arena, moments), samples, channels);
            assert.equal(actual?.samples, expected?.samples);
            // Sums of squares that cancel, as of values of 1e30, differ by more than the last digits.
            for (const key of ['mean', 'deviation'] as const) {
              const [a, b] = [actual?.[key] ?? -1, expected?.[key] ?? -1];
              assert.ok(Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.abs(b), `${key}: ${a}, not ${b}`);
            }
          },
        ),
        { numRuns: 200 },
      );
    });
  }
});
