import assert from 'node:assert/strict';
import { detected } from '../../../src/findings/detector';
import { formulaFindings } from '../../../src/findings/formula';
import type { LayerCheck, Mismatch } from '../../../src/model/check';
import type { FittedFormula, Formula } from '../../../src/model/formula';
import { type MadeLayer, runOf } from './layerRuns';

const RMS: Formula = {
  statistics: 'input',
  units: { axes: [2] },
  centered: false,
  moment: 'square',
  divisor: 'n',
  place: 'inside',
  epsilon: 1e-6,
  scale: 'gamma',
  shift: false,
  affineAxes: [2],
};

const OWN: Omit<MadeLayer, 'name'> = {
  module: 'torch.nn.Module',
  class: 'model.RMSNorm',
  ownForward: true,
  layout: 'NLC',
  shape: [4, 8, 16],
  at: [{}, {}],
};

const CLASS: Mismatch = { kind: 'epsilon', declared: { by: 'attribute', name: 'eps', value: 1e-5 } };

/** Findings for a layer with a formula fitted at its first step. */
function noted(
  formula: Partial<Formula>,
  {
    layer = {},
    unseen = [],
    mismatch,
  }: Partial<FittedFormula> & {
    readonly layer?: Partial<MadeLayer>;
    readonly mismatch?: Mismatch;
  } = {},
) {
  const input = runOf([{ name: 'norm', ...OWN, ...layer }]);
  const fit = { kind: 'fitted', fitted: { formula: { ...RMS, ...formula }, unseen } } as const;
  const check: LayerCheck = {
    ...{ record: 0, fit, compared: 512, beyond: 0, greatest: 0, ofBound: 0 },
    ...(mismatch && { mismatch }),
  };
  return detected(formulaFindings, { ...input, checks: new Map([[0, check]]) });
}

describe('findings: an unusual formula', () => {
  it('is not reported for the usual formulas', () => {
    assert.deepEqual(noted({}), []);
    assert.deepEqual(noted({ centered: true, moment: 'variance', shift: true }), []);
    assert.deepEqual(noted({ scale: '1 + gamma' }), []);
  });

  it('is a note that contains the formula with the layer’s own numbers', () => {
    const [finding, ...others] = noted({ place: 'outside', epsilon: 1e-5 });
    assert.equal(others.length, 0);
    assert.equal(finding.severity, 'note');
    assert.equal(finding.title, 'norm adds ε outside the root');
    assert.match(finding.evidence, /^Its output is x\/\(√mean\(x²\) \+ 1e-5\) · γ, over axis 2\./);
  });

  it('is not reported if the values do not determine the difference', () => {
    assert.deepEqual(noted({ place: 'outside' }, { unseen: ['place'] }), []);
    assert.deepEqual(noted({ divisor: 'n - 1', moment: 'variance' }, { unseen: ['divisor'] }), []);
  });

  it('lists every difference from the usual formula', () => {
    const [{ title, evidence }] = noted({ moment: 'variance', divisor: 'n - 1', place: 'outside' });
    assert.equal(title, 'norm adds ε outside the root');
    assert.match(evidence, /inside the root\. The usual formula uses the biased variance/);
  });

  it('is reported for groups of channels that are not adjacent', () => {
    const parts = { count: 4, kind: 'interleaved', axes: [2] } as const;
    assert.match(
      noted({ units: { axes: [1, 2], parts } })[0].title,
      /^norm groups channels that are not adjacent/,
    );
  });

  it('is reported for axes that the class name does not suggest', () => {
    assert.match(noted({ units: { axes: [1] } })[0].title, /^norm normalizes over axes that its name/);
    assert.deepEqual(noted({ units: { axes: [1] } }, { layer: { class: 'model.PositionScale' } }), []);
    const batch = { layer: { class: 'model.MyBatchNorm' } };
    assert.deepEqual(noted({ units: { axes: [0, 1] } }, batch), []);
    assert.equal(noted({ units: { axes: [1] } }, batch).length, 1);
    const images = { layer: { class: 'model.GroupNorm', layout: 'NCHW', shape: [4, 8, 4, 4] } };
    assert.deepEqual(noted({ units: { axes: [1, 2, 3] }, affineAxes: [1] }, images), []);
    // Bands of one row.
    assert.equal(noted({ units: { axes: [1, 3] }, affineAxes: [1] }, images).length, 1);
    // With as many columns as channels, a guessed layout may be wrong.
    const square = { layout: 'NCHW', shape: [4, 8, 4, 8] } as const;
    const overColumns = (layoutGuessed: boolean) =>
      noted({ units: { axes: [3] }, affineAxes: [1] }, { layer: { ...square, layoutGuessed } });
    assert.deepEqual(overColumns(true), []);
    assert.equal(overColumns(false).length, 1);
  });

  it('is reported if the output size shows that γ already includes the 1', () => {
    const twice = { layer: { at: [{ rms: 2 }, { rms: 2 }] } };
    assert.equal(noted({ scale: '1 + gamma' }, twice)[0].title, 'norm scales by 1 + γ with γ near 1');
    assert.deepEqual(noted({ scale: 'gamma' }, twice), []);
  });

  it('is not reported for library layers or layers that contradict their declaration', () => {
    assert.deepEqual(noted({ place: 'outside' }, { layer: { ownForward: false } }), []);
    assert.deepEqual(noted({ place: 'outside' }, { mismatch: CLASS }), []);
  });
});
