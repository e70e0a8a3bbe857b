import assert from 'node:assert/strict';
import {
  isDefect,
  ProblemError,
  problemError,
  toProblem,
  withoutCause,
  withoutCauses,
} from '../../../src/model/problem';
import { abortError, isAbortError, throwIfAborted } from '../../../src/rpc/abort';

const PATH = 'file:///a.npz';

describe('protocol: problems', () => {
  it("an error has the problem's message", () => {
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
    it(what, () => assert.deepEqual(withoutCause(toProblem(thrown, PATH, tensor)), problem));
  }

  it('a defect keeps its stack and the errors that caused it', () => {
    const error = new TypeError('Not a function.', { cause: new RangeError('Too long.') });
    const { cause } = toProblem(error, PATH);
    assert.deepEqual([cause?.name, cause?.message], ['TypeError', 'Not a function.']);
    assert.match(cause?.frames[0] ?? '', /^at .*problem\.test\.js/);
    assert.deepEqual([cause?.cause?.name, cause?.cause?.message], ['RangeError', 'Too long.']);
    assert.match(cause?.cause?.frames[0] ?? '', /^at .*problem\.test\.js/);
  });

  it('a tagged error keeps its cause, and has no stack of its own', () => {
    assert.ok(!('cause' in toProblem(problemError('malformed', PATH, 'It is wrong.'), PATH)));
    const made = problemError('malformed', PATH, 'It is wrong.', 'x', new SyntaxError('No JSON.'));
    const { cause } = toProblem(made, PATH);
    assert.deepEqual([cause?.name, cause?.message], ['SyntaxError', 'No JSON.']);
  });

  it('an internal problem that is thrown on purpose has a stack too', () => {
    const { cause } = toProblem(problemError('internal', '', 'No such procedure.'), '');
    assert.deepEqual([cause?.name, cause?.code], ['ProblemError', 'internal']);
    assert.match(cause?.frames[0] ?? '', /problem\.test\.js|problemError/);
  });

  it('people get problems without their causes', () => {
    const problem = toProblem(new TypeError('No.'), PATH);
    const catalog = { name: 'run', problems: [problem] };
    assert.deepEqual(withoutCauses(catalog), {
      name: 'run',
      problems: [{ code: 'internal', path: PATH, message: 'No.' }],
    });
    const clean = { name: 'run', problems: [withoutCause(problem)] };
    assert.equal(withoutCauses(clean), clean, 'nothing to take out, nothing copied');
  });

  it('anything but a problem with a file is a defect', () => {
    for (const defect of [new TypeError('No.'), 'text', problemError('internal', '', 'No.')])
      assert.ok(isDefect(defect), String(defect));
    assert.ok(!isDefect(problemError('truncated', PATH, 'Cut off.')));
  });

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

  it('distinguishes an abort from everything else', () => {
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
