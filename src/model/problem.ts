/**
 * One thing that went wrong with one file or one tensor, in words that reach the person.
 * Plain data: it crosses from the kernel to the host, the panel and the report unchanged.
 */
export interface Problem {
  readonly code: ProblemCode;
  /** URI of the file or folder. */
  readonly path: string;
  /** Key of the tensor inside the file, where the problem is with one tensor only. */
  readonly tensor?: string;
  /** A whole sentence: what was expected, what was found. */
  readonly message: string;
}

export type ProblemCode =
  /** The path does not exist (any more). */
  | 'not-found'
  /** The operating system or the file system provider refused. */
  | 'unreadable'
  /** Fewer bytes came than the file's own size or header promised. */
  | 'truncated'
  /** The header contradicts the format's specification or the file. */
  | 'malformed'
  /** Well-formed, but of a kind that is not read (object arrays, encrypted entries, unknown dtypes). */
  | 'unsupported'
  /** The file changed while it was being read. */
  | 'changed'
  /** Nothing in the path or the keys says what this is. */
  | 'unrecognised'
  /** The folder or file has no tensors. */
  | 'empty'
  /** The layout does not fit the tensor's shape. */
  | 'layout'
  /** The sidecar (normscope.json) is not what its schema says. */
  | 'sidecar'
  /** The worker died, or a defect of Normscope. */
  | 'internal';

/** An error that carries a {@link Problem}. Everything that readers and the kernel throw on purpose is one. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Bundles that are loaded when they are needed have a class of their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ProblemError' && 'problem' in value;
  }
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** Whether what was thrown says that a path does not exist (any more). */
export function isNotFound(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.problem.code === 'not-found';
}

/** Builds the error to throw for a problem. */
export function problemError(
  code: ProblemCode,
  path: string,
  message: string,
  tensor?: string,
): ProblemError {
  return new ProblemError(tensor === undefined ? { code, path, message } : { code, path, message, tensor });
}

/**
 * The problem that an unknown thrown value stands for. What is not a {@link ProblemError} is a defect of ours
 * and is named as such.
 */
export function toProblem(error: unknown, path: string, tensor?: string): Problem {
  if (error instanceof ProblemError) {
    return tensor === undefined || error.problem.tensor !== undefined
      ? error.problem
      : { ...error.problem, tensor };
  }
  const message = error instanceof Error ? error.message : String(error);
  return problemError('internal', path, message, tensor).problem;
}
