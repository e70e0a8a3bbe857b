import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../../src/io/localFiles';
import { openRun } from '../../../../src/run/openRun';
import { memoryFiles, ROOT, safetensors, text } from '../memoryFiles';
import { recordsOf } from '../trees';

const open = (name: string) =>
  openRun(localFiles(), [pathToFileURL(resolve('test/fixtures/recorders', name)).href]);

/** Every record of each step. */
const each = (steps: readonly number[], ...records: readonly string[]) =>
  records.flatMap((record) => steps.map((step) => record.replace('@', `@ ${step}`)));

describe('run: the layouts of other recorders, written with their libraries', () => {
  const RUNS: readonly [name: string, records: readonly string[], unrecognized: readonly RegExp[]][] = [
    ['hooks', each([0, 50], 'layer1.0.conv1 @', 'fc @', 'blocks.0.attn @'), []],
    [
      'hooks_list',
      [
        ...each([10, 20], 'conv1 @ (call 0)', 'conv1 @ (call 1)', 'fc @ (call 0)', 'fc @ (call 1)'),
        ...each([10], 'conv1 @ (call 2)', 'fc @ (call 2)'),
      ],
      [],
    ],
    ['hidden', each([5], 'hidden_states.0 @', 'hidden_states.1 @', 'hidden_states.2 @', 'logits @'), []],
    [
      'nnsight',
      ['model.transformer.h.0', 'model.transformer.h.1'].flatMap((layer) =>
        each([500, 1000], `${layer} @ (call 0)`, `${layer} @ (call 1)`),
      ),
      [],
    ],
    [
      'msprobe',
      [0, 1].flatMap((rank) =>
        each(
          [0, 10],
          `conv1 @ (forward · rank ${rank} · call 0)`,
          `conv1 @ (forward · rank ${rank} · call 1)`,
          `conv1.input @ (forward · rank ${rank} · call 0)`,
          `conv1 @ (backward · rank ${rank} · call 0)`,
          `Functional.relu.0 @ (forward · rank ${rank} · call 0)`,
        ),
      ),
      new Array(4).fill(/^This is a parameter of conv1/),
    ],
    [
      'te',
      [0, 1].flatMap((rank) =>
        each(
          [100, 200],
          `decoder_fc1_activation @ (rank ${rank})`,
          `decoder_fc1_activation.quantized @ (rank ${rank})`,
        ),
      ),
      [],
    ],
    [
      'torchlens',
      each(
        [0, 100],
        ...['input_1 @ (call 1)', 'conv2d_1_1 @ (call 1)', 'batchnorm_1_2 @ (call 1)', 'relu_1_3 @ (call 2)'],
        'conv2d_1_1 @ (backward · call 1)',
      ),
      [/^buffer_1:1 is a buffer/, /^param_1 is not the output of a layer \(param\)/].flatMap((why) => [
        why,
        why,
      ]),
    ],
  ];
  for (const [name, records, unrecognized] of RUNS) {
    it(name, async () => {
      const run = await open(name);
      assert.deepEqual([...recordsOf(run)].sort(), [...records].sort());
      const reasons = run.unrecognized.map(({ reason }) => reason).sort();
      assert.equal(reasons.length, unrecognized.length);
      const patterns = [...unrecognized].sort();
      for (const [i, reason] of reasons.entries()) assert.match(reason, patterns[i]);
      assert.deepEqual(run.problems, []);
    });
  }

  it('the module of msprobe’s names makes the layout no guess of the shape alone', async () => {
    const { layers } = await open('msprobe');
    assert.deepEqual(
      layers
        .filter(({ module }) => module === 'Conv2d')
        .map(({ fullName }) => fullName)
        .sort(),
      ['conv1', 'conv1.input'],
    );
  });

  it('keras: lists of arrays; those of a list that became Python objects as well', async () => {
    const run = await open('keras');
    const objects = each([13], 'arr_0.0 @', 'arr_0.1 @');
    assert.deepEqual([...recordsOf(run)].sort(), [...each([1, 12], 'arr_0 @', 'arr_1 @'), ...objects].sort());
    assert.deepEqual(run.problems, []);
  });

  const blob = safetensors({ data: [1, 4] });
  const BAD_MANIFESTS: readonly [what: string, manifest: string | undefined][] = [
    ['none', undefined],
    ['no JSON', '{"tensors": ['],
    ['of another program', '{"name": "app", "icons": []}'],
    ['a list', '[1, 2]'],
    ['entries of wrong types', '{"tensors": [1, null, {"relative_path": 3}, {"label": "x"}]}'],
  ];
  for (const [what, manifest] of BAD_MANIFESTS) {
    it(`blobs with a manifest that is ${what} are named by their files`, async () => {
      const files = {
        'blobs/0000000001.safetensors': blob,
        'blobs/0000000002.safetensors': blob,
        ...(manifest !== undefined && { 'manifest.json': text(manifest) }),
      };
      const run = await openRun(memoryFiles(files), [ROOT]);
      assert.equal(run.records.length, 2);
      assert.deepEqual(run.problems, []);
    });
  }
});
