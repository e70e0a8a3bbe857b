import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { openRun } from '../../../src/run/openRun';
import { reportOf } from '../report/reports';
import { type Files, memoryFiles, npy, ROOT, safetensors, text } from './memoryFiles';
import { recordsOf } from './trees';

const fixture = (name: string) => resolve('test/fixtures/recorders', name);
const open = (files: Files, sidecar?: object) =>
  openRun(memoryFiles({ ...files, ...(sidecar && { 'normscope.json': text(JSON.stringify(sidecar)) }) }), [
    ROOT,
  ]);

describe('run: several steps stacked in one array', () => {
  it('every figure equals that of the same steps in separate files', async () => {
    const [stacked, apart] = [await reportOf(fixture('stacked')), await reportOf(fixture('apart'))];
    assert.deepEqual([stacked.problems, apart.problems], [[], []]);
    const byName = (report: typeof apart) =>
      new Map(
        report.layers.map(({ fullName, layout, dtype, steps }) => [fullName, { layout, dtype, steps }]),
      );
    assert.deepEqual(byName(stacked), byName(apart));
    assert.deepEqual(
      [...byName(stacked).values()].map(({ steps }) => steps.map(({ step }) => step)),
      new Array(3).fill([0, 100, 250]),
    );
  });

  it('a layer’s own steps override the run’s; patterns and file names count', async () => {
    const run = await open(
      { 'acts.safetensors': safetensors({ fc: [2, 4, 3], head: [3, 4] }), 'conv1.npy': npy([3, 2, 4, 5, 5]) },
      { steps: [1, 2], layers: { 'conv*': { steps: [10, 20, 30] }, head: { steps: [7, 8, 9] } } },
    );
    assert.deepEqual([...recordsOf(run)].sort(), [
      ...['conv1 @ 10', 'conv1 @ 20', 'conv1 @ 30', 'fc @ 1', 'fc @ 2', 'head @ 7', 'head @ 8', 'head @ 9'],
    ]);
    assert.deepEqual(
      run.layers.map(({ fullName, shape, layout }) => [fullName, shape, layout]),
      [
        ['fc', [4, 3], 'NC'],
        ['head', [4], 'C'],
        ['conv1', [2, 4, 5, 5], 'NCHW'],
      ],
    );
    assert.deepEqual(run.problems, []);
  });

  it('a first axis of another length makes one record, and a problem', async () => {
    const run = await open({ 'step_5/fc.npy': npy([4, 3]), 'step_5/x.npy': npy([2]) }, { steps: [1, 2] });
    assert.deepEqual(recordsOf(run), ['fc @ 5', 'x @ 5']);
    assert.deepEqual(
      run.problems.map(({ code, path }) => [code, path.split('/').at(-1)]),
      [
        ['layout', 'fc.npy'],
        ['layout', 'x.npy'],
      ],
    );
    assert.match(run.problems[0].message, /lists 2 steps.*shape is \[4, 3\]/);
  });

  it('in a safetensors file’s own metadata', async () => {
    const document = JSON.stringify({ steps: [3, 6] });
    const run = await open({ 'acts.safetensors': safetensors({ fc: [2, 4, 3] }, { normscope: document }) });
    assert.deepEqual(recordsOf(run), ['fc @ 3', 'fc @ 6']);
  });

  it('ranks keep their own arrays and are merged step by step', async () => {
    const run = await open(
      { 'rank0/fc.npy': npy([2, 4, 3]), 'rank1/fc.npy': npy([2, 4, 3]) },
      { steps: [3, 6] },
    );
    assert.equal(run.records.length, 6);
    const parts = run.records.flatMap((record) => record.parts ?? []);
    assert.deepEqual(
      parts.map(({ rank, slice }) => [rank, slice]),
      [
        [0, [0, null, null]],
        [1, [0, null, null]],
        [0, [1, null, null]],
        [1, [1, null, null]],
      ],
    );
  });
});
