/** How time and memory grow with the number of records: of listing a run, and of its report. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeRun } from './data';
import type { Cost, Task } from './growthTask';
import type { Group, Row } from './measure';
import { inTemporaryFolder } from './temporary';

/** Records at 1 ×. */
const RECORDS = 5000;
const FACTORS = [1, 4, 16] as const;
const LAYERS = 100;
const SHAPE = [8, 16];

type Write = (folder: string, records: number) => Promise<void>;

const RUNS: readonly { readonly what: string; readonly write: Write; readonly tasks: readonly Task[] }[] = [
  { what: `${LAYERS} layers in each file`, write: writeSteps, tasks: ['list', 'report'] },
  { what: 'all tensors in one file', write: writeOneFile, tasks: ['list'] },
  { what: 'a file for each record', write: writeFiles, tasks: ['list', 'report'] },
];

export const GROUP: Group = {
  name: 'growth',
  title: `Records of [${SHAPE.join(', ')}] at 1 ×, 4 × and 16 ×, in processor time of all threads`,
  rows: async () => {
    const rows: Row[] = [];
    for (const { what, write, tasks } of RUNS) {
      for (const task of tasks) {
        const costs: Cost[] = [];
        for (const factor of FACTORS) {
          costs.push(
            await inTemporaryFolder(async (folder) => {
              await write(join(folder, 'run'), factor * RECORDS);
              const cost = await costOf(task, join(folder, 'run'), join(folder, 'report.json'));
              await rm(folder, { recursive: true });
              return cost;
            }),
          );
        }
        rows.push(...rowsOf(`${what}: ${task === 'list' ? 'listing' : 'the report'}`, costs));
      }
    }
    return rows;
  },
};

function rowsOf(what: string, costs: readonly Cost[]): readonly Row[] {
  return [
    ...costs.map(({ cpu, longest, peak }, i) => ({
      what: `${what}, ${(FACTORS[i] * RECORDS).toLocaleString('en')} records`,
      figure: `${(cpu / 1000).toFixed(2)} s`,
      rate: `${((1000 * cpu) / FACTORS[i] / RECORDS).toFixed(0)} µs a record`,
      ratio: `${(peak / 1e6).toFixed(0)} MB`,
      note: `longest slice ${longest.toFixed(0)} ms`,
    })),
    {
      what: '  time and memory from 4 × to 16 × grow as n to the power of',
      figure: exponent(costs.map(({ cpu }) => cpu)),
      ratio: exponent(costs.map(({ peak }) => peak)),
      note: 'wanted: 1.0 at most',
    },
  ];
}

/** Slope between the last two figures, both axes logarithmic. */
function exponent(figures: readonly number[]): string {
  const [from, to] = figures.slice(-2);
  const [low, high] = FACTORS.slice(-2);
  return (Math.log(to / from) / Math.log(high / low)).toFixed(2);
}

/** In a process of its own, whose memory is the task's alone. */
async function costOf(task: Task, folder: string, out: string): Promise<Cost> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    'out/test/bench/growthTask.mjs',
    task,
    folder,
    out,
  ]);
  return JSON.parse(stdout);
}

async function writeSteps(folder: string, records: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = Array.from({ length: LAYERS }, (_, i) => `block${i >> 2}.layer${i & 3}`);
  for (let step = 0; step < records / LAYERS; step++)
    await writeFile(
      join(folder, `step_${String(step).padStart(6, '0')}.safetensors`),
      safetensors(names, step),
    );
}

async function writeOneFile(folder: string, records: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = Array.from(
    { length: records },
    (_, i) => `step_${Math.floor(i / LAYERS)}/layer${i % LAYERS}`,
  );
  await writeFile(join(folder, 'run.safetensors'), safetensors(names, 0));
}

async function writeFiles(folder: string, records: number): Promise<void> {
  await writeRun(folder, { steps: records / LAYERS, layers: LAYERS, shape: SHAPE });
}

/** Tensors of these names, which drift with the step. */
function safetensors(names: readonly string[], step: number): Uint8Array {
  const size = SHAPE.reduce((a, b) => a * b, 1);
  const header = JSON.stringify(
    Object.fromEntries(
      names.map((name, i) => [
        name,
        { dtype: 'F32', shape: SHAPE, data_offsets: [4 * size * i, 4 * size * (i + 1)] },
      ]),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const values = Float32Array.from({ length: size * names.length }, (_, i) => Math.sin(i + 1) + step / 100);
  return Buffer.concat([length, Buffer.from(header), Buffer.from(values.buffer)]);
}
