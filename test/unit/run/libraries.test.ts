import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../report/reports';
import { assertRun, type ExpectedRun } from './expectedRun';

const FOLDER = resolve('test/fixtures/libraries');

/** Files of current versions of libraries, and what those read from them. */
for (const file of ['torch.json']) {
  const { versions, runs }: { versions: Record<string, string>; runs: Record<string, ExpectedRun> } =
    JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8'));
  const named = Object.entries(versions).map((pair) => pair.join(' '));
  describe(`run: files of ${named.join(', ')}`, () => {
    for (const [run, expected] of Object.entries(runs))
      it(run.replaceAll('_', ' '), async () => assertRun(await reportOf(resolve(FOLDER, run)), expected));
  });
}
