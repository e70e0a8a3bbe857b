import assert from 'node:assert/strict';
import { detected } from '../../../src/findings/detector';
import { signalFindings } from '../../../src/findings/signal';
import { reportOf } from '../report/reports';
import { type MadeLayer, runOf } from './layerRuns';

/** A layer with a root mean square of 1 and these standard deviations within channels at steps 0, 10, 20, …. */
function carrying(name: string, signal: readonly number[], changed: Partial<MadeLayer> = {}): MadeLayer {
  return { name, at: signal.map((each) => ({ signal: each })), ...changed };
}

const found = (...layers: MadeLayer[]) =>
  detected(signalFindings, runOf(layers)).map(({ title, layers: all = [] }) => `${title} [${all.join()}]`);

describe('findings: output that hardly depends on the input', () => {
  it('names the first layer, its first step, and all affected layers', () => {
    assert.deepEqual(
      found(
        carrying('a', [0.5, 0.5, 0.5]),
        carrying('b', [0.5, 0.004, 0.004]),
        carrying('c', [0.5, 0.1, 0.003]),
        carrying('d', [0.5, 0.001, 0.001]),
      ),
      ['The output of b hardly depends on the input since step 10 [1,3]'],
    );
  });

  it('names no step if it has been lost from the start', () => {
    assert.deepEqual(found(carrying('a', [0.5, 0.5]), carrying('b', [0.004, 0.004])), [
      'The output of b hardly depends on the input [1]',
    ]);
  });

  it('is not reported for similar inputs, recovered signals, few values, or constant channels', () => {
    const source = carrying('a', [0.5, 0.5, 0.5]);
    assert.deepEqual(found(carrying('a', [0.05, 0.05]), carrying('b', [0.004, 0.004])), []);
    assert.deepEqual(found(source, carrying('b', [0.5, 0.004, 0.02])), []);
    assert.deepEqual(found(source, carrying('b', [0.5, 0.5, 0.004])), []);
    assert.deepEqual(found(source, carrying('b', [0, 0, 0])), []);
    const few = { name: 'b', at: [0.5, 0.004, 0.004].map((signal) => ({ signal, count: 64, finite: 64 })) };
    assert.deepEqual(found(source, few), []);
    // The output scale of a normalization layer is set by γ.
    assert.deepEqual(found(source, carrying('b', [0.004, 0.004, 0.004], { input: 0 })), []);
  });

  it('is reported for the sample network that does not learn, and for no other', async () => {
    const { findings, verdict } = await reportOf('media/sample');
    const warnings = findings.filter(({ severity }) => severity !== 'note');
    assert.deepEqual(
      warnings.map(({ kind, layer, layers }) => [kind, layer, layers]),
      [['signal', 'plain.fc2', ['plain.fc1', 'plain.fc2']]],
    );
    assert.equal(verdict.sentence, 'The output of plain.fc2 hardly depends on the input');
  });
});
