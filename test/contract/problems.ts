import assert from 'node:assert/strict';
import { ProblemError } from '../../src/model/problem';

/** Rejects with a ProblemError of one of the codes that names the path. */
export async function rejectsWithProblem(
  promise: Promise<unknown>,
  path: string,
  ...codes: readonly string[]
): Promise<void> {
  await assert.rejects(promise, (error) => {
    const { problem } = assertProblem(error, path);
    assert.ok(
      codes.includes(problem.code),
      `expected ${codes.join(' or ')}, found ${problem.code}: ${problem.message}`,
    );
    return true;
  });
}

/** Asserts that a thrown value is tagged, names the path and says something. */
export function assertProblem(error: unknown, path: string): ProblemError {
  if (!(error instanceof ProblemError)) throw error;
  assert.equal(error.problem.path, path);
  assert.match(error.problem.message, /.\.$/);
  assert.notEqual(error.problem.code, 'internal', error.problem.message);
  return error;
}
