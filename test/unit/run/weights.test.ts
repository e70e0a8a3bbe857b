import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { weightsRemark } from '../../../src/run/weights';
import { reportOf } from '../report/reports';
import { header, tensor } from './trees';

const remark = (...files: readonly (readonly string[])[]) =>
  weightsRemark(
    files.map((names, i) =>
      header(
        `step_${i}.pt`,
        names.map((name) => tensor(name)),
      ),
    ),
  );

describe('run: parameters instead of activations', () => {
  const WEIGHTS: readonly (readonly string[])[] = [
    ['conv1.weight', 'conv1.bias', 'bn1.weight', 'bn1.running_mean', 'bn1.num_batches_tracked'],
    ['h.0.attn.in_proj_weight', 'h.0.attn.in_proj_bias', 'h.0.ln_1.weight', 'h.0.ln_1.bias', 'cls_token'],
    ['dense/kernel:0', 'dense/bias:0', 'bn/gamma:0', 'bn/beta:0', 'bn/moving_mean:0'],
    ['dense/kernel_0', 'dense/bias_0'],
    ['fc.weight/grad', 'fc.bias/grad'],
    ['weight'],
  ];
  for (const names of WEIGHTS) {
    it(names.join(', '), () => assert.match(remark(names) ?? '', /^The files contain parameters/u));
  }

  const ACTIVATIONS: readonly (readonly string[])[] = [
    ['conv1', 'fc'],
    ['blocks.4.ln1.hook_scale', 'blocks.4.hook_resid_post'],
    ['weighted', 'biased'],
    ['conv1.weight', 'conv1', 'fc'],
    [],
  ];
  for (const names of ACTIVATIONS) {
    it(`not: ${names.join(', ')}`, () => assert.equal(remark(names), undefined));
  }

  it('some files of several', () => {
    assert.match(remark(['conv1'], ['conv1.weight']) ?? '', /^step_1\.pt contains parameters/u);
    const three = remark(['a.bias'], ['conv1'], ['conv1.weight']) ?? '';
    assert.match(three, /^2 of 3 files \(step_0\.pt, …\) contain parameters/u);
  });

  it('a PyTorch state dict is charted, and the report says that it contains parameters', async () => {
    const report = await reportOf(resolve('test/fixtures/formats/samples/torch/state_dict.pth'));
    assert.match(
      report.run.remarks?.[0] ?? '',
      /^The files contain parameters of a network, not activations/u,
    );
    assert.ok(report.layers.length > 0 && report.layers.every(({ steps }) => steps.length === 1));
  });
});
