/** Records in memory, on one core: every statistic and distribution, against PyTorch, NumPy and the plain loops. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { analyseRecord, type ValueStream } from '../../src/kernel/analyseRecord';
import { CHUNK_VALUES, takeLane } from '../../src/kernel/lane';
import { layoutAxes } from '../../src/kernel/layoutAxes';
import { interleaved, milliseconds, type Row } from './measure';

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
const NANOSECONDS = 1e6;

export async function benchInMemory(): Promise<Row[]> {
  const rows = [await benchAgainstReferences()];
  for (const each of OTHERS) rows.push(await benchAgainstPlain(each));
  return rows;
}

async function benchAgainstReferences(): Promise<Row> {
  const values = normalValues(sizeOf(MAIN));
  const python = await startReference();
  try {
    const figures = await interleaved({
      Normscope: () => nanoseconds(MAIN, values, true),
      'its plain loops': () => nanoseconds(MAIN, values, false),
      'reading the memory': async () => readNanoseconds(values),
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
      what: `Every method's statistics and six distributions, ${titleOf(MAIN)} float32 in memory`,
      figure: `${own.toFixed(2)} ns a value, one core`,
      reference: [
        ...others.map(([name, ns]) => `${name}: ${ns.toFixed(2)} ns, ${(ns / own).toFixed(1)} ×`),
        python?.version ?? 'PyTorch and NumPy: left out, python3 here has no torch',
      ].join('\n    '),
    };
  } finally {
    python?.stop();
  }
}

async function benchAgainstPlain(each: Case): Promise<Row> {
  const values = normalValues(sizeOf(each));
  const figures = await interleaved({
    fast: () => nanoseconds(each, values, true),
    plain: () => nanoseconds(each, values, false),
  });
  const [fast, plain] = [figures.get('fast') ?? Number.NaN, figures.get('plain') ?? Number.NaN];
  return {
    what: `The same, ${titleOf(each)}`,
    figure: `${fast.toFixed(2)} ns a value`,
    reference: `its plain loops: ${plain.toFixed(2)} ns, ${(plain / fast).toFixed(1)} ×`,
  };
}

/** Nanoseconds a value of one analysis. */
async function nanoseconds({ layout, shape }: Case, values: Float32Array, fast: boolean): Promise<number> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const axes = layoutAxes(shape, strides, layout, 'memory:', '');
  const knobs = {
    layout,
    epsilon: 1e-5,
    groups: 32,
    layerScope: layout === 'NLC' ? 'position' : 'example',
  } as const;
  const lane = fast ? takeLane() : undefined;
  const stream: ValueStream = {
    ...(lane === undefined ? {} : { lane }),
    forEach: async (visit) => {
      for (let from = 0; from < values.length; from += CHUNK_VALUES) {
        const chunk = values.subarray(from, from + CHUNK_VALUES);
        const target = lane?.values(chunk.length);
        target?.set(chunk);
        visit(target ?? chunk, from);
      }
    },
  };
  const time = await milliseconds(async () => {
    await analyseRecord(axes, stream, knobs, false);
  });
  lane?.release();
  return (time * NANOSECONDS) / values.length;
}

/** What it takes to look at every value once. */
async function readNanoseconds(values: Float32Array): Promise<number> {
  const lane = takeLane();
  if (lane === undefined) return Number.NaN;
  const address = lane.allocate(values.byteLength);
  if (address === undefined) return Number.NaN;
  lane.float32(address, values.length).set(values);
  const time = await milliseconds(async () => {
    lane.code.countZeros(address, values.length);
  });
  lane.release();
  return (time * NANOSECONDS) / values.length;
}

interface Reference {
  readonly version: string;
  measure(request: string): Promise<number>;
  stop(): void;
}

/** Python with the references loaded; undefined where there is no PyTorch. */
async function startReference(): Promise<Reference | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const child = spawn(python, ['test/bench/reference.py'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const answers = linesOf(child);
    const version = await answers.next();
    if (version.done === true) continue;
    return {
      version: version.value,
      measure: async (request) => {
        child.stdin.write(`${request}\n`);
        return Number((await answers.next()).value);
      },
      stop: () => child.kill(),
    };
  }
  return undefined;
}

async function* linesOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
): AsyncGenerator<string, undefined> {
  child.on('error', () => {});
  for await (const line of createInterface({ input: child.stdout })) yield line;
  return undefined;
}

/** Sums of four uniform values: bell-shaped, and quick to make. */
function normalValues(count: number): Float32Array {
  const uniform = () => Math.random() - 0.5;
  return Float32Array.from({ length: count }, () => 1.7 * (uniform() + uniform() + uniform() + uniform()));
}

function sizeOf({ shape }: Case): number {
  return shape.reduce((a, b) => a * b, 1);
}

function titleOf({ layout, shape }: Case): string {
  return `${layout} [${shape.join(', ')}]`;
}
