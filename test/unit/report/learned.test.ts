import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Method } from '../../../src/model/analysis';
import type { Report, ReportDistribution, ReportStep } from '../../../src/report/report';
import { reportOf } from './reports';

const FOLDER = 'test/fixtures/normalization';

function stepOf(report: Report, layer: string, phase: string): ReportStep {
  const found = report.layers
    .find(({ fullName }) => fullName === layer)
    ?.steps.find((step) => step.phase === phase);
  if (found === undefined) throw new Error(`There is no ${layer} in ${phase}.`);
  return found;
}

function distribution(step: ReportStep, method: Method): ReportDistribution {
  const of = step.methods[method];
  if ('undefined' in of) throw new Error(of.undefined);
  return of;
}

/** PyTorch's own output of the layer is the reference: the method on its input must give the same distribution. */
function assertSame(actual: ReportDistribution, output: ReportDistribution): void {
  const near = (a: number, b: number, tolerance: number) =>
    assert.ok(Math.abs(a - b) <= tolerance * Math.sqrt(output.variance), `${a} instead of ${b}`);
  near(actual.mean, output.mean, 1e-6);
  near(Math.sqrt(actual.variance), Math.sqrt(output.variance), 1e-6);
  near(actual.min, output.min, 1e-5);
  near(actual.max, output.max, 1e-5);
  for (const [p, value] of Object.entries(actual.percentiles)) near(value, output.percentiles[p], 0.01);
}

describe('report: learned parameters', () => {
  let conv: Report;
  let transformer: Report;
  before(async () => {
    conv = await reportOf(`${FOLDER}/right_conv_float32`, '--affine', '--running');
    transformer = await reportOf(`${FOLDER}/right_transformer_float32`, '--affine');
  });

  it('batch with γ, β and running statistics is the output of batch norm in eval mode', () => {
    for (const [input, output] of [
      ['stem.0', 'stem.1'],
      ['block.conv1', 'block.bn'],
    ]) {
      const step = stepOf(conv, input, 'eval');
      assert.deepEqual([step.affine, step.running], [true, true]);
      assertSame(distribution(step, 'batch'), distribution(stepOf(conv, output, 'eval'), 'none'));
    }
  });

  it('batch with γ and β is its output in train mode', async () => {
    const report = await reportOf(`${FOLDER}/right_conv_float32`, '--affine');
    const step = stepOf(report, 'block.conv1', 'train');
    assert.deepEqual([step.affine, step.running], [true, undefined]);
    assertSame(distribution(step, 'batch'), distribution(stepOf(report, 'block.bn', 'train'), 'none'));
  });

  it('group with γ, β, G and ε of the layer is its output', () => {
    for (const [input, output] of [
      ['block.conv2', 'block.gn'],
      ['norm.input', 'norm'],
    ])
      assertSame(
        distribution(stepOf(conv, input, 'train'), 'group'),
        distribution(stepOf(conv, output, 'train'), 'none'),
      );
  });

  it('layer with γ and β, a position at a time, is its output', () => {
    for (const [input, output] of [
      ['embed', 'blocks.0.ln1'],
      ['blocks.0.ln2.input', 'blocks.0.ln2'],
    ])
      assertSame(
        distribution(stepOf(transformer, input, 'train'), 'layer'),
        distribution(stepOf(transformer, output, 'train'), 'none'),
      );
  });

  it('are omitted unless requested, and if a layer has none', async () => {
    const plain = await reportOf(`${FOLDER}/right_conv_float32`);
    assert.equal(stepOf(plain, 'block.conv1', 'train').affine, undefined);
    assert.equal(stepOf(conv, 'block.relu', 'train').affine, undefined);
  });

  it('the gap between batch and running statistics is PyTorch’s, the unbiased variance included', () => {
    const expected: Record<
      string,
      Record<string, { mean: number; variance: number; greatest: number }>
    > = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'));
    for (const phase of ['train', 'eval']) {
      for (const layer of ['stem.0', 'block.conv1']) {
        const gap = stepOf(conv, layer, phase).runningGap;
        const want = expected[phase][layer];
        for (const [a, b] of [
          [gap?.mean, want.mean],
          [gap?.variance, want.variance],
          [gap?.greatestMean, want.greatest],
        ])
          assert.ok(Math.abs((a ?? Number.NaN) - (b ?? 0)) <= 1e-9 * (b ?? 1), `${a} instead of ${b}`);
      }
      assert.equal(stepOf(conv, 'block.conv2', phase).runningGap, undefined);
    }
  });
});
