import assert from 'node:assert/strict';
import { partialResults } from '../../../../src/findings/partialResults';
import {
  addResult,
  emptyResults,
  headlineShift,
  recordsDone,
  resultsOf as resultsOfRecords,
  shiftCell,
  trimmedRecords,
  trimResults,
} from '../../../../src/host/session/results';
import type { Problem } from '../../../../src/model/problem';
import type { AnalyseProgress } from '../../../../src/protocol/kernelApi';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../../model/samples';

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
  it('count records with a summary or a problem as done', () => {
    const problem: AnalyseProgress = { kind: 'problem', record: 2, problem: PROBLEM };
    const results = resultsOf(summary(0), summary(1), shift(1, 0, 0.5), problem);
    assert.equal(recordsDone(results), 3);
    assert.deepEqual([...results.problems], [[2, PROBLEM]]);
  });

  it('keep the last result of a record', () => {
    const results = resultsOf(summary(0, [1]), summary(0, [2]));
    assert.deepEqual([...results.summaries.values()], [summaryOf(0, [2])]);
  });

  it('keep an estimate until the record is done or fails, and never replace exact figures by it', () => {
    const estimate = { estimate: { samples: 2, of: 4 } };
    const early = resultsOf(summary(0, [1], estimate));
    assert.deepEqual([recordsDone(early), early.summaries.get(0)?.estimate], [0, estimate.estimate]);
    addResult(early, summary(0, [2]));
    addResult(early, summary(0, [3], estimate));
    assert.deepEqual([recordsDone(early), early.summaries.get(0)], [1, summaryOf(0, [2])]);
    const failed = resultsOf(summary(0, [1], estimate), { kind: 'problem', record: 0, problem: PROBLEM });
    assert.deepEqual([recordsDone(failed), failed.summaries.size], [1, 0]);
  });

  it('have a cell for a record with a summary and a shift', () => {
    assert.equal(shiftCell(resultsOf(summary(1)), 1), undefined);
    assert.equal(shiftCell(resultsOf(shift(1, 0, 0.5)), 1), undefined);
    assert.deepEqual(shiftCell(resultsOf(summary(1), shift(1, 0, 0.5, 0.25)), 1), cellOf(1, 0, 0.5, 0.25));
  });

  it('have a cell without a noise floor if there is none, and mark non-finite values', () => {
    const results = resultsOf(summary(1, [], { finite: 31, nan: 1 }), shift(1, 0, 0.5));
    assert.deepEqual(shiftCell(results, 1), cellOf(1, 0, 0.5, undefined, true));
  });

  it('list the cells that exist', () => {
    const results = resultsOf(summary(0), summary(1), shift(1, 0, 0.5), shift(3, 0, 1));
    assert.deepEqual([...results.cells], [cellOf(1, 0, 0.5)]);
  });

  it('list the full results that exist', () => {
    const results = resultsOf(summary(1), summary(2), shift(2, 0, 1));
    assert.deepEqual(resultsOfRecords(results, [0, 1, 2]), {
      summaries: [summaryOf(1), summaryOf(2)],
      shifts: [shiftOf(2, 0, 1)],
    });
  });

  it('keep full results of the layers in view and all cells when there are too many', () => {
    const all = CATALOG.records.flatMap(({ id }) => [summary(id), shift(id, 0, id)]);
    const results = resultsOf(...all, summary(3));
    results.cells.delete(7);
    trimResults(results, CATALOG, [0], 8);
    assert.equal(results.summaries.size, 8);
    trimResults(results, CATALOG, [0], 7);
    // Record 7 has no cell yet: its summary waits for its shift.
    assert.deepEqual([...results.summaries.keys()].sort(), [0, 1, 2, 3, 7]);
    assert.equal(recordsDone(results), 8);
    assert.deepEqual([...results.cells].length, 7);
    assert.deepEqual(trimmedRecords(results, CATALOG, { layer: 1, variant: 0 }), [4, 5]);
    assert.deepEqual(trimmedRecords(results, CATALOG, { layer: 0, variant: 0 }), []);
  });

  it('lead to a finding about a part of the run if full results were dropped', () => {
    const { length } = CATALOG.records;
    const results = emptyResults();
    for (let id = 0; id < length; id++) {
      addResult(results, summary(id));
      addResult(results, shift(id, 0, 0.5));
    }
    assert.deepEqual(partialResults(results), []);
    trimResults(results, CATALOG, [0], length - 1);
    const [finding, ...others] = partialResults(results);
    assert.equal(others.length, 0);
    assert.match(finding.evidence, / 4 of 8 records are checked/);
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
    it(`have as headline shift ${what}`, () => {
      const summaries = CATALOG.records.map(({ id }) => summary(id));
      assert.equal(headlineShift(resultsOf(...summaries, ...shifts), CATALOG, 0), headline);
    });
  }
});
