import assert from 'node:assert/strict';
import {
  addResult,
  emptyResults,
  headlineShift,
  layerResults,
  recordsDone,
  shiftCell,
  shiftCells,
} from '../../../src/host/results';
import type { AnalyseProgress } from '../../../src/protocol/kernelApi';
import type { Problem } from '../../../src/protocol/problem';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../protocol/samples';

/** Records: layer a 0–1 of rank 0, 2–3 of rank 1; layer b 4–5 and 6–7. */
const CATALOG = catalogOf(['a', 'b'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
const PROBLEM: Problem = { code: 'truncated', path: 'file:///run/a.npy', message: 'Cut off.' };

const summary = (...args: Parameters<typeof summaryOf>): AnalyseProgress => ({
  kind: 'summary',
  summary: summaryOf(...args),
});
const shift = (...args: Parameters<typeof shiftOf>): AnalyseProgress => ({
  kind: 'shift',
  shift: shiftOf(...args),
});

function resultsOf(...progress: readonly AnalyseProgress[]) {
  const results = emptyResults();
  for (const each of progress) addResult(results, each);
  return results;
}

describe('host: results', () => {
  it('records with a summary or a problem are done', () => {
    const problem: AnalyseProgress = { kind: 'problem', record: 2, problem: PROBLEM };
    const results = resultsOf(summary(0), summary(1), shift(1, 0, 0.5), problem);
    assert.equal(recordsDone(results), 3);
    assert.deepEqual([...results.problems], [[2, PROBLEM]]);
  });

  it('the last result of a record counts', () => {
    const results = resultsOf(summary(0, [1]), summary(0, [2]));
    assert.deepEqual([...results.summaries.values()], [summaryOf(0, [2])]);
  });

  it('a cell needs a summary and a shift', () => {
    assert.equal(shiftCell(resultsOf(summary(1)), 1), undefined);
    assert.equal(shiftCell(resultsOf(shift(1, 0, 0.5)), 1), undefined);
    assert.deepEqual(shiftCell(resultsOf(summary(1), shift(1, 0, 0.5, 0.25)), 1), cellOf(1, 0, 0.5, 0.25));
  });

  it('a cell has no floor where there is none, and says that values are not finite', () => {
    const results = resultsOf(summary(1, [], { finite: 31, nan: 1 }), shift(1, 0, 0.5));
    assert.deepEqual(shiftCell(results, 1), cellOf(1, 0, 0.5, undefined, true));
  });

  it('cells are of those records that have one', () => {
    const results = resultsOf(summary(0), summary(1), shift(1, 0, 0.5), shift(3, 0, 1));
    assert.deepEqual(shiftCells(results, [0, 1, 3, 5]), [cellOf(1, 0, 0.5)]);
  });

  it('results of a layer are of its records of one variant', () => {
    const results = resultsOf(
      ...[0, 1, 2, 3, 4, 5, 7].map((id) => summary(id)),
      shift(3, 2, 1),
      shift(5, 4, 1),
    );
    assert.deepEqual(layerResults(results, CATALOG, { layer: 0, variant: 1 }), {
      layer: 0,
      variant: 1,
      summaries: [summaryOf(2), summaryOf(3)],
      shifts: [shiftOf(3, 2, 1)],
    });
    assert.deepEqual(layerResults(results, CATALOG, { layer: 1, variant: 1 }).summaries, [summaryOf(7)]);
  });

  const HEADLINES: readonly [
    what: string,
    shifts: readonly AnalyseProgress[],
    headline: number | undefined,
  ][] = [
    ['none yet', [], undefined],
    ['of another layer', [shift(5, 4, 9)], undefined],
    ['the largest of all variants', [shift(0, 0, 0), shift(1, 0, 0.5), shift(3, 2, 0.75)], 0.75],
    ['zero where nothing moved', [shift(0, 0, 0)], 0],
    ['of those that are numbers', [shift(0, 0, Number.NaN), shift(1, 0, 0.5), shift(2, 0, Infinity)], 0.5],
    [
      'of a method that has none',
      [{ kind: 'shift', shift: { record: 1, reference: 0, methods: {} } }],
      undefined,
    ],
  ];
  for (const [what, shifts, headline] of HEADLINES) {
    it(`headline shift: ${what}`, () => {
      assert.equal(headlineShift(resultsOf(...shifts), CATALOG, 0), headline);
    });
  }
});
