import { type ChildProcess, fork } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Outcome } from './examine';
import type { MutationOrder, MutationResult } from './mutations';

export type Order =
  | {
      readonly kind: 'run';
      readonly folder: string;
      readonly denied: readonly string[];
      readonly changeAfterReads: number | undefined;
    }
  | ({ readonly kind: 'mutation' } & MutationOrder)
  | { readonly kind: 'changed' };

export type Answer =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | ({ readonly kind: 'mutated' } & MutationResult)
  | { readonly kind: 'change' }
  | { readonly kind: 'crash'; readonly why: string };

/** The process died, or did not answer in time and was ended. */
export class VictimLost extends Error {
  override readonly name = 'VictimLost';
  constructor(
    readonly why: 'crash' | 'hang',
    message: string,
  ) {
    super(message);
  }
}

/** A process that opens hostile files; a fresh one takes its place when it is lost. */
export interface Victims {
  /** Throws VictimLost. `onChange` is awaited if the victim requests a change of the folder. */
  order(order: Order, milliseconds: number, onChange?: () => Promise<void>): Promise<Answer>;
  stop(): void;
}

/** `readable`: the only folders that the process may read besides this checkout. */
export function victims(readable: readonly string[]): Victims {
  let child: ChildProcess | undefined;
  const start = () =>
    fork(resolve('out/test/hostile/victim.js'), {
      execArgv: [
        ...rights([resolve('.'), realpathSync('node_modules'), ...readable]),
        '--disallow-code-generation-from-strings',
        '--max-old-space-size=1024',
      ],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
  return {
    order: (order, milliseconds, onChange = async () => {}) => {
      child ??= start();
      const own = child;
      let said = '';
      return new Promise<Answer>((resolve, reject) => {
        const lose = (why: 'crash' | 'hang', message: string) => {
          if (child === own) child = undefined;
          own.kill('SIGKILL');
          end();
          reject(new VictimLost(why, message));
        };
        const clock = setTimeout(() => lose('hang', `No answer in ${milliseconds} ms.`), milliseconds);
        const onMessage = (answer: Answer) => {
          if (answer.kind === 'change') {
            onChange().then(() => own.send({ kind: 'changed' } satisfies Order), reject);
          } else if (answer.kind === 'crash') {
            lose('crash', answer.why);
          } else {
            end();
            resolve(answer);
          }
        };
        const onExit = (code: number | null, signal: string | null) =>
          lose('crash', `It ended with ${signal ?? code}: ${said.slice(-2000)}`);
        const onError = (text: Buffer) => {
          said += text.toString();
        };
        const end = () => {
          clearTimeout(clock);
          own.off('message', onMessage);
          own.off('exit', onExit);
          own.stderr?.off('data', onError);
        };
        own.on('message', onMessage);
        own.on('exit', onExit);
        own.stderr?.on('data', onError);
        own.send(order);
      });
    },
    stop: () => {
      child?.kill();
      child = undefined;
    },
  };
}

/** Node's flags for a process that may read these folders and may neither write nor start anything. */
function rights(readable: readonly string[]): string[] {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isStable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return [
    isStable ? '--permission' : '--experimental-permission',
    ...readable.map((folder) => `--allow-fs-read=${folder}/*`),
    '--no-warnings',
  ];
}
