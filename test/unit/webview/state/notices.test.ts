import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/model/findings';
import { noticesOf } from '../../../../webview/state/notices';
import { problemsOf } from '../../../../webview/state/problems';
import { catalogOf } from '../../model/samples';
import { runDataOf } from '../samples';

const CATALOG = catalogOf(['a', 'b'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
const FINDING: Finding = {
  kind: 'non-finite',
  severity: 'error',
  layer: 1,
  step: 10,
  variant: 1,
  title: 'NaN in b',
  evidence: 'Three of 32 values.',
  advice: 'Lower the learning rate.',
};
const DETAILS = { evidence: FINDING.evidence, advice: FINDING.advice };

/** The notices of layer a, with these findings. */
function noticesWith(findings: readonly Finding[], changes: object = {}) {
  const data = runDataOf({ ...CATALOG, ...changes });
  return noticesOf({ ...data, findings }, data.catalog!.layers[0]);
}

describe('webview: what a person should know', () => {
  it('is nothing of a run in which nothing is assumed, remarked or found', () =>
    assert.deepEqual(noticesWith([]), []));

  it('is nothing before there is a catalog', () => {
    const data = runDataOf(undefined);
    assert.deepEqual(noticesOf({ ...data, findings: [FINDING] }, CATALOG.layers[0]), []);
  });

  it('are remarks, then questions, then findings', () => {
    const layers = CATALOG.layers.map((layer) => ({ ...layer, otherLayouts: ['CN'] }));
    const notices = noticesWith([FINDING], { layers, remarks: ['Parameters are charted too.'] });
    assert.deepEqual(
      notices.map(({ kind, severity }) => [kind, severity]),
      [
        ['remark', 'note'],
        ['layout', 'question'],
        ['non-finite', 'error'],
      ],
    );
    assert.equal(notices[0].text, 'Parameters are charted too.');
    assert.deepEqual(
      notices[1].actions.map(({ label }) => label),
      ['Use CN', 'Keep NC'],
    );
  });

  it('a finding leads to its layer, step and variant', () => {
    assert.deepEqual(noticesWith([FINDING]), [
      {
        kind: 'non-finite',
        severity: 'error',
        text: 'NaN in b',
        details: DETAILS,
        actions: [{ label: 'b, step 10', navigation: { to: 'record', layer: 1, step: 10, variant: 1 } }],
      },
    ]);
  });

  it('a finding about a whole layer leads to the layer, one about the run nowhere', () => {
    const { step: _, variant: __, ...ofLayer } = FINDING;
    const { layer: ___, ...ofRun } = ofLayer;
    assert.deepEqual(
      noticesWith([ofLayer, ofRun]).map(({ actions }) => actions),
      [[{ label: 'b', navigation: { to: 'record', layer: 1 } }], []],
    );
  });

  it('a finding about a layer that another catalog does not have leads nowhere', () =>
    assert.deepEqual(noticesWith([{ ...FINDING, layer: 7 }])[0].actions, []));
});

describe('webview: what could not be read or done', () => {
  it('is one list: failed calls, problems of the run, and what is not part of it', () => {
    const failure = { code: 'internal', path: '', message: 'The kernel worker ended.' } as const;
    const problem = { code: 'truncated', path: 'file:///run/a.npy', message: 'Cut off.' } as const;
    const unrecognised = [
      { path: 'file:///run/b.npz', tensor: 'x', reason: 'No step.' },
      { path: 'file:///run/c.npz', reason: 'Holds no tensors.' },
    ];
    const data = { ...runDataOf({ ...CATALOG, unrecognised }), problems: [problem] };
    assert.deepEqual(problemsOf({ data, failures: [failure] }), [
      failure,
      problem,
      { code: 'unrecognised', path: 'file:///run/b.npz', tensor: 'x', message: 'No step.' },
      { code: 'unrecognised', path: 'file:///run/c.npz', message: 'Holds no tensors.' },
    ]);
  });

  it('is what failed while there is no run yet', () =>
    assert.deepEqual(problemsOf({ data: undefined, failures: [] }), []));
});
