import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../report/reports';
import { assertRun, type ExpectedRun } from './expectedRun';

const FOLDER = resolve('test/fixtures/containers');
const expectedRuns = (file: string): [string, ExpectedRun][] =>
  Object.entries(JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8')));

describe('run: tensors, steps and layers as training scripts save them', () => {
  for (const [run, expected] of expectedRuns('expected.json'))
    it(run.replaceAll('_', ' '), async () => assertRun(await reportOf(resolve(FOLDER, run)), expected));
});
