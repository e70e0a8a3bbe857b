import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { channelPositions } from '../../../../src/kernel/run/channelPositions';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { openRun } from '../../../../src/run/openRun';
import { npyBytes, npyHeader } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';

/** By NumPy: test/fixtures/positions/make.py, whose formulas the values below follow. */
const CASES: readonly {
  layout: string;
  shape: readonly number[];
  channel: number;
  cells: readonly number[];
  steps: readonly (readonly (number | null)[])[];
}[] = JSON.parse(readFileSync('test/fixtures/positions/positions.json', 'utf8'));

function tensor(shape: readonly number[], step: number): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, i) => {
    if (i % 7 === 0) return (i / 7) % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    return Math.sin(i * i * 0.7 + i + step) + 0.01 * (i % 11) * step;
  });
}

/** A layer at three steps; the files of `lost` steps are cut off after their header. */
async function runOf(shape: readonly number[], layout: string, lost: readonly number[] = []) {
  const header = npyHeader(`(${shape.join(', ')},)`);
  const files = memoryFiles(
    Object.fromEntries(
      [0, 1, 2].map((step) => [
        `step_${step}/a.npy`,
        npyBytes(header, new Uint8Array(tensor(shape, step).buffer)),
      ]),
    ),
  );
  const catalog = await openRun(files, [ROOT]);
  const options = { ...DEFAULT_OPTIONS, layouts: { [catalog.layers[0].fullName]: layout } };
  const records = catalog.records.map((record) =>
    lost.includes(record.step) ? { ...record, file: `${record.file}.gone` } : record,
  );
  const run = { catalog: { ...catalog, records }, options };
  const ask = (step: number, channel: number) =>
    channelPositions(files, run, { layer: 0, variant: 0, step, channel }, new AbortController().signal);
  return { files, ask };
}

function assertEqual(actual: ArrayLike<number>, expected: readonly (number | null)[], what: string) {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, i) => {
    const limit = 1e-6 * Math.max(1e-3, Math.abs(value ?? 0));
    const isRight = value === null ? Number.isNaN(actual[i]) : Math.abs(actual[i] - value) <= limit;
    assert.ok(isRight, `${what}, cell ${i}: ${actual[i]} is not ${value}`);
  });
}

describe('one channel by position', () => {
  for (const { layout, shape, channel, cells, steps } of CASES)
    it(`equals NumPy for ${layout} [${shape.join(', ')}]`, async () => {
      const { files, ask } = await runOf(shape, layout);
      const found = await ask(1, channel);
      assert.equal(files.opened(), 0);
      assert.ok(found !== null);
      assert.deepEqual([found.channel, found.rows], [channel, cells[0]]);
      if (cells.length === 1) {
        assert.deepEqual([found.kind, found.columns, [...found.records]], ['steps', 3, [0, 1, 2]]);
        for (const [step, expected] of steps.entries()) {
          const column = Array.from({ length: found.rows }, (_, row) => found.mean[row * 3 + step]);
          assertEqual(column, expected, `step ${step}`);
        }
      } else {
        assert.deepEqual([found.kind, found.columns, [...found.records]], ['picture', cells[1], [1]]);
        assertEqual(found.mean, steps[0], 'step 1');
      }
    });

  it('does not exist for a layer without positions', async () => {
    const { ask } = await runOf([4, 8], 'NC');
    assert.equal(await ask(0, 0), null);
  });

  it('leaves a step empty that cannot be read, and fails for the one in view', async () => {
    const [{ shape, layout, channel, steps }] = CASES;
    const { ask } = await runOf(shape, layout, [2]);
    const found = await ask(0, channel);
    const columnOf = (step: number) => Array.from({ length: 10 }, (_, row) => found!.mean[row * 3 + step]);
    assertEqual(columnOf(1), steps[1], 'step 1');
    assertEqual(
      columnOf(2),
      steps[2].map(() => null),
      'step 2',
    );
    await assert.rejects(ask(2, channel));
  });

  it('is of the last channel if the layer has fewer', async () => {
    const { ask } = await runOf([3, 10, 16], 'NLC');
    const [few, last] = [await ask(0, 99), await ask(0, 15)];
    assert.equal(few?.channel, 15);
    assert.deepEqual(few, last);
  });
});
