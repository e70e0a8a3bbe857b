import * as vscode from 'vscode';
import { isDefined } from '../../../src/model/analysis';
import expected from '../../fixtures/workspace/chunked/expected.json';
import { assert, assertEqual } from '../harness/assert';
import { closeEverything, openedBy, workspaceFolder } from '../harness/session';

/** Files whose readers are loaded on demand; from test/fixtures/workspace/make_workspace.py. */
describe('compressed chunks', () => {
  const folder = vscode.Uri.joinPath(workspaceFolder(), 'chunked');

  afterEach(closeEverything);

  for (const [what, name] of [
    ['an HDF5 file (gzip, shuffle)', 'activations.h5'],
    ['a zarr store (blosc, zstd)', 'activations.zarr'],
  ] as const) {
    it(`are read from ${what}, and give the figures of NumPy`, async () => {
      const session = await openedBy('normscope.openRun', vscode.Uri.joinPath(folder, name));
      assertEqual(session.problems, [], 'Problems');
      const { catalog, results } = session;
      assertEqual(
        catalog?.layers.map(({ name, layout }) => `${name} ${layout}`),
        ['conv1 NCHW'],
        'Layers',
      );
      assertEqual(catalog?.steps, Object.keys(expected).map(Number), 'Steps');
      for (const { id, step } of catalog?.records ?? []) {
        const { count, mean, variance, min, max } = Object.entries(expected).find(
          ([key]) => Number(key) === step,
        )![1];
        const summary = results.summaries.get(id);
        const raw = summary?.methods.none;
        assert(raw !== undefined && isDefined(raw), `Step ${step} was not computed.`);
        assertEqual([summary?.count, raw.min, raw.max], [count, min, max], `Counts of step ${step}`);
        assert(Math.abs(raw.mean - mean) < 1e-12, `Mean of step ${step}: ${raw.mean}, not ${mean}`);
        assert(
          Math.abs(raw.variance - variance) < 1e-12 * variance,
          `Variance of step ${step}: ${raw.variance}, not ${variance}`,
        );
        const batch = summary?.methods.batch;
        assert(
          batch !== undefined && isDefined(batch) && Math.abs(batch.mean) < 1e-12,
          `Batch normalization of step ${step}: ${JSON.stringify(batch)}`,
        );
      }
    });
  }
});
