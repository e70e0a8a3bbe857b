import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../report/reports';
import { assertRun, type ExpectedRun } from './expectedRun';

const FOLDER = resolve('test/fixtures/containers');
const expectedRuns = (file: string): [string, ExpectedRun][] =>
  Object.entries(JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8')));

describe('run: complex tensors', () => {
  const NOT_READ = resolve(FOLDER, 'not_read');

  it('are skipped, and the report offers to read them', async () => {
    const { run, layers } = await reportOf(NOT_READ);
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['x'],
    );
    assert.deepEqual(run.assumptions, [
      { text: 'Complex tensors such as c [6, 8] are not charted.', options: ['--reading complex=channels'] },
    ]);
  });

  it('are two channels on request: the real and the imaginary part', async () => {
    const { run, layers } = await reportOf(NOT_READ, '--reading', 'complex=channels');
    assert.deepEqual(
      layers.map(({ name, layout, steps }) => [name, layout, steps[0].shape]),
      [
        ['x', 'NC', [6, 8]],
        ['c', 'NLC', [6, 8, 2]],
      ],
    );
    assert.equal(run.assumptions, undefined);
  });
});

describe('run: tensors, steps and layers as training scripts save them', () => {
  for (const [run, expected] of expectedRuns('expected.json'))
    it(run.replaceAll('_', ' '), async () => assertRun(await reportOf(resolve(FOLDER, run)), expected));
});
