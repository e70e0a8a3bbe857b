/** Records in memory, on one core: every statistic and distribution, against PyTorch, NumPy and the plain loops. */
import type { DType } from '../../src/model/catalog';
import { KINDS } from './data';
import type { KernelRequest } from './kernel';
import { type Group, interleaved, type Row } from './measure';
import { startKernel, startReference } from './processes';

export const SHAPES = [
  { layout: 'NCHW', shape: [64, 256, 28, 28] },
  { layout: 'NCHW', shape: [64, 512, 7, 7] },
  { layout: 'NLC', shape: [8, 1024, 768] },
  { layout: 'NC', shape: [256, 512] },
] as const;

const DTYPES: readonly DType[] = ['float32', 'float16', 'bfloat16'];

export const GROUP: Group = {
  name: 'memory',
  title: "Every method's statistics and six distributions of float32 in memory; the rest: times as long",
  rows: async () => {
    const rows: Row[] = [];
    for (const each of SHAPES) rows.push(...(await againstReferences(each)));
    return rows;
  },
};

export const DTYPE_GROUP: Group = {
  name: 'dtypes',
  title: 'The same in other element types and distributions, beside normal float32',
  rows: async () => {
    const rows: Row[] = [];
    for (const each of SHAPES) rows.push(...(await byDtypeAndKind(each)));
    return rows;
  },
};

export const STATISTICS_GROUP: Group = {
  name: 'statistics',
  title: 'Moments and counts of every unit alone, beside one core reading as much memory',
  rows: async () => {
    const kernel = startKernel('fast');
    const rows: Row[] = [];
    try {
      for (const { layout, shape } of SHAPES) {
        const request = { layout, shape, dtype: 'float32', kind: 'normal' } as const;
        const figures = await interleaved(
          {
            statistics: () => kernel.measure({ ...request, what: 'statistics' }),
            read: () => kernel.measure({ ...request, what: 'read' }),
          },
          { warmUps: 1 },
        );
        const [own, read] = [figures.get('statistics') ?? Number.NaN, figures.get('read') ?? Number.NaN];
        rows.push(
          {
            what: titleOf(request),
            figure: ns(own),
            rate: rate(own, 4),
            note: 'wanted: 2 × the read at most',
          },
          { what: '  memory read', figure: ns(read), rate: rate(read, 4), ratio: times(read / own) },
        );
      }
      return rows;
    } finally {
      kernel.stop();
    }
  },
};

type Case = (typeof SHAPES)[number];

async function againstReferences({ layout, shape }: Case): Promise<Row[]> {
  const [fast, plain, python] = [startKernel('fast'), startKernel('plain'), await startReference()];
  const request: KernelRequest = { what: 'sketch', layout, shape, dtype: 'float32', kind: 'normal' };
  const ask = (name: string, threads: number) => () =>
    python?.measure(`${name} ${threads} ${layout} ${shape.join(',')}`) ?? Promise.resolve(Number.NaN);
  try {
    const figures = await interleaved({
      Normscope: () => fast.measure(request),
      'its plain loops': () => plain.measure(request),
      ...(python === undefined
        ? {}
        : {
            'PyTorch, straightforward, 1 thread': ask('straightforward', 1),
            'PyTorch, straightforward, 2 threads': ask('straightforward', 2),
            'PyTorch, expert, 1 thread': ask('expert', 1),
            'PyTorch, expert, 2 threads': ask('expert', 2),
            NumPy: ask('numpy', 1),
          }),
    });
    const own = figures.get('Normscope') ?? Number.NaN;
    const note = python?.version ?? 'PyTorch and NumPy: not measured, no python3 has PyTorch';
    return [...figures].map(([name, each]) =>
      name === 'Normscope'
        ? { what: titleOf(request), figure: ns(own), rate: rate(own, 4), note }
        : { what: `  ${name}`, figure: ns(each), ratio: times(each / own) },
    );
  } finally {
    for (const each of [fast, plain, python]) each?.stop();
  }
}

async function byDtypeAndKind({ layout, shape }: Case): Promise<Row[]> {
  const kernel = startKernel('fast');
  const base: KernelRequest = { what: 'sketch', layout, shape, dtype: 'float32', kind: 'normal' };
  try {
    const requests = DTYPES.flatMap((dtype) => KINDS.map((kind) => ({ ...base, dtype, kind })));
    const rows: Row[] = [];
    for (const request of requests) {
      const figures = await interleaved(
        { own: () => kernel.measure(request), base: () => kernel.measure(base) },
        { warmUps: 1 },
      );
      const [own, reference] = [figures.get('own') ?? Number.NaN, figures.get('base') ?? Number.NaN];
      rows.push({
        what: titleOf(request),
        figure: ns(own),
        rate: rate(own, request.dtype === 'float32' ? 4 : 2),
        ratio: times(own / reference),
      });
    }
    return rows;
  } finally {
    kernel.stop();
  }
}

function titleOf({ layout, shape, dtype, kind }: Omit<KernelRequest, 'what'>): string {
  return `${layout} [${shape.join(', ')}] ${dtype} ${kind}`;
}

const ns = (value: number) => `${value.toFixed(2)} ns a value`;
const rate = (value: number, width: number) => `${(width / value).toFixed(2)} GB/s`;
const times = (value: number) => `${value.toFixed(2)} ×`;
