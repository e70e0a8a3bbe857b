import { problemError } from '../../src/model/problem';
import { type CallContext, type Connection, connect, type Handlers } from '../../src/rpc/channel';
import type { Procedure } from '../../src/rpc/rpc';
import type { MessagePorts } from './messagePorts';

/** Procedures that behave in every way in which those of the kernel and the host can. */
export interface FarApi {
  echo: Procedure<unknown, unknown, never>;
  count: Procedure<{ to: number }, number, number>;
  /** Sends this number of progress values at once. */
  burst: Procedure<{ of: number }, number, number>;
  fail: Procedure<{ how: 'problem' | 'error' | 'text' | 'caused error' }, never, never>;
  /** Has the near side fail, and fails with that. */
  failBack: Procedure<void, never, never>;
  /** Never answers; tells once that it has begun. */
  hang: Procedure<void, void, 'begun'>;
  /** Answers what cannot be sent. */
  unsendable: Procedure<{ as: 'result' | 'progress' | 'later progress' }, unknown, unknown>;
  /** Asks the near side and answers what that says. */
  askBack: Procedure<{ text: string }, string, never>;
}

export interface NearApi {
  upper: Procedure<{ text: string }, string, never>;
  break: Procedure<void, never, never>;
}

/** A defect: its stack begins in this function, and so does its cause's. */
function causedError(): Error {
  return new TypeError('Not a function.', { cause: new RangeError('Too long.') });
}

export const PROBLEM = {
  code: 'truncated',
  path: 'file:///run/größe.npz',
  tensor: 'conv1',
  message: 'Expected 10 bytes, found 9.',
} as const;

const NO_METHODS: Handlers<Record<never, never>> = {};

/** Both sides of a link, served by handlers that note what happens to them. */
export function joined({ near, far, cut }: MessagePorts) {
  const aborted: string[] = [];
  const noteAbort = (method: string, { signal }: Pick<CallContext<never>, 'signal'>) =>
    signal.addEventListener('abort', () => aborted.push(method));

  const farSide: Connection<NearApi> = connect<FarApi, NearApi>(far, {
    echo: (value) => value,
    count: async ({ to }, context) => {
      noteAbort('count', context);
      for (let i = 1; i <= to; i++) {
        context.progress(i);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return to;
    },
    burst: ({ of }, { progress }) => {
      for (let i = 0; i < of; i++) progress(i);
      return of;
    },
    fail: ({ how }) => {
      if (how === 'problem') throw problemError(PROBLEM.code, PROBLEM.path, PROBLEM.message, PROBLEM.tensor);
      if (how === 'caused error') throw causedError();
      if (how === 'error') throw new RangeError('Out of range.');
      throw 'text';
    },
    hang: (_, context) => {
      noteAbort('hang', context);
      context.progress('begun');
      return new Promise(() => {});
    },
    unsendable: ({ as }, { progress }) => {
      if (as === 'later progress') {
        progress(1);
        progress(() => {});
        return 'right';
      }
      if (as === 'progress') progress(() => {});
      return () => {};
    },
    askBack: ({ text }) => farSide.call('upper', { text }),
    failBack: () => farSide.call('break', undefined),
  });
  const failures: [method: string, error: unknown][] = [];
  const nearSide = connect<NearApi, FarApi>(
    near,
    {
      upper: ({ text }) => text.toUpperCase(),
      break: () => {
        throw causedError();
      },
    },
    (method, error) => failures.push([method, error]),
  );
  return { nearSide, farSide, aborted, failures, cut };
}

/** A side that only calls. */
export const callerOf = (ports: Pick<MessagePorts, 'near'>): Connection<FarApi> =>
  connect<Record<never, never>, FarApi>(ports.near, NO_METHODS);

/** Starts calls that never end by themselves, and waits until the far side is at them. */
export async function startHanging(side: Connection<FarApi>, count: number, signal?: AbortSignal) {
  const calls: Promise<void>[] = [];
  await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<void>((resolve) => {
          const call = side.call('hang', undefined, {
            onProgress: () => resolve(),
            ...(signal && { signal }),
          });
          // Awaited by the test; until then a rejection is not unhandled.
          call.catch(() => {});
          calls.push(call);
        }),
    ),
  );
  return calls;
}
