/** Records in memory, on one core: every statistic and distribution, against PyTorch, NumPy and the plain loops. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { interleaved, type Row } from './measure';

interface Case {
  readonly layout: string;
  readonly shape: readonly number[];
}

/** That of test/bench/reference.py. */
const MAIN: Case = { layout: 'NCHW', shape: [64, 256, 28, 28] };
const OTHERS: readonly Case[] = [
  { layout: 'NCHW', shape: [64, 512, 7, 7] },
  { layout: 'NLC', shape: [8, 1024, 768] },
  { layout: 'NC', shape: [256, 512] },
];

export async function benchInMemory(): Promise<Row[]> {
  const rows = [await benchAgainstReferences()];
  for (const each of OTHERS) rows.push(await benchAgainstPlain(each));
  return rows;
}

async function benchAgainstReferences(): Promise<Row> {
  const [fast, plain, python] = [startKernel('fast'), startKernel('plain'), await startReference()];
  try {
    const figures = await interleaved({
      Normscope: () => fast.measure(requestOf(MAIN)),
      'its plain loops': () => plain.measure(requestOf(MAIN)),
      'looking at every value once': () => fast.measure('read'),
      ...(python === undefined
        ? {}
        : {
            'PyTorch, straightforward': () => python.measure('straightforward 1'),
            'PyTorch, straightforward, 2 threads': () => python.measure('straightforward 2'),
            'PyTorch, expert': () => python.measure('expert 1'),
            'PyTorch, expert, 2 threads': () => python.measure('expert 2'),
            NumPy: () => python.measure('numpy 1'),
          }),
    });
    const own = figures.get('Normscope') ?? Number.NaN;
    const others = [...figures].filter(([name]) => name !== 'Normscope');
    return {
      what: `Every method's statistics and six distributions, ${requestOf(MAIN)} float32 in memory`,
      figure: `${own.toFixed(2)} ns a value, one core`,
      reference: [
        ...others.map(([name, ns]) => `${name}: ${ns.toFixed(2)} ns, ${(ns / own).toFixed(1)} ×`),
        python?.version ?? 'PyTorch and NumPy: left out, python3 here has no torch',
      ].join('\n    '),
    };
  } finally {
    for (const each of [fast, plain, python]) each?.stop();
  }
}

async function benchAgainstPlain(each: Case): Promise<Row> {
  const kernels = [startKernel('fast'), startKernel('plain')];
  const [fast, plain] = kernels;
  try {
    const figures = await interleaved({
      fast: () => fast.measure(requestOf(each)),
      plain: () => plain.measure(requestOf(each)),
    });
    const [own, other] = [figures.get('fast') ?? Number.NaN, figures.get('plain') ?? Number.NaN];
    return {
      what: `The same, ${requestOf(each)}`,
      figure: `${own.toFixed(2)} ns a value`,
      reference: `its plain loops: ${other.toFixed(2)} ns, ${(other / own).toFixed(1)} ×`,
    };
  } finally {
    for (const kernel of kernels) kernel.stop();
  }
}

/** A process that answers a line with nanoseconds a value. */
interface Measuring {
  measure(request: string): Promise<number>;
  stop(): void;
}

/** Each in a process of its own: the engine optimizes a loop for what it has seen. */
function startKernel(loops: 'fast' | 'plain'): Measuring {
  return startMeasuring(process.execPath, ['out/test/bench/kernel.mjs', loops]);
}

/** Python with the references loaded; undefined where there is no PyTorch. */
async function startReference(): Promise<(Measuring & { readonly version: string }) | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const reference = startMeasuring(python, ['test/bench/reference.py']);
    const version = await reference.next();
    if (version !== undefined) return { ...reference, version };
  }
  return undefined;
}

function startMeasuring(
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
  for await (const line of createInterface({ input: child.stdout })) yield line;
  return undefined;
}

function requestOf({ layout, shape }: Case): string {
  return `${layout} [${shape.join(', ')}]`;
}
