import assert from 'node:assert/strict';
import { percentilesOf } from '../../../src/kernel/statistics/percentile';
import { cellsOf } from '../../../src/kernel/statistics/sketch';
import { METHODS } from '../../../src/model/analysis';
import { analyseArray, defined, normalValues } from './arrays';

/** NumPy's default percentile of the sorted values (linear between order statistics). */
function exactPercentile(sorted: Float64Array, percentile: number): number {
  const rank = (percentile / 100) * (sorted.length - 1);
  const below = Math.floor(rank);
  return sorted[below] + (rank - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

const PERCENTILES = [0, 1, 5, 15, 25, 50, 75, 80, 85, 95, 99, 100];
const normal = normalValues(50_000, 7);
const other = normalValues(50_000, 11);

/** Distributions that histograms get wrong: heavy tails, atoms, outliers, offsets, few values. */
const SHAPES: Record<string, Float64Array> = {
  normal,
  relu: normal.map((x) => Math.max(0, x)),
  'mostly zeros': normal.map((x) => Math.max(0, x - 0.9)),
  mixture: normal.map((x, i) => (i % 3 === 0 ? x * 0.01 - 4 : x + 5)),
  'lognormal σ=2': normal.map((x) => Math.exp(2 * x)),
  'mean 1e4, deviation 1e-2': normal.map((x) => 1e4 + 1e-2 * x),
  'outliers of ±1e30': normal.map((x, i) => (i % 9973 === 0 ? (i % 2 === 0 ? 1e30 : -1e30) : x)),
  'first value is an outlier': normal.map((x, i) => (i === 0 ? 1e6 : x)),
  tiny: normal.map((x) => x * 1e-30),
  'float32 subnormals': normal.map((x) => x * 1e-41),
  integers: normal.map((x) => Math.round(x * 3)),
  cauchy: normal.map((x, i) => x / other[i]),
};

describe('distributions', () => {
  for (const [name, values] of Object.entries(SHAPES)) {
    it(`percentiles of ${name} are right to 1 % of the p15–p85 half-width`, async () => {
      const record = await analyseArray(values, [500, 100], 'NC', {}, { chunk: 4096 });
      const { sketch } = defined(record, 'none');
      const sorted = values.slice().sort();
      const halfWidth = (exactPercentile(sorted, 85) - exactPercentile(sorted, 15)) / 2;
      const found = percentilesOf(sketch, PERCENTILES);
      PERCENTILES.forEach((percentile, i) => {
        const exact = exactPercentile(sorted, percentile);
        const far = Math.abs(exact - exactPercentile(sorted, 50)) > 30 * halfWidth;
        // Beyond the window of fine cells the distance itself is the scale.
        const allowed = far ? Math.abs(exact) * 0.01 : 0.01 * halfWidth;
        assert.ok(
          Math.abs(found[i] - exact) <= allowed,
          `p${percentile}: ${found[i]} instead of ${exact}, ± ${allowed}`,
        );
      });
    });
  }

  it('no value is lost: every cell count adds up, for every method, whatever the tails', async () => {
    for (const values of Object.values(SHAPES)) {
      const record = await analyseArray(values, [50, 10, 10, 10], 'NCHW', { layerScope: 'position' });
      for (const method of METHODS) {
        const { edges, cumulative } = cellsOf(defined(record, method).sketch);
        assert.equal(cumulative[0], 0);
        assert.equal(cumulative[cumulative.length - 1], 50_000);
        for (let i = 1; i < edges.length; i++) {
          assert.ok(edges[i] > edges[i - 1]);
          assert.ok(cumulative[i] >= cumulative[i - 1]);
        }
      }
    }
  });

  it('non-finite values are counted and located, and leave the statistics alone', async () => {
    const values = normal.slice(0, 2400);
    const clean = defined(await analyseArray(values.slice(), [10, 240], 'NC'), 'none');
    const dirty = Float64Array.from([
      ...values,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      ...new Array(236).fill(Number.NaN),
    ]);
    const record = await analyseArray(dirty, [11, 240], 'NC');
    assert.deepEqual(record.counts, { count: 2640, finite: 2400, nan: 238, posInf: 1, negInf: 1, zeros: 0 });
    assert.deepEqual(record.firstNonFinite, { kind: 'nan', index: [10, 0] });
    assert.ok(Math.abs(defined(record, 'none').variance - clean.variance) < 1e-12);
    for (const method of METHODS) {
      const each = record.methods[method];
      if (!('reason' in each))
        assert.ok(Number.isFinite(each.mean) && Number.isFinite(each.variance), method);
    }
  });

  it('the first non-finite value is first in the order of indices, also in Fortran order', async () => {
    const values = new Float64Array(6).fill(1);
    // Shape [2, 3] in Fortran order: memory place 1 is [1, 0], place 2 is [0, 1].
    values[1] = Number.NaN;
    values[2] = Number.NEGATIVE_INFINITY;
    const record = await analyseArray(values, [2, 3], 'NC', {}, { strides: [1, 2] });
    assert.deepEqual(record.firstNonFinite, { kind: 'negInf', index: [0, 1] });
  });

  it('a record without finite values, an empty record, and a constant record have no misleading distribution', async () => {
    const none = await analyseArray(new Float64Array(12).fill(Number.NaN), [3, 4], 'NC');
    assert.equal(defined(none, 'none').sketch.count, 0);
    assert.ok(Number.isNaN(defined(none, 'batch').mean));
    const empty = await analyseArray(new Float64Array(0), [0, 4], 'NC');
    assert.equal(empty.counts.count, 0);
    const constant = await analyseArray(new Float64Array(12).fill(7), [3, 4], 'NC');
    assert.equal(defined(constant, 'none').variance, 0);
    assert.deepEqual(percentilesOf(defined(constant, 'none').sketch, [0, 50, 100]), [7, 7, 7]);
    assert.equal(defined(constant, 'batch').mean, 0);
  });

  it('methods whose units are single elements are undefined, with the reason', async () => {
    const nc = await analyseArray(normal.slice(0, 12), [3, 4], 'NC', { groups: 4 });
    assert.match((nc.methods.instance as { reason: string }).reason, /One spatial element/);
    assert.match((nc.methods.group as { reason: string }).reason, /One channel per group \(G = 4\)/);
    const one = await analyseArray(normal.slice(0, 4), [1, 4], 'NC');
    assert.match((one.methods.batch as { reason: string }).reason, /One sample/);
    assert.equal(defined(one, 'none').halves, undefined);
  });
});
