import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openSafetensors } from '../../../src/formats/safetensors';
import { bufferSource } from '../../../src/io/bufferSource';
import type { ReportDistribution, ReportStep } from '../../../src/report/report';
import { assertProblem } from '../../contract/problems';
import { reportOf } from './reports';

type Figures = Readonly<
  Record<string, Readonly<Record<string, { readonly mean: number; readonly variance: number }>>>
>;

const FOLDER = resolve('test/fixtures/recorder');
const EXPECTED: Readonly<Record<string, Figures>> = JSON.parse(
  readFileSync(`${FOLDER}/expected.json`, 'utf8'),
);

describe('runs of the recorder', () => {
  for (const [name, tolerance] of [
    ['conv', 1e-6],
    ['transformer', 1e-6],
    ['conv_probe', 1e-2],
  ] as const) {
    it(`${name}: the report has what the training process computed in float64`, async () => {
      const { layers, problems } = await reportOf(`${FOLDER}/${name}`);
      assert.deepEqual(problems, []);
      let compared = 0;
      for (const { fullName, layoutGuessed, steps } of layers) {
        assert.equal(layoutGuessed, false, fullName);
        for (const step of steps) {
          const key = step.call === undefined || step.call === 0 ? fullName : `${fullName}#${step.call}`;
          const truth = EXPECTED[name][step.step][key];
          // The input of a layer is not another layer's output here, so there is nothing to compare it with.
          if (truth === undefined) assert.match(fullName, /\.input$/u);
          else {
            const std = Math.sqrt(truth.variance);
            const { mean, variance } = distribution(step, 'none');
            assert.ok(Math.abs(mean - truth.mean) <= tolerance * std, `${key} at ${step.step}: mean`);
            assert.ok(
              Math.abs(variance - truth.variance) <= tolerance * truth.variance,
              `${key} at ${step.step}: variance`,
            );
            compared++;
          }
        }
      }
      assert.ok(compared >= 27, String(compared));
    });
  }

  it('recorded histograms equal those of the values', async () => {
    const [raw, summarized] = await Promise.all([
      reportOf(`${FOLDER}/conv`),
      reportOf(`${FOLDER}/summarized`),
    ]);
    assert.deepEqual(summarized.problems, []);
    assert.deepEqual(
      summarized.layers.map(({ fullName }) => fullName),
      ['block.conv1', 'block.bn'],
    );
    for (const layer of summarized.layers) {
      assert.match(layer.summarized ?? '', /summarize=True/u);
      const own = raw.layers.find(({ fullName }) => fullName === layer.fullName);
      for (const [index, step] of layer.steps.entries()) {
        const truth = own!.steps[index];
        assert.deepEqual([step.step, step.shape, step.count], [truth.step, truth.shape, truth.count]);
        for (const method of ['none', 'batch', 'layer', 'instance', 'group', 'rms'] as const)
          assertSame(distribution(step, method), distribution(truth, method), `${layer.fullName} ${method}`);
      }
    }
  });

  it('a step with any byte changed is read, or is a problem that names the file', async () => {
    const path = 'memory:///step_000002.safetensors';
    const whole = readFileSync(`${FOLDER}/summarized/step_000002.safetensors`);
    let refused = 0;
    for (let at = 8; at < whole.length; at += 41) {
      const bytes = Uint8Array.from(whole);
      bytes[at] ^= 1 << (at % 8);
      try {
        const file = await openSafetensors(bufferSource(path, bytes));
        for (const { name } of file.summaries ?? []) await file.readSummary!(name);
      } catch (error) {
        assertProblem(error, path);
        refused++;
      }
    }
    assert.ok(refused > 20, String(refused));
  });
});

function distribution({ methods }: ReportStep, method: keyof ReportStep['methods']): ReportDistribution {
  const found = methods[method];
  assert.ok(!('undefined' in found));
  return found;
}

/** Moments to 1e-5 of the deviation, percentiles to 1 % of the half-width. */
function assertSame(found: ReportDistribution, truth: ReportDistribution, name: string): void {
  const std = Math.sqrt(truth.variance);
  for (const key of ['mean', 'min', 'max'] as const)
    assert.ok(
      Math.abs(found[key] - truth[key]) <= 1e-5 * Math.max(std, Math.abs(truth[key])),
      `${name}: ${key}`,
    );
  assert.ok(Math.abs(found.variance - truth.variance) <= 1e-5 * truth.variance, `${name}: variance`);
  const halfWidth = (truth.percentiles['85'] - truth.percentiles['15']) / 2;
  for (const [p, value] of Object.entries(truth.percentiles))
    assert.ok(Math.abs(found.percentiles[p] - value) <= 0.01 * halfWidth, `${name}: p${p}`);
}
