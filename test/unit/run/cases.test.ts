import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../report/reports';
import { assertRun, type ExpectedRun } from './expectedRun';

const FOLDER = resolve('test/fixtures/cases');
const RUNS: Readonly<Record<string, ExpectedRun>> = JSON.parse(
  readFileSync(resolve(FOLDER, 'expected.json'), 'utf8'),
);

describe('run: situations from public reports', () => {
  for (const [run, expected] of Object.entries(RUNS))
    it(run.replaceAll('_', ' '), async () => assertRun(await reportOf(resolve(FOLDER, run)), expected));
});
