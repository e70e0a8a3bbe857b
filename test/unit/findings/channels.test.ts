import assert from 'node:assert/strict';
import { channelFindings } from '../../../src/findings/channels';
import { detected } from '../../../src/findings/detector';
import type { ChannelHealth } from '../../../src/model/analysis';
import { type MadeLayer, runOf } from './layerRuns';

const RELU = { name: 'relu', module: 'torch.nn.ReLU', shape: [64, 8] };

function health(zero: readonly number[], changed: Partial<ChannelHealth> = {}): MadeLayer['at'][number] {
  return { channelHealth: { channels: 8, zero, constant: [], collapsed: 0, ...changed } };
}

/** A layer whose channels are 0 at each step. */
function layer(name: string, module: string, ...zeroAt: readonly (readonly number[])[]): MadeLayer {
  return { name, module, shape: [64, 8], at: zeroAt.map((zero) => health(zero)) };
}

const reported = (...layers: MadeLayer[]) =>
  detected(channelFindings, runOf(layers)).map(
    ({ severity, title, step }) => `${severity}: ${title} @ ${step}`,
  );

describe('findings: dead channels', () => {
  it('are reported if dead at the last two steps, since the step at which most of them died', () => {
    const [finding, ...others] = detected(
      channelFindings,
      runOf([layer('relu', 'torch.nn.ReLU', [3], [], [1, 2], [2, 5, 1], [5, 2, 1])]),
    );
    assert.equal(others.length, 0);
    assert.deepEqual(
      [finding.title, finding.step],
      ['3 of 8 channels of relu have been dead since step 20', 20],
    );
    assert.match(
      finding.evidence,
      /^Zero in every sample up to the last step, .*: channel 1, 2, 5 of relu\.$/,
    );
  });

  it('are not reported if no channel is dead at both of the last two steps', () => {
    assert.deepEqual(reported(layer('relu', 'torch.nn.ReLU', [1], [1], [2])), []);
  });

  it('are reported from a single step if the run has only one', () => {
    assert.deepEqual(reported({ ...RELU, at: [health([1], { constant: [4] })] }), [
      'note: 2 of 8 channels of relu have been dead since step 0 @ 0',
    ]);
  });

  it('are not reported from too few values, which chance explains', () => {
    assert.deepEqual(reported({ ...RELU, at: [{ ...health([1]), count: 8 * 29 }] }), []);
    assert.equal(reported({ ...RELU, at: [{ ...health([1]), count: 8 * 30 }] }).length, 1);
  });

  it('are a warning if most of a layer is dead, and an error if all of it is', () => {
    const most = [0, 1, 2, 3, 4, 5, 6];
    const all = [...most, 7];
    assert.deepEqual(reported(layer('relu', 'torch.nn.ReLU', [], most, most)), [
      'warning: 7 of 8 channels of relu have been dead since step 10 @ 10',
    ]);
    // With only a few channels, chance explains this.
    assert.match(reported(layer('relu', 'torch.nn.ReLU', [], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]))[0], /^note/);
    assert.deepEqual(reported(layer('relu', 'torch.nn.ReLU', [], most, all, all)), [
      'error: relu has output only zeros since step 20 @ 20',
    ]);
  });

  it('are an error if every channel of a layer is constant', () => {
    const constant = health([0, 1], { constant: [2, 3, 4, 5, 6, 7] });
    assert.deepEqual(reported({ ...RELU, at: [constant, constant] }), [
      'error: relu has had the same output for every input since step 0 @ 0',
    ]);
  });

  it('are one finding that names γ = 0 as the cause and lists later layers', () => {
    const dead = health([2, 3], { zeroScale: [2, 3] });
    const norm: MadeLayer = { name: 'bn', module: 'torch.nn.BatchNorm1d', shape: [64, 8], at: [dead, dead] };
    const [finding, ...others] = detected(
      channelFindings,
      runOf([norm, layer('relu', 'torch.nn.ReLU', [2, 3], [2, 3])]),
    );
    assert.equal(others.length, 0);
    assert.equal(finding.title, '2 of 8 channels of bn have been dead since step 0: γ is 0');
    assert.deepEqual([finding.layer, finding.layers], [0, [0, 1]]);
    assert.match(finding.evidence, /Later layers pass them on: relu\.$/);
    assert.doesNotMatch(finding.advice, /rectifier|leaky/);
  });

  it('are one finding for several layers, at the first step and layer', () => {
    const [finding, ...others] = detected(
      channelFindings,
      runOf([
        layer('a', 'torch.nn.GELU', [], [], [1], [1]),
        layer('b', 'torch.nn.GELU', [], [2, 3], [2, 3], [2, 3]),
      ]),
    );
    assert.equal(others.length, 0);
    assert.deepEqual(
      [finding.title, finding.layer, finding.step, finding.layers],
      ['3 of 16 channels in 2 layers are dead, starting in b at step 10', 1, 10, [0, 1]],
    );
  });

  it('are not reported for zero-initialized branches, network inputs, or inputs of norms', () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    assert.deepEqual(reported(layer('branch', 'torch.nn.Linear', all)), []);
    assert.deepEqual(reported(layer('flatten', 'torch.nn.Flatten', [0], [0])), []);
    const norm: MadeLayer = { ...layer('bn', 'torch.nn.BatchNorm1d', [], []), input: 1 };
    const read: MadeLayer = { ...layer('bn.input', '', [0], [0]), fullName: 'bn.input', normalizedBy: 0 };
    assert.deepEqual(reported(norm, read), []);
  });

  it('are not reported for a norm of the network input whose features are constant, as pixels at the edge are', () => {
    const edge = [0, 1, 2, 3, 4, 5];
    const flatten = layer('flatten', 'torch.nn.Flatten', edge, edge);
    const read: MadeLayer = {
      ...layer('bn.input', '', edge, edge),
      ...{ fullName: 'bn.input', normalizedBy: 1 },
    };
    const norm: MadeLayer = { ...layer('bn', 'torch.nn.BatchNorm1d', edge, edge), input: 0 };
    assert.deepEqual(reported(flatten, norm), []);
    assert.deepEqual(reported(read, norm), []);
    const others = layer('bn', 'torch.nn.BatchNorm1d', [...edge, 6, 7], [...edge, 6, 7]);
    assert.equal(reported(flatten, { ...others, input: 0 }).length, 1);
  });
});
