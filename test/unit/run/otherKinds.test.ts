import assert from 'node:assert/strict';
import { catalogOfHeaders, header, tensor } from './trees';

/** Layers and reasons of a run whose files have these keys. */
function read(files: Readonly<Record<string, readonly string[]>>) {
  const headers = Object.entries(files).map(([path, names]) =>
    header(
      path,
      names.map((name) => tensor(name)),
    ),
  );
  const { layers, unrecognized, remarks = [] } = catalogOfHeaders(headers);
  const layersByName = layers.map(({ fullName }) => fullName);
  return { layers: layersByName, reasons: unrecognized.map(({ reason }) => reason), remarks };
}

describe('run: gradients, parameters and optimizer state beside activations', () => {
  const APART: readonly [keys: readonly string[], layers: readonly string[], reason: RegExp][] = [
    [['activations.conv1', 'gradients.conv1'], ['conv1'], /1 gradient,/],
    [['activations/conv1', 'grads/conv1', 'grads/fc'], ['activations/conv1'], /2 gradients,/],
    [['conv1', 'conv1.grad'], ['conv1'], /1 gradient,/],
    [['conv1', 'grad_conv1'], ['conv1'], /1 gradient,/],
    [['conv1', 'conv1.weight', 'conv1.bias'], ['conv1'], /2 parameters,/],
    [['fc', 'bn.running_mean', 'bn.running_var'], ['fc'], /2 parameters,/],
    [['fc', 'model_state_dict.fc.weight'], ['fc'], /1 parameter,/],
    [['fc', 'params/fc/kernel'], ['fc'], /1 parameter,/],
    [
      ['fc', 'optimizer.state.0.exp_avg', 'optimizer.state.0.exp_avg_sq'],
      ['fc'],
      /2 tensors of an optimizer,/,
    ],
  ];
  for (const [keys, layers, reason] of APART)
    it(keys.join(', '), () => {
      const found = read({ 'step_1.pt': keys });
      assert.deepEqual(found.layers, layers);
      assert.equal(found.reasons.length, 1);
      assert.match(found.reasons[0], reason);
    });

  const TOGETHER: readonly (readonly string[])[] = [
    ['attn.weight'],
    ['attn.weight', 'fc'],
    ['weights.0', 'fc'],
    ['upgrade', 'gradual', 'fc'],
    ['grad', 'fc'],
    ['head.grad', 'fc'],
  ];
  for (const keys of TOGETHER)
    it(`not: ${keys.join(', ')}`, () => {
      const found = read({ 'step_1.pt': keys });
      assert.deepEqual([...found.layers].sort(), [...keys].sort());
      assert.deepEqual(found.reasons, []);
    });

  it('parameters in files of their own are skipped only beside activations', () => {
    const weights = ['conv1.weight', 'conv1.bias'];
    const alone = read({ 'step_1.pt': weights, 'step_2.pt': weights });
    assert.deepEqual([alone.layers, alone.reasons], [weights, []]);
    assert.match(alone.remarks.join(), /parameters of a network/);
    const beside = read({ 'model.ckpt': weights, 'step_1.pt': ['conv1'], 'step_2.pt': ['conv1'] });
    assert.deepEqual([beside.layers, beside.remarks], [['conv1'], []]);
    assert.match(beside.reasons.join(), /2 parameters,/);
  });
});
