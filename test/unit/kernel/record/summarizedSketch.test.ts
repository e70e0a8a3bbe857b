import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TensorFile } from '../../../../src/formats/tensorFile';
import type { DistributionSummary, TensorSummary } from '../../../../src/formats/tensorSummary';
import { histogramPairs } from '../../../../src/kernel/figures/histogram';
import { shiftBetween } from '../../../../src/kernel/figures/shift';
import { summarize } from '../../../../src/kernel/figures/summary';
import { summarizedSketch } from '../../../../src/kernel/record/summarizedSketch';
import { explicitCells } from '../../../../src/kernel/statistics/explicitCells';
import { percentilesOf } from '../../../../src/kernel/statistics/percentile';
import { cellsOf, totalOf } from '../../../../src/kernel/statistics/sketch';
import { isDefined } from '../../../../src/model/analysis';
import type { RecordEntry } from '../../../../src/model/catalog';
import { analyseArray, defined, normalValues } from '../arrays';

const WHY = { reason: 'Only histograms of raw values are left.' };
const OPTIONS = { layout: '', epsilon: 1e-5, groups: 1, layerScope: 'example' } as const;
const RECORD: RecordEntry = {
  id: 0,
  layer: 0,
  step: 0,
  variant: 0,
  shape: [],
  dtype: 'unknown',
  summarized: true,
  file: 'memory:/events',
  tensor: 'act',
};

/** NumPy's `histogram`: every bin but the last is open on its right. */
function histogramOf(values: readonly number[], edges: readonly number[]): DistributionSummary {
  const counts = new Float64Array(edges.length - 1);
  for (const x of values) {
    const bin = edges.findIndex((edge, i) => i > 0 && (x < edge || i === edges.length - 1)) - 1;
    counts[bin]++;
  }
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return { edges: Float64Array.from(edges), counts, min, max, mean, variance };
}

function fileOf(none: DistributionSummary, other: Partial<TensorSummary> = {}): TensorFile {
  const count = none.counts.reduce((sum, each) => sum + each, 0);
  const unknown = { nan: Number.NaN, posInf: Number.NaN, negInf: Number.NaN, zeros: Number.NaN };
  const methods = { none, batch: WHY, layer: WHY, instance: WHY, group: WHY, rms: WHY };
  return {
    ...{ path: 'memory:/events', format: 'test', tensors: [], metadata: new Map(), problems: [] },
    openTensor: () => Promise.reject(new Error('A summary has no bytes.')),
    close: async () => {},
    readSummary: async () => ({ counts: { count, finite: count, ...unknown }, methods, ...other }),
  };
}

const sketchOf = (none: DistributionSummary) => summarizedSketch(fileOf(none), RECORD, OPTIONS);

describe('records that come as distributions', () => {
  it('percentiles are in the bin of their order statistic', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 60 }),
        fc.uniqueArray(fc.integer({ min: -39, max: 39 }), { maxLength: 12 }),
        async (values, inner) => {
          const edges = [-40, ...inner.sort((a, b) => a - b), 40];
          const { sketch } = defined(await sketchOf(histogramOf(values, edges)), 'none');
          const sorted = [...values].sort((a, b) => a - b);
          sorted.forEach((x, rank) => {
            const level = sorted.length === 1 ? 50 : (100 * rank) / (sorted.length - 1);
            const [found] = percentilesOf(sketch, [level]);
            const bin = edges.findIndex((edge, i) => i > 0 && (x < edge || i === edges.length - 1)) - 1;
            const slack = 1e-4;
            assert.ok(found >= edges[bin] - slack && found <= edges[bin + 1] + slack, `${found} for ${x}`);
            assert.ok(found >= sorted[0] && found <= sorted[sorted.length - 1]);
          });
        },
      ),
    ));

  it('holds every count, and edges ascend, wherever the range cuts the bins', () =>
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: -2, max: 10 }),
        fc.nat(8),
        (counts, min, width) => {
          const edges = Float64Array.from({ length: counts.length + 1 }, (_, i) => i);
          const cells = explicitCells({ edges, counts: Float64Array.from(counts), min, max: min + width });
          const sum = counts.reduce((a, b) => a + b, 0);
          assert.ok(cells);
          assert.equal(totalOf(cells), sum);
          for (let i = 1; i < cells.edges.length; i++) assert.ok(cells.edges[i] > cells.edges[i - 1]);
          assert.equal(cells.edges.length, sum === 0 ? 0 : cells.cumulative.length);
        },
      ),
    ));

  it('bins without bounds end at the least and the greatest value', () => {
    const edges = Float64Array.of(Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
    const cells = explicitCells({ edges, counts: Float64Array.of(3, 5), min: -2, max: 4 });
    assert.deepEqual(cells, {
      edges: Float64Array.of(-2, 0, 4),
      cumulative: Float64Array.of(0, 3, 8),
    });
  });

  const NO_HISTOGRAMS: readonly [
    what: string,
    edges: number[],
    counts: number[],
    min: number,
    max: number,
  ][] = [
    ['edges that descend', [0, 2, 1], [1, 1], 0, 2],
    ['an edge that is NaN', [0, Number.NaN, 1], [1, 1], 0, 1],
    ['a first edge that is NaN', [Number.NaN, 1], [1], 0, 1],
    ['a count below 0', [0, 1, 2], [1, -1], 0, 2],
    ['a count that is NaN', [0, 1, 2], [1, Number.NaN], 0, 2],
    ['an edge too few', [0, 1], [1, 1], 0, 1],
    ['a range that is empty', [0, 1], [1], 1, 0],
    ['a range that is NaN', [0, 1], [1], Number.NaN, 1],
  ];
  for (const [what, edges, counts, min, max] of NO_HISTOGRAMS) {
    it(`${what}: malformed, with file and tensor`, async () => {
      const summary = histogramOf([0.5], [0, 1]);
      const lie = {
        ...summary,
        edges: Float64Array.from(edges),
        counts: Float64Array.from(counts),
        min,
        max,
      };
      await assert.rejects(sketchOf(lie), (error: { problem?: object }) => {
        const problem = { code: 'malformed', path: 'memory:/events', tensor: 'act' };
        assert.deepEqual({ ...error.problem, message: '' }, { ...problem, message: '' });
        return true;
      });
    });
  }

  it('a constant, and nothing at all, are drawn', async () => {
    const constant = await sketchOf(histogramOf([3, 3, 3], [3, 3, 3]));
    assert.deepEqual(percentilesOf(defined(constant, 'none').sketch, [0, 15, 100]), [3, 3, 3]);
    const { current } = histogramPairs(constant, undefined, 8, {}).none;
    assert.equal(
      current?.counts.reduce((a, b) => a + b, 0),
      3,
    );
    const empty = { ...histogramOf([1], [0, 2]), counts: Float64Array.of(0) };
    assert.deepEqual(histogramPairs(await sketchOf(empty), undefined, 8, {}).none, {});
    assert.ok(summarize(0, await sketchOf(empty), [50]).methods.none);
  });

  it('the shift from a record of values is that of the values, to within the bins', async () => {
    const before = normalValues(4096, 1);
    const after = Float64Array.from(normalValues(4096, 2), (x) => 0.5 + 1.5 * x);
    const edges = Array.from({ length: 401 }, (_, i) => (i - 200) / 20);
    const ready = await sketchOf(histogramOf([...after], edges));
    const values = await analyseArray(before, [64, 64], 'NC');
    const exact = shiftBetween(values, await analyseArray(after, [64, 64], 'NC')).none;
    const shift = shiftBetween(values, ready);
    assert.deepEqual(Object.keys(shift), ['none']);
    for (const metric of ['w1', 'ks', 'w1Shape', 'meanShift', 'logStdRatio'] as const)
      assert.ok(Math.abs((shift.none?.[metric] ?? 0) - (exact?.[metric] ?? 1)) < 0.01, metric);
    assert.ok(Number.isNaN(shift.none?.channelFrechet));
    assert.equal(shift.none?.noiseFloor, undefined);
  });

  it("the recorder's options, units, channels, and halves reach the summary", async () => {
    const batch: DistributionSummary = {
      ...histogramOf([-1, 0, 1], [-2, 0, 2]),
      ...{ unitCount: 2, unitMean: { min: 1, max: 2 }, unitVariance: { min: 3, max: 4 } },
      ...{ channelMean: Float64Array.of(0, 0), channelStd: Float64Array.of(1, 1) },
      halves: { w1: 0.5, ks: 0.25, js: 0.125 },
    };
    const none = histogramOf([0, 0, 5], [0, 1, 5]);
    const counts = { count: 4, finite: 3, nan: 1, posInf: 0, negInf: 0, zeros: 2 };
    const file = fileOf(none, {
      ...{ layout: 'NC', epsilon: 0.125, groups: 2, layerScope: 'position', counts },
      ...{ firstNonFinite: { kind: 'nan', index: [0, 1] } },
      methods: { none, batch, layer: WHY, instance: WHY, group: WHY, rms: WHY },
    });
    const sketch = await summarizedSketch(file, RECORD, OPTIONS);
    const summary = summarize(0, sketch, [50]);
    const { epsilon, groups, layout, layerScope, zeros, nan, firstNonFinite } = summary;
    assert.deepEqual([epsilon, groups, layout, layerScope], [0.125, 2, 'NC', 'position']);
    assert.deepEqual([zeros, nan, firstNonFinite], [2, 1, { kind: 'nan', index: [0, 1] }]);
    assert.deepEqual(summary.methods.layer, WHY);
    assert.ok(isDefined(summary.methods.batch));
    const { unitCount, unitMean, unitVariance } = summary.methods.batch;
    assert.deepEqual([unitCount, unitMean, unitVariance], [2, { min: 1, max: 2 }, { min: 3, max: 4 }]);
    // Two of three are exactly 0, which an edge at 0 separates from the values above.
    assert.deepEqual(percentilesOf(defined(sketch, 'none').sketch, [50]), [0]);
    assert.deepEqual(shiftBetween(sketch, sketch).batch?.noiseFloor?.ks, 0.25);
    assert.equal(totalOf(cellsOf(defined(sketch, 'batch').sketch)), 3);
  });

  it('for any declared figures, the computation ends, or reports them as malformed', async () => {
    const extremes = [0, 1, -3, 5e-324, 1e-300, 1e300, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, NaN];
    const figure = fc.oneof(fc.constantFrom(...extremes), fc.double());
    const count = fc.oneof(fc.nat(9), fc.constantFrom(0.5, 1e300, Number.MAX_VALUE));
    const stated = fc.record({
      edges: fc
        .uniqueArray(figure, { minLength: 2, maxLength: 9 })
        .map((edges) => edges.sort((a, b) => a - b)),
      counts: fc.array(count, { minLength: 8, maxLength: 8 }),
      ...{ min: figure, max: figure, mean: figure, variance: figure },
    });
    const values = await analyseArray(normalValues(64, 1), [8, 8], 'NC');
    await fc.assert(
      fc.asyncProperty(stated, stated, async (...both) => {
        const sketches = await Promise.all(
          both.map(({ edges, counts, ...figures }) =>
            sketchOf({
              ...figures,
              edges: Float64Array.from(edges),
              counts: Float64Array.from(counts.slice(0, edges.length - 1)),
            }).catch((error: { problem?: { code?: string } }) => {
              assert.equal(error.problem?.code, 'malformed');
              return values;
            }),
          ),
        );
        for (const reference of [...sketches, values]) {
          for (const current of sketches) {
            shiftBetween(reference, current);
            const { none } = histogramPairs(current, reference, 8, {});
            const bins = none.current?.counts.length ?? 8;
            assert.ok(bins >= 4 && bins <= 8, String(bins));
          }
          summarize(0, reference, [0, 15, 50, 100]);
        }
      }),
    );
  });

  it('reports a file that no longer contains histograms as changed', async () => {
    const { readSummary: _, ...file } = fileOf(histogramOf([1], [0, 2]));
    await assert.rejects(summarizedSketch(file, RECORD, OPTIONS), /no longer contains histograms/);
  });
});
