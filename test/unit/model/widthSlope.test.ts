import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { studentT } from '../../../src/model/studentT';
import { type SizeAtWidth, widthSlope } from '../../../src/model/widthSlope';
import { slopeText, widthWords } from '../../../src/model/widthWords';

interface Expected {
  readonly scipy: string;
  readonly slopes: readonly {
    readonly points: readonly (readonly [width: number, size: number])[];
    readonly slope: number;
    readonly margin: number;
    readonly from: string;
  }[];
  readonly quantiles: readonly {
    readonly confidence: number;
    readonly freedom: number;
    readonly t: number;
  }[];
}
const expected: Expected = JSON.parse(readFileSync('test/fixtures/slopes/expected.json', 'utf8'));
const isClose = (found: number, wanted: number, bound: number) =>
  assert.ok(Math.abs(found - wanted) <= bound * Math.abs(wanted), `${found} for ${wanted}`);
const pointsOf = (pairs: readonly (readonly [number, number])[]): readonly SizeAtWidth[] =>
  pairs.map(([width, size]) => ({ width, size }));

describe(`model: slopes over width, as SciPy ${expected.scipy} has them`, () => {
  it('quantiles of Student’s t', () => {
    for (const { confidence, freedom, t } of expected.quantiles)
      isClose(studentT(confidence, freedom), t, 1e-9);
  });

  for (const { points, slope, margin, from } of expected.slopes)
    it(`${points.length} runs, the interval from ${from}`, () => {
      const found = widthSlope(pointsOf(points));
      assert.ok(found?.margin !== undefined);
      isClose(found.slope, slope, 1e-10);
      isClose(found.margin, margin, 1e-9);
      assert.equal(found.from, from);
    });
});

describe('model: slopes over width', () => {
  it('need two widths with a size above 0', () => {
    assert.equal(widthSlope([]), undefined);
    assert.equal(
      widthSlope(
        pointsOf([
          [8, 1],
          [8, 2],
        ]),
      ),
      undefined,
    );
    assert.equal(
      widthSlope(
        pointsOf([
          [8, 0],
          [16, 2],
          [32, Number.NaN],
          [64, Number.POSITIVE_INFINITY],
        ]),
      ),
      undefined,
    );
  });

  it('say that two runs alone leave the precision open', () => {
    const found = widthSlope(
      pointsOf([
        [8, 1],
        [16, 2],
      ]),
    );
    assert.ok(found !== undefined);
    isClose(found.slope, 1, 1e-12);
    assert.deepEqual({ ...found, slope: 0 }, { slope: 0, runs: 2, widths: 2, trend: 'unclear' });
    assert.equal(widthWords(found), 'unclear: slope 1.00 from two runs; add seeds or widths');
  });

  it('are that of a power law, in whatever units', () => {
    const slope = fc.double({ min: -3, max: 3, noNaN: true });
    const scale = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const widths = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 3, maxLength: 8 });
    fc.assert(
      fc.property(widths, slope, scale, scale, (all, exponent, a, b) => {
        const found = widthSlope(all.map((width) => ({ width: b * width, size: a * width ** exponent })));
        assert.ok(found !== undefined && Math.abs(found.slope - exponent) < 1e-6);
        assert.ok(found.margin !== undefined && found.margin < 1e-4);
      }),
    );
  });

  it('are named by what their interval excludes', () => {
    const words = (noise: number, exponent: number) => {
      const runs = [64, 128, 256].flatMap((width) =>
        [1, -1].map((sign) => ({ width, size: width ** exponent * Math.exp(sign * noise) })),
      );
      const found = widthSlope(runs);
      assert.ok(found !== undefined);
      return [found.trend, widthWords(found)];
    };
    assert.deepEqual(words(0.01, 0.5), ['grows', 'grows with width: slope 0.50 ± 0.03']);
    assert.deepEqual(words(0.01, -0.5), ['shrinks', 'shrinks with width: slope −0.50 ± 0.03']);
    assert.deepEqual(words(0.01, 0), ['flat', 'flat: slope 0.00 ± 0.03']);
    assert.equal(words(0.5, 0.5)[0], 'unclear');
    assert.equal(slopeText({ slope: -0.001, runs: 3, widths: 3, trend: 'flat' }), '0.00');
    assert.equal(widthWords(undefined), 'unknown: fewer than two widths with values other than 0');
  });
});
