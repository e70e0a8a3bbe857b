import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { variantLabel } from '../../../src/model/catalog';
import { openLiveRun } from '../../../src/run/liveRun';
import { openRun } from '../../../src/run/openRun';
import { type Files, memoryFiles, npy, ROOT, safetensors, text } from './memoryFiles';
import { recordsOf } from './trees';

const fixture = (name: string) =>
  openRun(localFiles(), [pathToFileURL(resolve('test/fixtures/run', name)).href]);
const inMemory = (files: Files, roots = [ROOT]) => openRun(memoryFiles(files), roots);

describe('run: files that NumPy wrote', () => {
  it('a list of arrays an epoch', async () => {
    const run = await fixture('keras');
    assert.deepEqual(recordsOf(run), ['arr_0 @ 2', 'arr_0 @ 10', 'arr_1 @ 2', 'arr_1 @ 10']);
    assert.deepEqual(
      run.layers.map(({ layout, layoutGuessed, dtype, shape }) => [layout, layoutGuessed, dtype, shape]),
      [
        ['NHWC', true, 'float32', [2, 4, 4, 3]],
        ['NC', true, 'float32', [2, 5]],
      ],
    );
    assert.deepEqual([run.name, run.problems, run.unrecognized], ['keras', [], []]);
  });

  it('the step as a number inside the file', async () => {
    const run = await fixture('scalars');
    assert.deepEqual(recordsOf(run), ['relu2 @ 20', 'relu2 @ 100', 'conv10 @ 20', 'conv10 @ 100']);
    assert.deepEqual([run.problems, run.unrecognized], [[], []]);
    const { curves } = await openLiveRun(localFiles(), run.roots);
    assert.deepEqual(
      curves.map(({ name, steps, values }) => [name, [...steps], [...values]]),
      [['loss', [20, 100], [0.5, 0.5]]],
    );
  });

  it('a file a layer, a folder a step and phase', async () => {
    const run = await fixture('per_layer');
    assert.deepEqual(
      run.layers.map(({ name, fullName }) => [name, fullName]),
      [
        ['conv1', 'act_conv1'],
        ['conv2', 'act_conv2'],
        ['conv10', 'act_conv10'],
      ],
    );
    assert.deepEqual(run.steps, [100, 2000]);
    assert.deepEqual(run.variants, [{ phase: 'train' }, { phase: 'eval' }]);
    assert.equal(run.records.length, 12);
    const reasons = run.unrecognized.map(({ path, reason }) => [path.split('/').at(-1), reason]);
    assert.deepEqual(reasons.at(-1), [
      'labels.npy',
      'Neither the path nor the tensor name contains a number for: step. Most other files of this run have one.',
    ]);
    assert.equal(reasons.length, 5);
  });

  it('raw two-byte values that the sidecar calls bfloat16', async () => {
    const run = await fixture('bfloat16');
    assert.equal(run.name, 'half');
    assert.deepEqual(recordsOf(run), ['fc @ 5']);
    const [{ dtype, layout, layoutGuessed, shape }] = run.layers;
    assert.deepEqual([dtype, layout, layoutGuessed, shape], ['bfloat16', 'CN', false, [4, 8]]);
    assert.equal(run.records[0].dtype, 'bfloat16');
  });

  it('opens a single file, with the sidecar next to it', async () => {
    const run = await fixture('bfloat16/fc-step-5.npy');
    assert.deepEqual([run.name, run.layers[0].layout, run.layers[0].name], ['half', 'CN', 'fc']);
    const plain = await fixture('per_layer/train/step_000100/act_conv1.npy');
    assert.deepEqual([plain.name, recordsOf(plain)], ['act_conv1.npy', ['act_conv1 @ 0']]);
  });

  it('a path that leads nowhere', async () => {
    const run = await fixture('nowhere');
    assert.deepEqual(
      run.problems.map(({ code, path }) => [code, path.split('/').at(-1)]),
      [['not-found', 'nowhere']],
    );
    assert.deepEqual([run.layers, run.records, run.steps, run.variants], [[], [], [], [{}]]);
  });
});

describe('run: opening', () => {
  it('refers from records to layers and variants', async () => {
    const run = await inMemory({
      'train/step_10.npz.npy': npy([2, 3]),
      'train/step_9/b.npy': npy([2, 3]),
      'val/step_9/a.npy': npy([2, 3, 4]),
    });
    for (const [index, { id, layer, step, variant }] of run.records.entries()) {
      assert.equal(id, index);
      assert.equal(run.layers[layer].id, layer);
      assert.ok(run.layers[layer].steps.includes(step) && run.steps.includes(step));
      assert.ok(variantLabel(run.variants[variant]) !== '');
    }
    const sorted = [...run.records].sort(
      (a, b) => a.layer - b.layer || a.step - b.step || a.variant - b.variant,
    );
    assert.deepEqual(run.records, sorted);
  });

  it('reads the metadata of safetensors', async () => {
    const layers = { 'b.10': [2, 3], 'b.9': [2, 3, 5], 'a.1': [4] };
    const run = await inMemory({
      'x.safetensors': safetensors(layers, { step: '20', phase: 'eval', layout: '{"*.9": "NCL"}' }),
      'y.safetensors': safetensors(layers, { normscope: '{"step": 3, "phase": "eval", "name": "mine"}' }),
    });
    assert.deepEqual(run.steps, [3, 20]);
    assert.deepEqual(run.variants, [{ phase: 'eval' }]);
    assert.equal(run.name, 'mine');
    assert.deepEqual(
      run.layers.map(({ fullName }) => fullName),
      ['b.10', 'b.9', 'a.1'],
    );
    assert.equal(run.layers[1].layout, 'NLC');
  });

  it("sorts naturally if a writer sorted the keys, and follows the sidecar's order", async () => {
    const keys = { 'conv1.0': [2, 3], 'conv10.0': [2, 3], 'conv2.0': [2, 3], fc: [2, 3] };
    const sorted = await inMemory({ 'step_1.safetensors': safetensors(keys) });
    assert.deepEqual(
      sorted.layers.map(({ fullName }) => fullName),
      ['conv1.0', 'conv2.0', 'conv10.0', 'fc'],
    );
    const ordered = await inMemory({
      'step_1.safetensors': safetensors(keys),
      'normscope.json': text('{"order": ["fc", "conv10.0", "absent"]}'),
    });
    assert.deepEqual(
      ordered.layers.map(({ fullName }) => fullName),
      ['fc', 'conv10.0', 'conv1.0', 'conv2.0'],
    );
  });

  it('lets the nearest sidecar speak', async () => {
    const run = await inMemory({
      'a/step_1/fc.npy': npy([2, 3]),
      'b/step_1/fc.npy': npy([2, 3]),
      'normscope.json': text('{"name": "both", "description": "Two.", "epsilon": 0.1, "phase": "training"}'),
      'b/normscope.json': text(
        '{"name": "b", "layers": {"*": {"layout": "CN", "epsilon": 0.2, "module": "M", "groups": 2}}}',
      ),
    });
    assert.deepEqual([run.name, run.description], ['both', 'Two.']);
    assert.deepEqual(run.variants, [{ phase: 'train' }]);
    const [a, b] = run.layers;
    assert.deepEqual([a.fullName, a.layout, a.epsilon, a.module], ['a/fc', 'NC', 0.1, undefined]);
    assert.deepEqual([b.fullName, b.layout, b.epsilon, b.module, b.groups], ['b/fc', 'CN', 0.2, 'M', 2]);
  });

  it('guesses if the sidecar is wrong, and reports it', async () => {
    const run = await inMemory({
      'step_1/fc.npy': npy([2, 3]),
      'step_1/conv1.npy': npy([2, 3, 4, 4]),
      'normscope.json': text('{"layers": {"*": {"layout": "NLC"}, "fc": {"layout": "CN", "groups": 0}}}'),
    });
    assert.deepEqual(
      run.layers.map(({ name, layout, layoutGuessed }) => [name, layout, layoutGuessed]),
      [
        ['conv1', 'NCHW', true],
        ['fc', 'CN', false],
      ],
    );
    assert.deepEqual(
      run.problems.map(({ code }) => code),
      ['sidecar', 'layout'],
    );
    assert.match(run.problems[1].message, /NLC has 3 axes, but the tensor has 4: \[2, 3, 4, 4\]/);
    assert.equal(run.problems[1].path, `${ROOT}/step_1/conv1.npy`);
  });

  it('keeps a layer whose rank changes, and names the step', async () => {
    const run = await inMemory({
      'step_1/fc.npy': npy([2, 3]),
      'step_2/fc.npy': npy([5, 3]),
      'step_3/fc.npy': npy([2, 4, 3]),
    });
    assert.deepEqual(run.layers[0].steps, [1, 2, 3]);
    assert.equal(run.problems.length, 1);
    assert.match(run.problems[0].message, /fc has shape \[2, 3\] at step 1 and \[2, 4, 3\] at step 3/);
  });

  it('lists duplicates with both locations', async () => {
    const run = await inMemory({
      'step_1.npz.npy': npy([2]),
      'step_1/fc.npy': npy([2, 3]),
      'step_001/fc.npy': npy([2, 3]),
      'step_1/dump.safetensors': safetensors({ fc: [2, 3] }),
    });
    assert.equal(run.records.length, 2);
    assert.equal(run.unrecognized.length, 2);
    const [file, tensor] = run.unrecognized;
    assert.match(
      file.reason,
      /^Duplicate: layer fc at step 1 is also in memory:\/\/\/run\/step_001\/fc\.npy, which is used\.$|dump/,
    );
    assert.ok(
      [file, tensor].some(({ path, tensor: key }) =>
        path.endsWith('dump.safetensors') ? key === 'fc' : true,
      ),
    );
  });

  it('skips what cannot be charted, with a reason', async () => {
    const run = await inMemory({
      'step_1.safetensors': safetensors({ alpha: [], none: [0, 3], fc: [2, 3] }),
      'other.safetensors': safetensors({ fc: [2, 3] }),
    });
    assert.deepEqual(recordsOf(run), ['fc @ 1']);
    assert.deepEqual(
      run.unrecognized.map(({ tensor, reason }) => [tensor, reason.split(':')[0]]),
      [
        ['alpha', 'The tensor is a single number (rank 0), which has no channels.'],
        ['none', 'The tensor has no elements'],
        ['fc', 'Neither the path nor the tensor name contains a number for'],
      ],
    );
  });

  it('says what to do if the folder has no dumps', async () => {
    const nothing = await inMemory({ 'notes.txt': text('x') });
    assert.equal(nothing.problems.length, 1);
    assert.equal(nothing.problems[0].code, 'empty');
    assert.match(nothing.problems[0].message, /Open a folder of \.npy, \.npz, [^ ]+.* files with tensors/);
    const scalars = await inMemory({ 'a.npy': npy([]) });
    assert.deepEqual([scalars.problems[0].code, scalars.unrecognized.length], ['empty', 1]);
  });

  it('keeps the rest of a run if files are broken, and closes all files', async () => {
    const files = memoryFiles({
      'step_1/good.npy': npy([2, 3]),
      'step_1/short.npy': npy([2, 3]).slice(0, -1),
      'step_1/empty.npy': new Uint8Array(),
      'step_1/text.npz': text('not a zip'),
      'step_1/lies.safetensors': new Uint8Array(8).fill(255),
      'step_1/raw.npy': npy([2, 3], '|V2'),
      'normscope.json': text('{'),
    });
    const run = await openRun(files, [ROOT]);
    assert.deepEqual(recordsOf(run), ['good @ 1']);
    const named = run.problems.map(({ path }) => path.split('/').at(-1));
    assert.deepEqual(named.sort(), [
      'empty.npy',
      'lies.safetensors',
      'normscope.json',
      'raw.npy',
      'short.npy',
      'text.npz',
    ]);
    assert.ok(run.problems.every(({ code }) => code !== 'internal'));
    assert.equal(files.opened(), 0);
  });

  it('survives a file that is deleted after it was listed', async () => {
    const files = memoryFiles({ 'step_1/a.npy': npy([2, 3]), 'step_1/b.npy': npy([2, 3]) });
    const leaving = {
      ...files,
      open: async (uri: string) => files.open(uri.endsWith('a.npy') ? `${uri}.gone` : uri),
    };
    const run = await openRun(leaving, [ROOT]);
    assert.deepEqual(recordsOf(run), ['b @ 1']);
    assert.equal(run.problems[0].code, 'not-found');
  });

  it('reports the number of visited files, and ends when aborted', async () => {
    const tree = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`step_${i}/fc.npy`, npy([2, 3])]));
    const reported: number[] = [];
    await openRun(memoryFiles({ ...tree, 'a.txt': text('') }), [ROOT], {
      onProgress: (files) => reported.push(files),
    });
    assert.equal(reported.at(-1), 121);
    assert.deepEqual(
      reported,
      [...new Set(reported)].sort((a, b) => a - b),
    );

    const abort = new AbortController();
    const files = memoryFiles(tree);
    const opening = openRun(files, [ROOT], { signal: abort.signal, onProgress: () => abort.abort() });
    await assert.rejects(opening, { name: 'AbortError' });
    assert.equal(files.opened(), 0);
    await assert.rejects(openRun(files, [ROOT], { signal: abort.signal }), { name: 'AbortError' });
  });

  it('lists 4000 files and 4000 keys, each once', async () => {
    const fc = npy([2, 3]);
    const many: Record<string, Uint8Array> = {};
    for (let step = 0; step < 200; step++) {
      for (let layer = 0; layer < 20; layer++) many[`step_${step * 100}/layer${layer}.npy`] = fc;
    }
    const run = await inMemory(many);
    assert.deepEqual([run.layers.length, run.steps.length, run.records.length], [20, 200, 4000]);
    assert.deepEqual(
      run.layers.map(({ name }) => name),
      Array.from({ length: 20 }, (_, i) => `layer${i}`),
    );
    const keys = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`h.${i}.mlp`, [1, 2]]));
    const one = await inMemory({ 'step_5.safetensors': safetensors(keys) });
    assert.deepEqual([one.layers.length, one.layers[3999].name], [4000, 'h.3999']);
  });

  it('reports only the number of very many unrecognized files', async () => {
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`a${i}.mat`, new Uint8Array(1)]));
    const run = await inMemory(many);
    assert.equal(run.unrecognized.length, 1001);
    assert.match(run.unrecognized[1000].reason, /^500 more/);
  });

  it('takes names as they come', async () => {
    const long = 'x'.repeat(100_000);
    const names = [
      '__proto__',
      'constructor',
      long,
      'a/../b',
      '\u0000',
      'step_'.repeat(20_000),
      '_'.repeat(50_000),
      ' ',
    ];
    const tensors: [string, number[]][] = names.map((name) => [name, [2, 3]]);
    const run = await inMemory({ 'step_1.safetensors': safetensors(Object.fromEntries(tensors)) });
    assert.deepEqual(run.records.map(({ tensor }) => tensor).sort(), [...names].sort());
    assert.equal(new Set(run.layers.map(({ name }) => name)).size, names.length);
    assert.deepEqual(run.problems, []);
  });
});
