import assert from 'node:assert/strict';
import { declaredFindings } from '../../../src/findings/declared';
import { detected } from '../../../src/findings/detector';
import type { LayerCheck, Mismatch } from '../../../src/model/check';
import type { Formula } from '../../../src/model/formula';
import { type MadeLayer, runOf } from './layerRuns';

const FORMULA: Formula = {
  statistics: 'input',
  units: { axes: [2] },
  centered: true,
  moment: 'variance',
  divisor: 'n',
  place: 'inside',
  epsilon: 1e-5,
  scale: 'gamma',
  shift: true,
  affineAxes: [2],
};

/** What is reported of a layer whose output, over axis 1, is not what is declared. */
function accused(declared: Mismatch['declared'], layer: Partial<MadeLayer>): string[] {
  const input = runOf([
    { name: 'norm', module: 'torch.nn.LayerNorm', layout: 'NLC', shape: [4, 8, 16], at: [{}], ...layer },
  ]);
  const formula: Formula = { ...FORMULA, units: { axes: [1] } };
  const check: LayerCheck = {
    ...{ record: 0, compared: 512, beyond: 512, greatest: 1, ofBound: 9 },
    fit: { kind: 'fitted', fitted: { formula, unseen: [] } },
    mismatch: { kind: 'axes', declared },
  };
  const found = detected(declaredFindings, { ...input, checks: new Map([[0, check]]) });
  return found.map(({ severity, title }) => `${severity}: ${title}`);
}

describe('findings: a declaration that the output contradicts', () => {
  it('is an error for an unmodified class, and a warning for an attribute of any other', () => {
    assert.deepEqual(accused({ by: 'class', formula: FORMULA }, { ownForward: false }), [
      'error: norm does not do what it declares',
    ]);
    assert.deepEqual(
      accused({ by: 'attribute', name: 'normalized_shape', value: 16 }, { ownForward: true }),
      ['warning: norm does not do what it declares'],
    );
  });

  it('is a note if the recording does not say whether the class is unmodified', () => {
    assert.deepEqual(accused({ by: 'class', formula: FORMULA }, {}), [
      'note: norm does not do what its class declares',
    ]);
  });
});
