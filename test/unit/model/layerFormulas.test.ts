import assert from 'node:assert/strict';
import type { RunCatalog } from '../../../src/model/catalog';
import type { LayerCheck } from '../../../src/model/check';
import type { Formula, Unseen } from '../../../src/model/formula';
import { formulaText, numberText } from '../../../src/model/formulaText';
import { formulaAt, layerFormulas } from '../../../src/model/layerFormulas';

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
const LAYER: Formula = { ...RMS, centered: true, moment: 'variance' };

/** One layer with a record at each step. */
function catalogOf(steps: readonly number[]): Pick<RunCatalog, 'layers' | 'records'> {
  const layers = [{ id: 0, name: 'norm', layout: 'NLC' }];
  const records = steps.map((step, id) => ({ id, layer: 0, step, variant: 0 }));
  return { layers, records } as unknown as RunCatalog;
}

const FIGURES = { compared: 8, beyond: 0, greatest: 0, ofBound: 0 };
const fitted = (record: number, formula: Formula, ...unseen: Unseen[]): LayerCheck => ({
  ...{ ...FIGURES, record },
  fit: { kind: 'fitted', fitted: { formula, unseen } },
});
const rivals = (record: number, ...formulas: Formula[]): LayerCheck => ({
  ...{ ...FIGURES, record },
  fit: { kind: 'rivals', formulas },
});

describe('model: formulas of a layer', () => {
  it('are one over steps that show more or less of it', () => {
    const checks = [
      fitted(0, { ...RMS, epsilon: 0 }, 'epsilon', 'place'),
      fitted(1, { ...RMS, place: 'outside' }),
      rivals(2, LAYER, RMS),
    ];
    assert.deepEqual(layerFormulas(catalogOf([0, 10, 20]), checks), [
      {
        ...{ layer: 0, variant: 0, steps: [0, 10, 20] },
        ...{ formula: 'x/(√mean(x²) + 1e-6) · γ, over axis 2', notes: [] },
      },
    ]);
  });

  it('are several where the layer changes, each in view from its first step on', () => {
    const formulas = layerFormulas(catalogOf([0, 10, 20]), [
      fitted(0, RMS),
      fitted(1, RMS),
      fitted(2, LAYER),
    ]);
    assert.deepEqual(
      formulas.map(({ steps }) => steps),
      [[0, 10], [20]],
    );
    const at = (step: number) => formulaAt(formulas, { layer: 0, variant: 0, step })?.steps[0];
    assert.deepEqual([at(5), at(10), at(19), at(25)], [0, 0, 0, 20]);
  });

  it('name both of two that fit equally well', () => {
    const [{ formula, notes }] = layerFormulas(catalogOf([0]), [rivals(0, LAYER, RMS)]);
    assert.equal(formula, undefined);
    assert.deepEqual(notes, [
      'Not known: “(x − mean(x))/√(var(x) + 1e-6) · γ, over axis 2” and “x/√(mean(x²) + 1e-6) · γ, over axis 2” give the recorded output equally well.',
    ]);
  });

  it('write numbers as people do', () => {
    const numbers = [1e-5, 0.000009999999747378752, 9.999999999999999e-6, 1e-12, 0.001, 0.02, 0.8, 2 ** -23];
    assert.deepEqual(numbers.map(numberText), [
      ...['1e-5', '1e-5', '1e-5', '1e-12', '1e-3', '0.02', '0.8', '1.19209e-7'],
    ]);
  });

  it('say groups, bands and norms', () => {
    const units = (kind: 'contiguous' | 'interleaved', axis: number) => ({
      axes: [1, 2, 3],
      parts: { kind, count: 4, axes: [axis] },
    });
    const reported = (change: Partial<Formula>) => formulaText({ ...LAYER, ...change }, 'NCHW');
    assert.equal(
      reported({ units: units('contiguous', 1) }),
      '(x − mean(x))/√(var(x) + 1e-6) · γ, over axes 1, 2, 3 in 4 groups of axis 1',
    );
    assert.match(reported({ units: units('contiguous', 2) }), /in 4 bands of axis 2$/u);
    assert.match(reported({ units: units('interleaved', 1) }), /in 4 groups that interleave along axis 1$/u);
    assert.equal(
      reported({ centered: false, moment: 'square', divisor: '1', place: 'max', scale: 'none' }),
      'x/max(‖x‖, 1e-6), over axis 2',
    );
  });
});
