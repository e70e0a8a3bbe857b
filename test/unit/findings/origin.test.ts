import assert from 'node:assert/strict';
import fc from 'fast-check';
import { betweenWords } from '../../../src/findings/layerWords';
import { firstJump, originOf } from '../../../src/findings/origin';
import { catalogOf } from '../model/samples';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const known = { ...catalogOf(NAMES, [0, 10, 20]), order: 'calls' } as const;
const unknown = { ...known, order: 'names' } as const;

const seen = fc.record({
  layer: fc.nat(NAMES.length - 1),
  step: fc.constantFrom(0, 10, 20),
  variant: fc.nat(1),
});

describe('findings: where something begins', () => {
  it('is the first layer at the earliest step, for any order of observations', () => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1 }), (all) => {
        const origin = originOf(known, all);
        const step = Math.min(...all.map((each) => each.step));
        const layers = all.filter((each) => each.step === step).map(({ layer }) => layer);
        assert.equal(origin?.first?.step, step);
        assert.equal(origin?.first?.layer, Math.min(...layers));
        assert.deepEqual(
          origin?.atStep.map(({ layer }) => layer),
          [...new Set(layers)].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('has no layer if several layers share the step and their order is unknown', () => {
    const at = (layer: number) => ({ layer, step: 10, variant: 0 });
    assert.equal(originOf(unknown, [at(1), at(2)])?.first, undefined);
    assert.deepEqual(originOf(unknown, [at(2), { ...at(1), step: 20 }])?.first, at(2));
  });

  it('is undefined without observations', () => assert.equal(originOf(known, []), undefined));
});

describe('findings: the first large jump', () => {
  it('is measured against the largest earlier value, and starts at the neighbor', () => {
    // The output of a normalization layer is small, so the increase to the next layer is not a jump.
    const values = [1, 20, 1.2, 60, 1.2, 90].map((value, layer) => ({ layer, value }));
    assert.deepEqual(firstJump(known, values), { from: 0, to: 1, ratio: 20 });
  });

  it('is undefined if the layer order is unknown or there is only one layer', () => {
    const values = [1, 20].map((value, layer) => ({ layer, value }));
    assert.equal(firstJump(unknown, values), undefined);
    assert.equal(firstJump(known, values.slice(1)), undefined);
  });

  it('is described by the common parent of two neighbors and their own names', () => {
    const names = ['blocks.0.ln1', 'blocks.0.ln2.input', 'blocks.1.ln1.input', 'blocks.1.ln1', 'head'];
    const catalog = catalogOf(names, [0]);
    assert.deepEqual(
      names.slice(1).map((_, i) => betweenWords(catalog, i, i + 1)),
      [
        'in blocks.0 between ln1 and ln2',
        'in blocks between 0.ln2 and 1.ln1',
        'in blocks.1.ln1',
        'between blocks.1.ln1 and head',
      ],
    );
  });
});
