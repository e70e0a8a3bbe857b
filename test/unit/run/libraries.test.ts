import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../report/reports';
import { assertRun, type ExpectedRun } from './expectedRun';

/** The committed files, or those that test/libraries/run.mjs had the current libraries write. */
const FOLDER = resolve(process.env['NORMSCOPE_LIBRARIES'] ?? 'test/fixtures/libraries');

/** Files of current versions of libraries, and what those read from them. */
for (const file of ['torch.json', 'numpy.json', 'tools.json'].filter((name) =>
  existsSync(resolve(FOLDER, name)),
)) {
  const { versions, runs }: { versions: Record<string, string>; runs: Record<string, ExpectedRun> } =
    JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8'));
  const named = Object.entries(versions).map((pair) => pair.join(' '));
  describe(`run: files of ${named.join(', ')}`, () => {
    for (const [run, expected] of Object.entries(runs))
      it(run.replaceAll('_', ' '), async () => assertRun(await reportOf(resolve(FOLDER, run)), expected));
  });
}

describe('run: TensorBoard logs of training that was resumed', () => {
  const served: Record<string, readonly (readonly [step: number, mean: number])[]> = JSON.parse(
    readFileSync(resolve(FOLDER, 'tensorboard.json'), 'utf8'),
  );
  for (const [run, expected] of Object.entries(served))
    it(`${run.replaceAll('_', ' ')}: the steps and values that TensorBoard's data server keeps`, async () => {
      const report = await reportOf(resolve(FOLDER, run));
      const steps = report.layers.flatMap((layer) => layer.steps);
      assert.deepEqual(
        steps.map(({ step }) => step),
        expected.map(([step]) => step),
      );
      for (const [i, { methods }] of steps.entries()) {
        assert.ok(!('undefined' in methods.none));
        assert.ok(Math.abs(methods.none.mean - expected[i][1]) < 1e-9, `mean at step ${expected[i][0]}`);
      }
      assert.match(report.run.remarks?.join() ?? '', /starts again at step 60/);
    });
});
