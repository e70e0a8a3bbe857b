import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mismatchSentence } from '../../../src/findings/declared';
import { localFiles } from '../../../src/io/localFiles';
import { checkRun } from '../../../src/kernel/check/checkRun';
import { type OpenFiles, openFiles } from '../../../src/kernel/tensor/openFiles';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import type { LayerCheck } from '../../../src/model/check';
import { problemError } from '../../../src/model/problem';
import { openRun } from '../../../src/run/openRun';

/** The checks of a run that PyTorch made (test/fixtures), by layer. */
async function checksOf(
  folder: string,
): Promise<[layer: string, check: LayerCheck, sentence: string | undefined][]> {
  const fileSystem = localFiles();
  const catalog = await openRun(fileSystem, [pathToFileURL(resolve('test/fixtures', folder)).href]);
  const files = openFiles(fileSystem);
  const checks: [string, LayerCheck, string | undefined][] = [];
  const { signal } = new AbortController();
  await checkRun(files, catalog, DEFAULT_OPTIONS, new Map(), signal, (check) => {
    const { fullName, layout } = catalog.layers[catalog.records[check.record].layer];
    checks.push([fullName, check, mismatchSentence(check, layout)]);
  });
  await files.closeAll();
  return checks;
}

const RIGHT = {
  'normalization/right_conv_float32': 8,
  'normalization/right_conv_bfloat16': 8,
  'normalization/right_transformer_float32': 12,
  'normalization/right_transformer_bfloat16': 12,
  'recorder/conv': 12,
  'recorder/conv_probe': 12,
  'recorder/transformer': 18,
};

/** Checks a run whose files all fail with this; the defects that were reported. */
async function defectsOf(folder: string, thrown: Error): Promise<unknown[]> {
  const catalog = await openRun(localFiles(), [pathToFileURL(resolve('test/fixtures', folder)).href]);
  const fails = () => Promise.reject(thrown);
  const files: OpenFiles = new Proxy({} as OpenFiles, { get: () => fails });
  const defects: unknown[] = [];
  const { signal } = new AbortController();
  await checkRun(
    files,
    catalog,
    DEFAULT_OPTIONS,
    new Map(),
    signal,
    () => assert.fail('nothing can be checked'),
    (error) => defects.push(error),
  );
  return defects;
}

describe('kernel: declared against actual', () => {
  it('reports a defect in the check of a layer, and goes on with the others', async () => {
    const defect = new TypeError('Not a function.');
    const defects = await defectsOf('recorder/conv', defect);
    assert.ok(defects.length > 1 && defects.every((each) => each === defect), `${defects.length} defects`);
  });

  it('leaves a file that cannot be read to the analysis', async () => {
    const problem = problemError('truncated', 'file:///run/a.npz', 'Cut off.');
    assert.deepEqual(await defectsOf('recorder/conv', problem), []);
  });

  for (const [folder, count] of Object.entries(RIGHT)) {
    it(`finds nothing wrong with ${folder}`, async () => {
      const checks = await checksOf(folder);
      for (const [layer, { mismatch, beyond }] of checks) {
        assert.equal(mismatch, undefined, layer);
        assert.equal(beyond, 0, layer);
      }
      assert.equal(checks.length, count);
    });
  }

  const LAYER_NORM = '(x − mean(x))/√(var(x) + 1e-5) · γ + β, over axis 2';
  const BATCH_NORM = '(x − mean(x))/√(var(x) + 1e-5) · γ + β, over axes 0, 2, 3';
  const SENTENCES = {
    over_positions: `It declares ${LAYER_NORM}; the output is what (x − mean(x))/√(var(x) + 1e-5) · γ + β, over axis 1 gives.`,
    other_epsilon: 'It declares ε 1e-5; the output is what ε 1e-3 gives.',
    without_mean: `It declares ${LAYER_NORM}; the output is what x/√(mean(x²) + 1e-5) · γ + β, over axis 2 gives.`,
    without_affine: `It declares ${LAYER_NORM}; the output is what (x − mean(x))/√(var(x) + 1e-5), over axis 2 gives.`,
    nothing_known: `It declares ${LAYER_NORM}, but the output is different, and no other axes, groups, ε or statistics explain it.`,
    other_groups: 'It declares 4 groups; the output is what 2 groups give.',
    other_epsilon_of_groups: 'It declares ε 1e-5; the output is what ε 1e-3 gives.',
    frozen_batch:
      'In training mode it declares the statistics of its input; the output uses its running statistics: (x − running_mean)/√(running_var + 1e-5) · γ + β, for each index of axis 1.',
    per_example: `It declares ${BATCH_NORM}; the output is what (x − mean(x))/√(var(x) + 1e-5) · γ + β, over axes 2, 3 gives.`,
    by_one_less: `It declares ${BATCH_NORM}; the output is what (x − mean(x))/√(var(x, n − 1) + 1e-5) · γ + β, over axes 0, 2, 3 gives.`,
  };
  for (const folder of ['wrong_tokens', 'wrong_images']) {
    it(`names what is wrong with each layer of ${folder} in float32`, async () => {
      const checks = await checksOf(`normalization/${folder}_float32`);
      assert.equal(checks.length, 5);
      for (const [layer, , sentence] of checks)
        assert.equal(sentence, SENTENCES[layer as keyof typeof SENTENCES], layer);
    });

    it(`and in bfloat16, as far as rounding lets it be seen`, async () => {
      for (const [layer, , sentence] of await checksOf(`normalization/${folder}_bfloat16`)) {
        // n against n − 1 is 0.3 % of the variance here: less than bfloat16 can tell.
        const want = layer === 'by_one_less' ? undefined : SENTENCES[layer as keyof typeof SENTENCES];
        assert.equal(sentence, want, layer);
      }
    });
  }
});
