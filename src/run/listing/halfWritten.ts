import type { Problem, ProblemCode } from '../../model/problem';

/** Milliseconds between two attempts to read a file that may be half-written; doubles up to a limit. */
export interface RetryTimes {
  readonly firstRetry: number;
  readonly maxRetry: number;
}

/**
 * How files are treated that another program may still be writing: everything that decides about such a file, in the
 * kernel and in the host, asks here. Milliseconds.
 */
export const HALF_WRITTEN: RetryTimes & {
  /** A file that cannot be read counts as written once it has stayed the same for this long. */
  readonly settling: number;
  /** A record whose file does not settle fails after this long. */
  readonly patience: number;
} = { firstRetry: 200, maxRetry: 2000, settling: 3000, patience: 10_000 };

/** Problems that may disappear once the writer has finished or deleted the file. */
const PASSING: ReadonlySet<ProblemCode> = new Set([
  'truncated',
  'malformed',
  'changed',
  'empty',
  'not-found',
  'unreadable',
]);

/** Whether a problem may be that of a half-written file. */
export function mayPass({ code }: Pick<Problem, 'code'>): boolean {
  return PASSING.has(code);
}

/** Milliseconds until the next attempt, after this number of attempts. */
export function retryDelay(looks: number, { firstRetry, maxRetry }: RetryTimes = HALF_WRITTEN): number {
  return Math.min(maxRetry, firstRetry * 2 ** looks);
}

/** Retries a file until it is completely written, or until the policy gives up. */
export async function untilWritten(isHalfWritten: () => Promise<boolean>): Promise<void> {
  let waited = 0;
  for (let looks = 0; await isHalfWritten(); looks++) {
    const delay = retryDelay(looks);
    if (waited + delay > HALF_WRITTEN.patience) return;
    await new Promise((resolve) => setTimeout(resolve, delay));
    waited += delay;
  }
}

/** Files that could not be read, each as it was then and since when. */
export interface UnsettledFiles {
  /**
   * Notes that a file in this state (of {@link ListedFile}) cannot be read; whether that counts, because the file has
   * stayed the same for long enough.
   */
  note(uri: string, state: string | undefined): boolean;
  /** The file was read, or was deleted. */
  forget(uri: string): void;
}

export function unsettledFiles(settling: number, now: () => number): UnsettledFiles {
  const files = new Map<string, { readonly state: string | undefined; readonly since: number }>();
  return {
    note: (uri, state) => {
      const known = files.get(uri);
      const since = known !== undefined && known.state === state ? known.since : now();
      files.set(uri, { state, since });
      return now() - since >= settling;
    },
    forget: (uri) => void files.delete(uri),
  };
}
