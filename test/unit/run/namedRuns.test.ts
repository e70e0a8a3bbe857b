import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../report/reports';

interface Figures {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly variance: number;
}

/** By run, then by `layer @ step (rank)`, from float64 NumPy. */
const { runs }: { runs: Readonly<Record<string, Readonly<Record<string, Figures>>>> } = JSON.parse(
  readFileSync('test/fixtures/naming/expected.json', 'utf8'),
);

/** What the person answers where the right reading is only offered. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  layer_wise: ['--reading', 'axes:tqa_mc#_layer_wise=.l.'],
};
const LAYOUTS: Readonly<Record<string, string>> = {
  hdf5_labels: 'NLC',
  netcdf: 'NLC',
  zarr_v2: 'NLC',
  zarr_v3: 'NLC',
  megatron: 'LNC',
  spelled: 'NC',
  layer_wise: 'NC',
};

const runReport = (name: string, ...options: readonly string[]) =>
  reportOf(resolve('test/fixtures/naming', name), ...options);

describe('run: names and axes that say what they hold', () => {
  for (const [name, expected] of Object.entries(runs)) {
    it(`${name}: every record has the figures of float64 NumPy`, async () => {
      const report = await runReport(name, ...(ANSWERS[name] ?? []));
      assert.deepEqual(report.problems, []);
      const found = report.layers.flatMap(({ fullName, steps }) =>
        steps.map(({ step, rank, shape, methods: { none } }) => {
          assert.ok('mean' in none);
          const key = `${fullName} @ ${step}${rank === undefined ? '' : ` (rank ${rank})`}`;
          return [key, { shape, mean: none.mean, variance: none.variance }] as const;
        }),
      );
      assert.deepEqual(found.map(([key]) => key).sort(), Object.keys(expected).sort());
      for (const [key, { shape, mean, variance }] of found) {
        assert.deepEqual(shape, expected[key].shape, key);
        assert.ok(Math.abs(mean - expected[key].mean) <= 1e-9 * Math.sqrt(expected[key].variance), key);
        assert.ok(Math.abs(variance - expected[key].variance) <= 1e-9 * expected[key].variance, key);
      }
      const layout = LAYOUTS[name] ?? 'NC';
      assert.deepEqual([...new Set(report.layers.map((layer) => layer.layout))], [layout]);
    });
  }

  it('the file’s names of axes are no guess, and others are', async () => {
    const guessed = async (name: string) =>
      (await runReport(name)).layers.map(({ layoutGuessed }) => layoutGuessed);
    assert.deepEqual(await guessed('zarr_v3'), [false]);
    assert.deepEqual(await guessed('megatron'), [true, true]);
  });

  it('the report states guesses, and its options choose otherwise', async () => {
    const { run, layers } = await runReport('statements');
    const [assumption] = run.assumptions ?? [];
    assert.deepEqual(assumption, {
      text: 'Numbers in names such as layer_0_0 are read as steps.',
      options: ['--reading numbers=layer'],
    });
    assert.equal(layers.length, 3);
    const other = await runReport('statements', ...assumption.options[0].split(' '));
    assert.equal(other.layers.length, 9);
    assert.deepEqual(other.run.assumptions, undefined);
  });

  it('the report offers each axis that may hold layers, and the layouts that are as likely', async () => {
    const { run } = await runReport('layer_wise');
    assert.deepEqual(
      run.assumptions?.map(({ options }) => options),
      [
        ["--reading 'axes:tqa_mc#_layer_wise=l..'", "--reading 'axes:tqa_mc#_layer_wise=.l.'"],
        ['--layout tqa_mc2_layer_wise=NCL', '--layout tqa_mc2_layer_wise=LNC'],
      ],
    );
  });

  it('says that ranks of tensor parallelism are not joined', async () => {
    const { run, layers } = await runReport('megatron');
    assert.match(run.remarks?.[0] ?? '', /^The 2 ranks are those of tensor parallelism/);
    assert.ok(layers.every(({ steps }) => steps.every(({ ranks }) => ranks === undefined)));
  });
});
