import type { RecordEntry } from '../../model/catalog';
import { problemError, restartReason, toProblem } from '../../model/problem';
import { abortError, isAbortError } from '../../rpc/abort';
import { type CallOptions, type Connection, connect, type Port } from '../../rpc/channel';
import type { ComputeWorkerApi } from './computeWorker';
import { fairQueue } from './fairQueue';

/** Compute workers that work on records of local files side by side. */
export interface WorkerPool {
  /** Records that are worked on at a time. */
  readonly size: number;
  /**
   * Runs work on a record in the next free compute worker; groups (runs) take turns. If the worker dies at it, rejects
   * with `internal`, naming the record; work that only waited there moves to another worker. `first`: before other
   * waiting work of the same group, for short work that is needed now.
   */
  run<T>(group: string, record: RecordEntry, work: Work<T>, signal: AbortSignal, first?: boolean): Promise<T>;
  /** Starts the compute workers before there is work for them: each takes a few tenths of a second. */
  start(): void;
  dispose(): void;
}

export type ComputeWorkerCall = Connection<ComputeWorkerApi>['call'];
type Work<T> = (worker: ComputeWorker, options: CallOptions<never>) => Promise<T>;

/** A live compute worker, which can be called again about what it keeps. */
export interface ComputeWorker {
  readonly call: ComputeWorkerCall;
  isAlive(): boolean;
}

type Spawn = () => { readonly port: Port; kill(): void };

interface Task {
  readonly group: string;
  readonly record: RecordEntry;
  start(member: Member): Promise<void>;
  give(error: Error): void;
}

interface Member extends ComputeWorker {
  /** Tasks that it was given and has not answered; it works on the first. */
  readonly given: Set<Task>;
  end(): void;
}

/**
 * What a compute worker is given at a time: the next ones wait there, so that none idles while a result is on its way to a
 * coordinator that has to wait for a core itself.
 */
const GIVEN_AT_A_TIME = 3;

/** Compute workers are started when there is work for them, `size` at most. */
export function workerPool(size: number, spawn: Spawn): WorkerPool {
  const members = new Set<Member>();
  const waiting = fairQueue<Task>();
  let isDisposed = false;

  function start(): Member {
    const { port, kill } = spawn();
    const connection = connect<Record<string, never>, ComputeWorkerApi>(port, {});
    const member: Member = {
      call: (method, params, options) => connection.call(method, params, options),
      isAlive: () => members.has(member),
      given: new Set(),
      end: () => {
        connection.close(restartReason());
        kill();
      },
    };
    port.onClose(() => members.delete(member));
    members.add(member);
    return member;
  }

  /** An idle compute worker, a new one, or the one with the least to do that may be given more. */
  function free(): Member | undefined {
    let least: Member | undefined;
    for (const member of members)
      if (least === undefined || member.given.size < least.given.size) least = member;
    if ((least === undefined || least.given.size > 0) && members.size < size) return start();
    return least !== undefined && least.given.size < GIVEN_AT_A_TIME ? least : undefined;
  }

  function giveOut(): void {
    while (waiting.size > 0 && !isDisposed) {
      const member = free();
      const task = member && waiting.next();
      if (member === undefined || task === undefined) return;
      member.given.add(task);
      void task.start(member).finally(giveOut);
    }
  }

  function run<T>(
    group: string,
    record: RecordEntry,
    work: Work<T>,
    signal: AbortSignal,
    first = false,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (isDisposed) return reject(problemError('internal', record.file, restartReason()));
      if (signal.aborted) return reject(abortError());
      const giveUp = () => {
        waiting.remove(group, task);
        reject(abortError());
      };
      const settle = () => signal.removeEventListener('abort', giveUp);
      const task: Task = {
        group,
        record,
        give: (error) => {
          settle();
          reject(error);
        },
        start: async (member) => {
          try {
            resolve(await work(member, { signal }));
          } catch (error) {
            const [worked] = member.given;
            // Only the task that the worker was running can have killed it; the others were waiting.
            if (
              !isAbortError(error) &&
              !member.isAlive() &&
              worked !== task &&
              !signal.aborted &&
              !isDisposed
            ) {
              waiting.addFirst(group, task);
              return;
            }
            reject(member.isAlive() || isAbortError(error) ? error : named(error, record));
          } finally {
            // Keep `given` of a dead member: its other tasks check which one it was running.
            if (member.isAlive()) member.given.delete(task);
          }
          settle();
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      if (first) waiting.addFirst(group, task);
      else waiting.add(group, task);
      giveOut();
    });
  }

  return {
    size,
    run,
    start: () => {
      while (members.size < size && !isDisposed) start();
    },
    dispose: () => {
      isDisposed = true;
      for (const member of members) member.end();
      members.clear();
      for (let task = waiting.next(); task !== undefined; task = waiting.next())
        task.give(problemError('internal', task.record.file, restartReason()));
    },
  };
}

/** The compute worker's death as the record's problem. */
function named(error: unknown, { file, tensor }: RecordEntry): Error {
  return problemError('internal', file, toProblem(error, file).message, tensor, error);
}
