import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { summarize } from '../../../src/kernel/figures/summary';
import type { RecordSummary } from '../../../src/model/analysis';
import { isDead, QUANTITIES, type QuantityId, quantityOf } from '../../../src/model/mapQuantities';
import { analyseArray } from '../kernel/arrays';
import { formulaValues, SHAPE } from '../kernel/formulaValues';
import { summaryOf } from './samples';

interface Expected {
  readonly mean: number;
  readonly std: number;
  readonly rms: number;
  readonly zeros: number;
  readonly percentiles: readonly number[];
  readonly greatest: number;
  readonly kurtosis: number;
  readonly tanh: number;
  readonly sigmoid: number;
  readonly loss: Readonly<Record<string, { readonly overflow: number; readonly flushed: number }>>;
}

/** By NumPy and PyTorch: test/fixtures/figures/make.py. */
const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync('test/fixtures/figures/expected.json', 'utf8'),
);
const MODULES: Readonly<Record<string, string>> = {
  tanh: 'torch.nn.Tanh',
  sigmoid: 'torch.nn.modules.activation.Sigmoid',
};

function figuresOf(id: QuantityId, summary: RecordSummary, module?: string): number[] {
  const layer = module === undefined ? {} : { module };
  return quantityOf(id).figures.map((figure) => figure(summary, layer));
}

function close(actual: readonly number[], expected: readonly number[], tolerance: number, what: string) {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, i) => {
    const limit = tolerance * Math.max(1e-3, Math.abs(value));
    assert.ok(Math.abs(actual[i] - value) <= limit, `${what}: ${actual[i]} is not ${value}`);
  });
}

async function summaryOfValues(values: Float32Array, shape: readonly number[]): Promise<RecordSummary> {
  return summarize(0, await analyseArray(values, shape, 'NLC'), [15, 50, 85]);
}

describe('model: quantities of the map, against NumPy and PyTorch', () => {
  for (const [kind, expected] of Object.entries(EXPECTED)) {
    it(`are right for values that are ${kind}`, async () => {
      const summary = await summaryOfValues(formulaValues(kind), SHAPE);
      const close1e6 = (id: QuantityId, value: number) =>
        close(figuresOf(id, summary), [value], 1e-6, `${kind}: ${id}`);
      close1e6('mean', expected.mean);
      close1e6('deviation', expected.std);
      close1e6('rms', expected.rms);
      close1e6('greatest', expected.greatest);
      close1e6('kurtosis', expected.kurtosis);
      close1e6('zeros', expected.zeros);
      close1e6('dead', 0);
      close1e6('nonFinite', 0);
      const spread = expected.percentiles[2] - expected.percentiles[0];
      figuresOf('values', summary).forEach((value, i) => {
        const [from, to] = [value, expected.percentiles[i]];
        assert.ok(Math.abs(from - to) <= 0.01 * spread, `${kind}: percentile ${i}: ${from} is not ${to}`);
      });
      for (const format of ['float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2'] as const) {
        const { overflow, flushed } = expected.loss[format];
        const [share] = figuresOf(format, summary);
        // As in figures.test.ts: the smallest values share a cell of the histogram with larger ones.
        assert.ok(Math.abs(share - overflow - flushed) <= 0.11, `${kind}: beyond ${format}: ${share}`);
      }
      const saturated = figuresOf('saturated', summary, MODULES[kind]);
      if (kind === 'tanh') close(saturated, [expected.tanh], 0.02, 'tanh');
      else if (kind === 'sigmoid') close(saturated, [expected.sigmoid], 0.02, 'sigmoid');
      else assert.deepEqual(saturated, [Number.NaN]);
      assert.equal(isDead(summary), false);
    });
  }
});

describe('model: quantities of the map', () => {
  /** 4 samples × 4 positions × 8 channels; `of` gives the value. */
  const made = (of: (channel: number, at: number) => number) =>
    summaryOfValues(
      Float32Array.from({ length: 128 }, (_, at) => of(at % 8, at)),
      [4, 4, 8],
    );

  it('count channels that are 0 or constant as dead', async () => {
    const summary = await made((channel, at) => [0, 0, 7][channel] ?? Math.sin(at));
    assert.deepEqual(figuresOf('dead', summary), [3 / 8]);
    assert.equal(isDead(summary), false);
  });

  it('call a record dead if all its channels are', async () => {
    assert.equal(isDead(await made((channel) => channel)), true);
    assert.equal(isDead(await made(() => 0)), true);
  });

  it('count the channels that the lists of a wide layer leave out', () => {
    const zero = Array.from({ length: 4096 }, (_, c) => c);
    const channelHealth = { channels: 16384, zero, constant: [1, 2], collapsed: 0, unlisted: 4094 };
    assert.deepEqual(figuresOf('dead', summaryOf(0, [], { channelHealth })), [0.5]);
  });

  it('do not judge channels of too few values', async () => {
    const summary = await summaryOfValues(
      Float32Array.from({ length: 28 }, (_, at) => at % 4),
      [1, 7, 4],
    );
    assert.deepEqual(figuresOf('dead', summary), [Number.NaN]);
  });

  it('give the share of NaN and infinite values among all', async () => {
    const summary = await made((_, at) => (at < 3 ? Number.NaN : at === 3 ? -1 / 0 : at));
    assert.deepEqual(figuresOf('nonFinite', summary), [4 / 128]);
  });

  it('are unknown where only histograms exist, not 0', () => {
    const unknown = { nan: Number.NaN, posInf: Number.NaN, negInf: Number.NaN, zeros: Number.NaN };
    const summary = summaryOf(0, [0], unknown);
    for (const id of ['nonFinite', 'zeros', 'dead', 'saturated', 'kurtosis', 'runningGap'] as const)
      assert.deepEqual(figuresOf(id, summary), [Number.NaN], id);
  });

  it('have one figure, or three ascending, and the shift none', () => {
    for (const id of QUANTITIES)
      assert.equal(quantityOf(id).figures.length, id === 'shift' ? 0 : id === 'values' ? 3 : 1, id);
    assert.deepEqual(figuresOf('values', summaryOf(0, [-2, 0, 5])), [-2, 0, 5]);
  });

  it('have names and definitions of their own', () => {
    for (const of of ['name', 'definition'] as const) {
      assert.equal(new Set(QUANTITIES.map((id) => quantityOf(id)[of]())).size, QUANTITIES.length);
    }
  });
});
