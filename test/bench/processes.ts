/** Processes that are asked for a figure, a line at a time. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { KernelRequest } from './kernel';

export interface Measuring {
  /** Nanoseconds a value, or what else the process answers with. */
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

const PYTHONS = ['python3', '/usr/bin/python3'];

/** Starts Python with references loaded, by default those of `memory`; undefined without PyTorch. */
export async function startReference(
  script = 'test/bench/reference.py',
): Promise<(Measuring & { readonly version: string }) | undefined> {
  for (const python of PYTHONS) {
    const reference = start(python, [script]);
    const version = await reference.next();
    if (version !== undefined) return { ...reference, version };
  }
  return undefined;
}

/** The Python that has PyTorch. */
export async function pythonWithPyTorch(): Promise<string | undefined> {
  for (const python of PYTHONS)
    if (
      await promisify(execFile)(python, ['-c', 'import torch']).then(
        () => true,
        () => false,
      )
    )
      return python;
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
