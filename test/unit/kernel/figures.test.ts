import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rankParameters } from '../../../src/kernel/figures/rankParameters';
import { summarize } from '../../../src/kernel/figures/summary';
import type { FormatLoss } from '../../../src/model/analysis';
import { NARROW_FORMATS, type NarrowFormat } from '../../../src/model/numberFormats';
import { analyseArray } from './arrays';
import { formulaValues, SHAPE, valuesOf } from './formulaValues';

interface Expected {
  readonly median: number;
  readonly greatest: number;
  readonly channel: number;
  readonly place: readonly [number, number];
  readonly deviation: number;
  readonly kurtosis: number;
  readonly tanh: number;
  readonly sigmoid: number;
  readonly 'error of mean': number;
  readonly 'error of deviation': number;
  readonly loss: Readonly<Record<NarrowFormat, FormatLoss>>;
}

/** By NumPy and PyTorch: test/fixtures/figures/make.py. */
const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync('test/fixtures/figures/expected.json', 'utf8'),
);
function close(actual: number | undefined, expected: number, tolerance: number, what: string) {
  const limit = tolerance * Math.max(1e-3, Math.abs(expected));
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= limit, `${what}: ${actual} is not ${expected}`);
}

describe('figures of a record, against NumPy and PyTorch', () => {
  for (const [kind, expected] of Object.entries(EXPECTED)) {
    it(`are right for values that are ${kind}`, async () => {
      const sketch = await analyseArray(formulaValues(kind), SHAPE, 'NLC');
      const { magnitude, saturation, batchError, formatLoss = {} } = summarize(0, sketch, [50]);
      assert.deepEqual([magnitude?.channels, magnitude?.channel], [32, expected.channel]);
      assert.deepEqual([magnitude?.place?.sample, magnitude?.place?.position], expected.place);
      close(magnitude?.greatest, expected.greatest, 1e-6, 'greatest');
      close(magnitude?.deviation, expected.deviation, 1e-6, 'deviation');
      close(magnitude?.kurtosis, expected.kurtosis, 1e-6, 'kurtosis');
      close(batchError?.mean, expected['error of mean'], 1e-6, 'error of the mean');
      close(batchError?.deviation, expected['error of deviation'], 1e-6, 'error of the deviation');
      // What is read from a histogram: a cell is a hundredth of the spread or less.
      close(magnitude?.median, expected.median, 0.02, 'median');
      if (saturation === undefined) assert.ok(expected.greatest > 1);
      else {
        assert.ok(Math.abs(saturation.tanh - expected.tanh) <= 0.01, `tanh: ${saturation.tanh}`);
        assert.ok(Math.abs(saturation.sigmoid - expected.sigmoid) <= 0.01, `sigmoid: ${saturation.sigmoid}`);
      }
      for (const format of NARROW_FORMATS) {
        const { overflow, flushed } = formatLoss[format] ?? { overflow: 0, flushed: 0 };
        const lost = expected.loss[format];
        assert.ok(Math.abs(overflow - lost.overflow) <= 0.01, `${format}: ${overflow} overflow`);
        // The smallest values share a cell with larger ones, within which they are taken to lie evenly.
        assert.ok(Math.abs(flushed - lost.flushed) <= 0.1, `${format}: ${flushed} flushed`);
        assert.equal(overflow > 0, lost.overflow > 0);
      }
    });
  }

  it('count massive channels, as long as massive values are few', async () => {
    const channelsOf = async (...massive: number[]) => {
      const values = valuesOf((x, channel) => x * (massive.includes(channel) ? 4000 : 1));
      return summarize(0, await analyseArray(values, SHAPE, 'NLC'), [50]).magnitude?.massive;
    };
    assert.equal(await channelsOf(), undefined);
    assert.deepEqual(await channelsOf(7), { channels: [7], count: 1 });
    assert.deepEqual(await channelsOf(3, 30), { channels: [3, 30], count: 2 });
    // A mask, such as that of attention, is no activation.
    assert.equal(await channelsOf(...Array.from({ length: 16 }, (_, c) => c)), undefined);
  });

  it('count units that hold one value, not those that are single elements', async () => {
    // The last of 20 positions is padded.
    const values = valuesOf((x) => x).map((x, i) => (Math.floor(i / 32) % 20 === 19 ? 3 : x));
    const { methods } = summarize(0, await analyseArray(values, SHAPE, 'NLC'), [50]);
    const unitsOf = ({ layer, rms, batch }: typeof methods) =>
      [layer, rms, batch].map((each) => ('reason' in each ? each.reason : each.constantUnits));
    assert.deepEqual(unitsOf(methods), [6, undefined, undefined]);
    const single = summarize(0, await analyseArray(values.subarray(0, 64), [64, 1], 'NC'), [50]);
    assert.deepEqual(unitsOf(single.methods)[1], undefined);
  });

  it('of samples with one value per channel have the errors of independent values', async () => {
    const { batchError } = summarize(
      0,
      await analyseArray(
        valuesOf((x) => x),
        [120, 32],
        'NC',
      ),
      [50],
    );
    assert.deepEqual(batchError, { samples: 120, mean: 1 / Math.sqrt(119), deviation: 1 / Math.sqrt(238) });
  });
});

describe('parameters of ranks', () => {
  const weight = Float32Array.of(1, -2, 0.1);
  const next = (value: number) => {
    const bits = new Uint32Array(Float32Array.of(value).buffer);
    bits[0]++;
    return new Float32Array(bits.buffer)[0];
  };

  it('that are equal bit for bit are no finding', () => {
    const nan = Float32Array.of(Number.NaN, 0);
    assert.equal(
      rankParameters([
        [0, { weight, bias: nan }],
        [1, { weight: weight.slice(), bias: nan.slice() }],
      ]),
      undefined,
    );
  });

  it('that differ are reported in groups, with the greatest distance in ulps', () => {
    const other = Float32Array.of(1, -2, next(next(next(0.1))));
    assert.deepEqual(
      rankParameters([
        [0, { weight, bias: weight }],
        [1, { weight: other, bias: weight }],
        [2, { weight, bias: weight }],
        [3, { weight: other, bias: weight }],
        [4, { weight, bias: weight }],
      ]),
      {
        roles: ['weight'],
        groups: [
          [0, 2, 4],
          [1, 3],
        ],
        ulps: 3,
      },
    );
  });

  it('of different signs lie as many numbers apart as there are between them', () => {
    const least = 2 ** -149;
    assert.equal(
      rankParameters([
        [0, { bias: Float32Array.of(-least) }],
        [1, { bias: Float32Array.of(2 * least) }],
      ])?.ulps,
      3,
    );
  });

  it('of other shapes are parts of one layer, which cannot be compared', () => {
    assert.equal(
      rankParameters([
        [0, { weight }],
        [1, { weight: weight.subarray(1) }],
      ]),
      undefined,
    );
  });
});
