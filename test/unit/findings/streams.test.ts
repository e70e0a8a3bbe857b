import assert from 'node:assert/strict';
import { depthFindings } from '../../../src/findings/depth';
import { detected } from '../../../src/findings/detector';
import { growthFindings } from '../../../src/findings/growth';
import { saturationFindings } from '../../../src/findings/saturation';
import type { RecordSummary } from '../../../src/model/analysis';
import { type MadeLayer, type MadeRecord, runOf } from './layerRuns';

/** Layers with these root mean squares at steps 0, 5, 10, …. */
function stream(sizes: Readonly<Record<string, readonly number[]>>) {
  const layers = Object.entries(sizes).map(
    ([name, rms]): MadeLayer => ({ name, shape: [8, 16], at: rms.map((each) => ({ rms: each })) }),
  );
  const steps = Object.values(sizes)[0].map((_, i) => 5 * i);
  return runOf(layers, { steps });
}

/** A layer that is called four times at each of two steps. */
function recurrent(module: string, calls: readonly MadeRecord[]) {
  const layer: MadeLayer = { name: 'act', module, shape: [8, 16], at: [{}, {}] };
  const variants = calls.map((_, call) => ({ call }));
  const input = runOf([layer], { variants });
  const summaries = [...input.summaries].map(([id, summary]): [number, RecordSummary] => {
    const { rms = 1, signal = rms, ...changed } = calls[input.catalog.records[id].variant];
    return [id, { ...summary, ...changed, magnitude: { ...summary.magnitude!, deviation: signal } }];
  });
  return { ...input, summaries: new Map(summaries) };
}

const ends = (tanh: number) => ({ saturation: { tanh, sigmoid: 0 } });

describe('findings: a lost signal', () => {
  it('is reported at its layer and step, even if training recovers it later', () => {
    const [finding, ...others] = detected(
      growthFindings,
      stream({
        conv: [1, 1, 1, 1, 1, 1],
        norm: [1, 1.1, 1, 0.05, 0.2, 0.4],
        act: [0.6, 0.6, 0.6, 0.03, 0.1, 0.2],
      }),
    );
    assert.equal(others.length, 0);
    assert.deepEqual([finding.layer, finding.layers, finding.step], [1, [1, 2], 15]);
    assert.equal(finding.title, 'norm loses its signal by step 15');
  });

  it('is not reported for a single batch or for a slow decrease', () => {
    assert.deepEqual(detected(growthFindings, stream({ norm: [1, 1, 1, 0.05, 1, 1] })), []);
    assert.deepEqual(detected(growthFindings, stream({ norm: [1, 0.5, 0.25, 0.12, 0.06, 0.03] })), []);
  });
});

describe('findings: the calls of a recurrent layer', () => {
  it('form a stack in which the signal grows', () => {
    const [finding, ...others] = detected(
      depthFindings,
      recurrent('torch.nn.ReLU', [{ signal: 1 }, { signal: 8 }, { signal: 60 }, { signal: 500 }]),
    );
    assert.equal(others.length, 0);
    assert.match(
      finding.title,
      /^The signal grows \d\S*-fold per layer from act \(call 0\) to act \(call 3\)/,
    );
    assert.deepEqual(finding.layers, [0]);
  });

  it('are not reported as a stack if the signal is steady', () => {
    assert.deepEqual(detected(depthFindings, recurrent('torch.nn.Tanh', [{}, {}, {}, {}])), []);
  });

  it('are reported as saturated if any of them is, even if the first has no state yet', () => {
    const reported = (...shares: number[]) =>
      detected(saturationFindings, recurrent('torch.nn.Tanh', shares.map(ends))).length;
    assert.equal(reported(0.1, 0.95, 0.97, 0.98), 1);
    assert.equal(reported(0.1, 0.2, 0.3, 0.3), 0);
  });
});
