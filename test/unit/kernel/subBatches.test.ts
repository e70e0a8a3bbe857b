import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { sampleWorths, subBatchFigures } from '../../../src/kernel/figures/subBatches';
import { groupPartition } from '../../../src/kernel/methods/partition';
import { momentsPass } from '../../../src/kernel/record/momentsPass';
import { randomSubsets } from '../../../src/kernel/statistics/randomSubsets';
import { layoutAxes } from '../../../src/kernel/tensor/layoutAxes';
import { smallestQuietSize } from '../../../src/model/batchSizes';
import { cStrides } from './arrays';

interface Expected {
  readonly mean: number;
  readonly deviation: number;
  readonly bias: number;
  readonly output: number;
  readonly worths: readonly number[];
}

/** By PyTorch's batch_norm on the same samples: test/fixtures/figures/make.py, whose formulas these are. */
const {
  subsets,
  epsilon,
  kinds,
}: {
  subsets: number[][];
  epsilon: number;
  kinds: Record<string, Expected>;
} = JSON.parse(readFileSync('test/fixtures/figures/subBatches.json', 'utf8'));

const SHAPE = [6, 20, 32];
const FORMULAS: Readonly<Record<string, (x: number, channel: number, sample: number) => number>> = {
  plain: (x) => x,
  rectified: (x) => Math.max(x, 0),
  'offset samples': (x, _, sample) => x + 0.5 * sample,
  wide: (x, channel) => x * 10 ** ((channel - 16) / 8),
};

/** Moments of each sample and channel of an NLC tensor. */
function momentsOf(values: Float32Array, shape: readonly number[]) {
  const axes = layoutAxes(shape, cStrides(shape), 'NLC', 'memory:', '');
  const pass = momentsPass(axes, new Map([['sampleChannel', groupPartition(axes, axes.channels)]]));
  pass.add(values, 0);
  return { axes, moments: pass.finish().moments.get('sampleChannel')! };
}

function valuesOf(kind: string): Float32Array {
  return Float32Array.from({ length: 6 * 20 * 32 }, (_, i) =>
    FORMULAS[kind](Math.sin(i * i * 0.7 + i), i % 32, Math.floor(i / (20 * 32))),
  );
}

function close(actual: number, expected: number, what: string) {
  const limit = 1e-6 * Math.max(1e-3, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= limit, `${what}: ${actual} is not ${expected}`);
}

describe('batch normalization in smaller batches', () => {
  for (const [kind, expected] of Object.entries(kinds)) {
    it(`equals PyTorch's batch_norm of the same samples, for values that are ${kind}`, () => {
      const { axes, moments } = momentsOf(valuesOf(kind), SHAPE);
      const drawn = subsets.map((subset) => Int32Array.from(subset));
      const figures = subBatchFigures(moments, axes, epsilon, drawn);
      for (const name of ['mean', 'deviation', 'bias', 'output'] as const)
        close(figures[name], expected[name], name);
      const worths = sampleWorths(moments, axes);
      expected.worths.forEach((worth, c) => {
        close(worths[c], worth, `worth of a sample in channel ${c}`);
      });
    });
  }

  it('changes nothing if the batch is all samples', () => {
    const { axes, moments } = momentsOf(valuesOf('plain'), SHAPE);
    const all = Int32Array.from({ length: 6 }, (_, n) => n);
    const { mean, deviation, bias, output } = subBatchFigures(moments, axes, epsilon, [all]);
    assert.deepEqual([mean, deviation, bias, output], [0, 0, 0, 0]);
  });

  it('skips constant channels, and samples without a finite value', () => {
    const values = valuesOf('plain').map((x, i) => (i % 32 < 8 ? 3 : x));
    values.fill(Number.NaN, 0, 20 * 32);
    const { axes, moments } = momentsOf(values, SHAPE);
    assert.equal(sampleWorths(moments, axes).length, 24);
    const figures = subBatchFigures(moments, axes, epsilon, [Int32Array.of(0, 1), Int32Array.of(2, 3)]);
    for (const figure of Object.values(figures)) assert.ok(Number.isFinite(figure));
  });

  it('draws the same samples each time, all different, and each about equally often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 60 }), (samples, wanted) => {
        const size = Math.min(samples, wanted);
        const drawn = randomSubsets(samples, size, 20);
        assert.deepEqual(drawn, randomSubsets(samples, size, 20));
        for (const subset of drawn) {
          assert.equal(new Set(subset).size, size);
          for (const n of subset) assert.ok(n >= 0 && n < samples);
        }
      }),
    );
    const counts = new Float64Array(10);
    for (const subset of randomSubsets(10, 3, 10_000)) for (const n of subset) counts[n]++;
    // 3,000 each, with a deviation of 46.
    for (const count of counts) assert.ok(Math.abs(count - 3000) < 230, String(count));
  });

  it('is quiet from the smallest batch on whose noise is below a shift', () => {
    const sizes = [0.8, 0.5, 0.3].map((output, i) => ({
      size: 2 ** (i + 1),
      output,
      mean: 0,
      deviation: 0,
      bias: 0,
    }));
    const found = { record: 0, samples: 16, of: 16, channels: 1, worth: 1, positions: 1, sizes };
    assert.equal(smallestQuietSize(found, 0.6), 4);
    assert.equal(smallestQuietSize(found, 0.1), undefined);
  });
});
