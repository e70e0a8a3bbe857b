import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { methodSweep } from '../../../../src/kernel/run/methodSweep';
import type { SketchStore } from '../../../../src/kernel/run/sketchStore';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { RecordEntry, RunCatalog } from '../../../../src/model/catalog';
import { removedShare } from '../../../../src/model/methodSweep';
import { analyseArray } from '../arrays';

/** By PyTorch and NumPy: test/fixtures/sweep/make.py, whose formulas the values below follow. */
const EXPECTED: {
  raw: number;
  groups: { groups: number; w1: number }[];
  epsilon: Record<string, { units: number; share: number }>;
} = JSON.parse(readFileSync('test/fixtures/sweep/sweep.json', 'utf8'));

const SHAPE = [6, 24, 20];
const [, CHANNELS, POSITIONS] = SHAPE;
const EPSILON = 1e-5;

function tensor(step: number): Float32Array {
  return Float32Array.from({ length: 6 * CHANNELS * POSITIONS }, (_, i) => {
    const channel = Math.floor(i / POSITIONS) % CHANNELS;
    const x = Math.sin(i * i * 0.7 + i) * 10 ** ((channel - 23) / 8);
    return step === 0 ? x : x * (channel < 3 ? 2 : 1) + 0.5 * (channel % 4);
  });
}

/** A run of one layer with two steps. */
async function sweep(record: number, groups = 8) {
  const records = [0, 1].map((id) => ({ id, layer: 0, variant: 0, step: id, shape: SHAPE }));
  const catalog = { records, layers: [{}], variants: [{}] } as unknown as RunCatalog;
  const asked: (number | undefined)[] = [];
  let open = 0;
  const storeOf = (other: number | undefined) => {
    asked.push(other);
    open++;
    const of = ({ id }: RecordEntry): Promise<RecordSketch> =>
      analyseArray(tensor(id), SHAPE, 'NCL', { groups: other ?? groups, epsilon: EPSILON });
    const close = async () => {
      open--;
    };
    const only: SketchStore['only'] = async (record, method) => (await of(record)).methods[method];
    return { of, only, close } as Partial<SketchStore> as SketchStore;
  };
  const found = await methodSweep({ catalog, options: DEFAULT_OPTIONS }, storeOf, record);
  assert.equal(open, 0);
  return { found, asked };
}

describe('other numbers of groups', () => {
  it('leave the shift that NumPy measures after PyTorch’s group_norm', async () => {
    const { found } = await sweep(1);
    assert.deepEqual(
      found.groups.map(({ groups }) => groups),
      EXPECTED.groups.map(({ groups }) => groups),
    );
    assert.ok(Math.abs(found.raw - EXPECTED.raw) < 1e-3 * EXPECTED.raw, `raw: ${found.raw}`);
    found.groups.forEach(({ groups, w1 }, i) => {
      // The distance of two histograms is exact to their cells.
      const expected = EXPECTED.groups[i].w1;
      assert.ok(Math.abs(w1 - expected) < 1e-3 * expected, `G = ${groups}: ${w1} is not ${expected}`);
      assert.ok(Math.abs(removedShare(found, w1) - (1 - expected / EXPECTED.raw)) < 1e-3);
    });
  });

  it('have ε above 1 % of σ² in the units in which NumPy finds it', async () => {
    const { found } = await sweep(1);
    assert.deepEqual(
      Object.fromEntries(found.epsilon.map(({ method, ...share }) => [method, share])),
      EXPECTED.epsilon,
    );
  });

  it('are not tried at the reference step, which has no shift', async () => {
    const { found, asked } = await sweep(0);
    assert.deepEqual([found.groups, asked], [[], [undefined]]);
    assert.ok(Number.isNaN(found.raw) && Number.isNaN(removedShare(found, 1)));
    assert.equal(found.epsilon.length, 5);
  });
});
