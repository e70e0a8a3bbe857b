import assert from 'node:assert/strict';
import type { DiagnosisState, Finding, Verdict } from '../../../../src/model/findings';
import { placesOf, sinceWords, verdictLine } from '../../../../webview/state/findings';
import { catalogOf } from '../../model/samples';
import { runDataOf } from '../samples';

const CATALOG = catalogOf(['a', 'b'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
const FINDING: Finding = {
  kind: 'non-finite',
  severity: 'error',
  layer: 1,
  layers: [0, 1],
  step: 10,
  after: 0,
  variant: 1,
  title: 'NaN in b',
  evidence: 'Three of 32 values.',
  why: 'Everything after it is NaN.',
  advice: 'Lower the learning rate.',
  refute: 'Finite values.',
};
const ERROR: Verdict = { severity: 'error', sentence: 'NaN in b', causes: 2 };
const FINE: Verdict = { severity: 'none', sentence: 'Nothing unusual in 2 layers × 2 steps', causes: 0 };

const line = (diagnosis: DiagnosisState, state: 'computing' | 'cancelled' | 'complete' = 'complete') =>
  verdictLine({ ...runDataOf(CATALOG), diagnosis, progress: { state, done: 1, total: 8 } });

describe('webview: the verdict line', () => {
  it('says the first cause and how many there are', () => {
    assert.deepEqual(
      line({ diagnosis: { verdict: ERROR, findings: [FINDING, FINDING], formulas: [] }, isCurrent: true }),
      {
        severity: 'error',
        sentence: 'NaN in b',
        count: '2 causes',
        isStale: false,
      },
    );
  });

  it('keeps the verdict of the last finished computation, marked as such, while another is under way', () => {
    const { sentence, isStale } = line(
      { diagnosis: { verdict: FINE, findings: [], formulas: [] }, isCurrent: false },
      'computing',
    );
    assert.deepEqual([sentence, isStale], [FINE.sentence, true]);
  });

  it('says that nothing is unusual, and counts notes', () => {
    const note = { ...FINDING, severity: 'note' } as const;
    const counts = [[], [note], [note, note]].map(
      (findings) => line({ diagnosis: { verdict: FINE, findings, formulas: [] }, isCurrent: true }).count,
    );
    assert.deepEqual(counts, ['', '1 note', '2 notes']);
  });

  it('says that a verdict follows, or that the computation has stopped, before there is one', () => {
    assert.match(line({ isCurrent: false }, 'computing').sentence, /follows when everything is computed/);
    assert.match(line({ isCurrent: false }, 'cancelled').sentence, /has stopped/);
  });
});

describe('webview: a finding', () => {
  const catalog = runDataOf(CATALOG).catalog!;

  it('leads to its layer, step and variant', () => {
    assert.deepEqual(placesOf(FINDING, catalog), [
      { label: 'b, step 10', navigation: { to: 'record', layer: 1, step: 10, variant: 1 } },
    ]);
  });

  it('without a first layer leads to those that it touches', () => {
    const { layer: _, ...placeless } = FINDING;
    assert.deepEqual(
      placesOf(placeless, catalog).map(({ label }) => label),
      ['a, step 10', 'b, step 10'],
    );
  });

  it('about a whole layer leads to the layer, one about the run or about another catalog nowhere', () => {
    const { step: _, variant: __, ...ofLayer } = FINDING;
    const { layer: ___, ...placed } = ofLayer;
    const ofRun: Finding = { ...placed, layers: [] };
    assert.deepEqual(
      [ofLayer, ofRun, { ...FINDING, layer: 7 }].map((each) => placesOf(each, catalog)),
      [[{ label: 'b', navigation: { to: 'record', layer: 1 } }], [], []],
    );
  });

  it('says since when it shows, and when it did not yet', () => {
    const { after: _, ...fromStart } = FINDING;
    const { step: __, ...ofRun } = fromStart;
    assert.deepEqual([FINDING, fromStart, ofRun].map(sinceWords), [
      'Step 10; not yet at step 0, the recorded step before.',
      'Step 10, the first recorded one.',
      undefined,
    ]);
  });
});
