import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  applyOptionChanges,
  parseEpsilon,
  parsePercentiles,
} from '../../../../src/host/session/sessionOptions';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { OptionChanges } from '../../../../src/protocol/panelApi';

const TURNED: AnalysisOptions = { ...DEFAULT_OPTIONS, epsilon: 0.1, groups: 4 };

describe('host: options of a session', () => {
  const CASES: readonly [
    what: string,
    options: AnalysisOptions,
    changes: Partial<OptionChanges>,
    changed: AnalysisOptions,
  ][] = [
    ['none changed', TURNED, {}, TURNED],
    ['ε set', DEFAULT_OPTIONS, { epsilon: 0.01 }, { ...DEFAULT_OPTIONS, epsilon: 0.01 }],
    ['ε reset, groups stay', TURNED, { epsilon: null }, { ...DEFAULT_OPTIONS, groups: 4 }],
    ['both reset', TURNED, { epsilon: null, groups: null }, DEFAULT_OPTIONS],
    ['what is not set stays unset when reset', DEFAULT_OPTIONS, { groups: null }, DEFAULT_OPTIONS],
    ['another reference, the rest stays', TURNED, { reference: 100 }, { ...TURNED, reference: 100 }],
    ['layouts as a whole', TURNED, { layouts: { a: 'NC' } }, { ...TURNED, layouts: { a: 'NC' } }],
  ];
  for (const [what, options, changes, changed] of CASES) {
    it(what, () => assert.deepEqual(applyOptionChanges(options, changes), changed));
  }

  const WRONG = 'Enter numbers from 0 to 100, separated by commas, for example 5, 50, 95.';
  const many = (count: number) => Array.from({ length: count }, (_, i) => i);
  const PERCENTILES: readonly [text: string, parsed: readonly number[] | string][] = [
    ['5, 50, 95', [5, 50, 95]],
    ['95;5  50', [5, 50, 95]],
    [' 50 ', [50]],
    ['0,100', [0, 100]],
    ['-0', [0]],
    ['99.9, 0.1, 99.9', [0.1, 99.9]],
    ['10, 9, 100', [9, 10, 100]],
    [many(15).join(), many(15)],
    [many(16).join(), 'Enter at most 15 percentiles.'],
    ['5,'.repeat(20), [5]],
    ['', WRONG],
    [' , ', WRONG],
    ['101', WRONG],
    ['-1', WRONG],
    ['50, x', WRONG],
    ['NaN', WRONG],
    ['Infinity', WRONG],
    ['50%', WRONG],
  ];
  for (const [text, parsed] of PERCENTILES) {
    it(`parse the percentiles '${text}'`, () => assert.deepEqual(parsePercentiles(text), parsed));
  }

  const NO_EPSILON = 'Enter a number greater than 0 and at most 1, for example 1e-5.';
  const EPSILONS: readonly [text: string, parsed: number | null | string][] = [
    ['1e-3', 1e-3],
    [' 0.5 ', 0.5],
    ['1', 1],
    ['', null],
    ['  ', null],
    ['0', NO_EPSILON],
    ['-1e-5', NO_EPSILON],
    ['1.5', NO_EPSILON],
    ['NaN', NO_EPSILON],
    ['1e-5x', NO_EPSILON],
    ['Infinity', NO_EPSILON],
  ];
  for (const [text, parsed] of EPSILONS) {
    it(`parse the ε '${text}'`, () => assert.equal(parseEpsilon(text), parsed));
  }

  it('keep percentiles as they were entered, in order and without repeats', () => {
    const percentile = fc.double({ min: 0, max: 100, noNaN: true }).map((p) => p + 0);
    fc.assert(
      fc.property(fc.uniqueArray(percentile, { minLength: 1, maxLength: 15 }), (percentiles) => {
        const sorted = [...percentiles].sort((a, b) => a - b);
        assert.deepEqual(parsePercentiles([...percentiles, ...percentiles].join(', ')), sorted);
      }),
    );
  });
});
