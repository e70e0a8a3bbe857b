import assert from 'node:assert/strict';
import { ProblemError, problemError, toProblem } from '../../../src/model/problem';
import { abortError, isAbortError, throwIfAborted } from '../../../src/rpc/abort';

const PATH = 'file:///a.npz';

describe('protocol: problems', () => {
  it('an error says what the problem says', () => {
    const error = problemError('malformed', PATH, 'It is wrong.', 'x');
    assert.deepEqual(error.problem, { code: 'malformed', path: PATH, message: 'It is wrong.', tensor: 'x' });
    assert.deepEqual([error.name, error.message], ['ProblemError', 'It is wrong.']);
    assert.ok(!('tensor' in problemError('malformed', PATH, 'It is wrong.').problem));
  });

  const THROWN: readonly [what: string, thrown: unknown, tensor: string | undefined, problem: object][] = [
    [
      'a problem keeps its path and its tensor',
      problemError('truncated', 'file:///b', 'Short.', 'y'),
      'x',
      { code: 'truncated', path: 'file:///b', message: 'Short.', tensor: 'y' },
    ],
    [
      'a problem of no tensor gets the one at hand',
      problemError('truncated', 'file:///b', 'Short.'),
      'x',
      { code: 'truncated', path: 'file:///b', message: 'Short.', tensor: 'x' },
    ],
    [
      'an error is a defect of ours',
      new TypeError('Not a function.'),
      'x',
      { code: 'internal', path: PATH, message: 'Not a function.', tensor: 'x' },
    ],
    ['anything else too', 7, undefined, { code: 'internal', path: PATH, message: '7' }],
  ];
  for (const [what, thrown, tensor, problem] of THROWN) {
    it(what, () => assert.deepEqual(toProblem(thrown, PATH, tensor), problem));
  }

  it('is plain data: it survives a clone', () => {
    const { problem } = problemError('layout', PATH, 'It does not fit.', 'x');
    assert.deepEqual(new ProblemError(structuredClone(problem)).problem, problem);
  });
});

describe('protocol: aborts', () => {
  it('throws only for a signal that was aborted', () => {
    throwIfAborted(undefined);
    const controller = new AbortController();
    throwIfAborted(controller.signal);
    controller.abort();
    assert.throws(() => throwIfAborted(controller.signal), isAbortError);
  });

  it('tells an abort from everything else', () => {
    assert.ok(isAbortError(abortError()));
    for (const other of [
      new Error('AbortError'),
      problemError('internal', '', 'No.'),
      undefined,
      'AbortError',
    ])
      assert.ok(!isAbortError(other));
  });
});
