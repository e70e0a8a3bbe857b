import { t } from '@vscode/l10n';
import { describeThrown, type ThrownError } from './thrownError';

/**
 * A problem with one file or one tensor, in a message for the user. Plain data: it passes from the kernel to the host,
 * the panel, and the report unchanged.
 */
export interface Problem {
  readonly code: ProblemCode;
  /** URI of the file or folder. */
  readonly path: string;
  /** Key of the tensor inside the file, if the problem concerns one tensor only. */
  readonly tensor?: string;
  /** A complete sentence: what was expected, what was found. */
  readonly message: string;
  /** The thrown value, for the log only: see {@link withoutCause}. */
  readonly cause?: ThrownError;
}

export type ProblemCode =
  /** The path does not exist (any more). */
  | 'not-found'
  /** The operating system or the file system provider refused. */
  | 'unreadable'
  /** The file is shorter than its size or its header says. */
  | 'truncated'
  /** The header contradicts the format's specification or the file. */
  | 'malformed'
  /** Well-formed, but of a kind that is not read (object arrays, encrypted entries, unknown dtypes). */
  | 'unsupported'
  /** The file changed while it was being read. */
  | 'changed'
  /** Nothing in the path or the keys says what this is. */
  | 'unrecognized'
  /** The folder or file has no tensors. */
  | 'empty'
  /** The layout does not fit the tensor's shape. */
  | 'layout'
  /** The sidecar (normscope.json) is not what its schema says. */
  | 'sidecar'
  /** The run that is the reference is not open. */
  | 'reference'
  /** The worker died, or a defect of Normscope. */
  | 'internal';

/** An error that carries a {@link Problem}. Everything that readers and the kernel throw on purpose is one. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Bundles that are loaded on demand have their own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ProblemError' && 'problem' in value;
  }
  /** `cause`: the error that this one was made from. */
  constructor(
    readonly problem: Problem,
    cause?: unknown,
  ) {
    super(problem.message, cause === undefined ? undefined : { cause });
  }
}

/** Whether a thrown value is a defect of Normscope, not a problem with a file. */
export function isDefect(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.problem.code === 'internal';
}

/** Whether a thrown value says that a path does not exist. */
export function isNotFound(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.problem.code === 'not-found';
}

/** Builds the error to throw for a problem. `cause`: the error that it was made from, for the log. */
export function problemError(
  code: ProblemCode,
  path: string,
  message: string,
  tensor?: string,
  cause?: unknown,
): ProblemError {
  return new ProblemError(
    tensor === undefined ? { code, path, message } : { code, path, message, tensor },
    cause,
  );
}

/** Why calls were rejected that waited for a worker which ended on purpose. */
export const restartReason = (): string => t('Restarted because settings changed.');

/**
 * Converts an unknown thrown value to a problem. Anything other than a {@link ProblemError} is a defect of Normscope,
 * and is reported as such. The problem includes the cause of the error, and for a defect its own stack.
 */
export function toProblem(error: unknown, path: string, tensor?: string): Problem {
  if (!(error instanceof ProblemError)) {
    const message = error instanceof Error ? error.message : String(error);
    const { problem } = problemError('internal', path, message, tensor);
    return { ...problem, cause: describeThrown(error) };
  }
  const { problem } = error;
  const cause = problem.cause ?? causeOf(error);
  const isPlaced = tensor === undefined || problem.tensor !== undefined;
  return { ...problem, ...(!isPlaced && { tensor }), ...(cause !== undefined && { cause }) };
}

function causeOf(error: ProblemError): ThrownError | undefined {
  if (error.problem.code === 'internal') return describeThrown(error);
  return error.cause === undefined ? undefined : describeThrown(error.cause);
}

/** The same with problems as people get them: the log has their causes. */
export function withoutCauses<T extends { readonly problems?: readonly Problem[] }>(value: T): T {
  const { problems = [] } = value;
  const hasCauses = problems.some(({ cause }) => cause !== undefined);
  return hasCauses ? { ...value, problems: problems.map(withoutCause) } : value;
}

/** The problem as people get it: the log has its cause. */
export function withoutCause({ cause: _, ...problem }: Problem): Problem {
  return problem;
}

/** The problems of a list that another does not have. */
export function newProblems(before: readonly Problem[], now: readonly Problem[]): readonly Problem[] {
  const keyOf = ({ path, tensor, message }: Problem) => `${path}\n${tensor}\n${message}`;
  const known = new Set(before.map(keyOf));
  return now.filter((problem) => !known.has(keyOf(problem)));
}
