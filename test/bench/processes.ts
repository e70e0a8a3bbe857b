/** Processes that are asked for a figure, a line at a time. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { KernelRequest } from './kernel';

export interface Measuring {
  /** Nanoseconds a value. */
  measure(request: string): Promise<number>;
  stop(): void;
}

export interface Kernel {
  measure(request: KernelRequest): Promise<number>;
  stop(): void;
}

export function startKernel(loops: 'fast' | 'plain'): Kernel {
  const { measure, stop } = start(process.execPath, ['out/test/bench/kernel.mjs', loops]);
  return { measure: (request) => measure(JSON.stringify(request)), stop };
}

/** Python with the references loaded; undefined where there is no PyTorch. */
export async function startReference(): Promise<(Measuring & { readonly version: string }) | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const reference = start(python, ['test/bench/reference.py']);
    const version = await reference.next();
    if (version !== undefined) return { ...reference, version };
  }
  return undefined;
}

function start(
  command: string,
  args: readonly string[],
): Measuring & { next(): Promise<string | undefined> } {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = linesOf(child);
  const next = async () => (await answers.next()).value;
  return {
    next,
    measure: async (request) => {
      child.stdin.write(`${request}\n`);
      return Number(await next());
    },
    stop: () => child.kill(),
  };
}

async function* linesOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
): AsyncGenerator<string, undefined> {
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  for await (const line of createInterface({ input: child.stdout })) yield line;
  return undefined;
}
