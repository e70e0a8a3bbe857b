import assert from 'node:assert/strict';
import { noticesOf } from '../../../../webview/state/notices';
import { problemsOf } from '../../../../webview/state/problems';
import { catalogOf } from '../../model/samples';
import { runDataOf } from '../samples';

const CATALOG = catalogOf(['a', 'b'], [0, 10], [{ rank: 0 }, { rank: 1 }]);

/** The notices of layer a. */
function noticesWith(changes: object = {}) {
  const data = runDataOf({ ...CATALOG, ...changes });
  return noticesOf(data, data.catalog!.layers[0]);
}

describe('webview: what a person should know', () => {
  it('is nothing of a run in which nothing is assumed or remarked', () =>
    assert.deepEqual(noticesWith(), []));

  it('is nothing before there is a catalog', () =>
    assert.deepEqual(noticesOf(runDataOf(undefined), CATALOG.layers[0]), []));

  it('are remarks, then questions', () => {
    const layers = CATALOG.layers.map((layer) => ({ ...layer, otherLayouts: ['CN'] }));
    const notices = noticesWith({ layers, remarks: ['Parameters are charted too.'] });
    assert.deepEqual(
      notices.map(({ kind, severity }) => [kind, severity]),
      [
        ['remark', 'note'],
        ['layout', 'question'],
      ],
    );
    assert.equal(notices[0].text, 'Parameters are charted too.');
    assert.deepEqual(
      notices[1].actions.map(({ label }) => label),
      ['Use CN', 'Keep NC'],
    );
  });
});

describe('webview: what could not be read or done', () => {
  it('is one list: failed calls, problems of the run, and what is not part of it', () => {
    const failure = { code: 'internal', path: '', message: 'The kernel worker ended.' } as const;
    const problem = { code: 'truncated', path: 'file:///run/a.npy', message: 'Cut off.' } as const;
    const unrecognized = [
      { path: 'file:///run/b.npz', tensor: 'x', reason: 'No step.' },
      { path: 'file:///run/c.npz', reason: 'Holds no tensors.' },
    ];
    const data = { ...runDataOf({ ...CATALOG, unrecognized }), problems: [problem] };
    assert.deepEqual(problemsOf({ data, failures: [failure] }), [
      failure,
      problem,
      { code: 'unrecognized', path: 'file:///run/b.npz', tensor: 'x', message: 'No step.' },
      { code: 'unrecognized', path: 'file:///run/c.npz', message: 'Holds no tensors.' },
    ]);
  });

  it('is what failed while there is no run yet', () =>
    assert.deepEqual(problemsOf({ data: undefined, failures: [] }), []));
});
