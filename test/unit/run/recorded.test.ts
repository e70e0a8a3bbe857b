import assert from 'node:assert/strict';
import { readMetadata } from '../../../src/run/metadata/metadata';
import { openRun } from '../../../src/run/openRun';
import { memoryFiles, ROOT, safetensors, text } from './memoryFiles';

const note = (document: unknown) => ({ normscope: JSON.stringify(document) });

describe("run: the recorder's metadata", () => {
  const file = (step: number, rank: number) =>
    safetensors(
      {
        'net.0': [4, 3, 2, 2],
        'net.1': [4, 3, 2, 2],
        'net.1.input': [4, 3, 2, 2],
        'net.1#1': [4, 3, 2, 2],
        'net.1.weight': [3],
        'net.1.bias': [3],
        'net.1.running_mean': [3],
        'net.1.running_var': [3],
      },
      note({
        step,
        rank,
        phase: 'train',
        tensors: {
          'net.0': { layer: 'net.0' },
          'net.1': { layer: 'net.1', training: true, samples: 16 },
          'net.1.input': { layer: 'net.1.input', training: true },
          'net.1#1': { layer: 'net.1', call: 1, training: false },
        },
        parameters: {
          'net.1.weight': { layer: 'net.1', role: 'weight' },
          'net.1.bias': { layer: 'net.1', role: 'bias' },
          'net.1.running_mean': { layer: 'net.1', role: 'running_mean' },
          'net.1.running_var': { layer: 'net.1', role: 'running_var' },
        },
      }),
    );
  const sidecar = text(
    JSON.stringify({
      schema: 'normscope-run/1',
      layers: {
        'net.1': {
          module: 'torch.nn.BatchNorm2d',
          epsilon: 1e-3,
          momentum: 0.1,
          source: { file: 'model.py', line: 7 },
        },
      },
    }),
  );

  it('takes layer, call and mode of each tensor from the map, and never a parameter for an activation', async () => {
    const files = memoryFiles({
      'step_000100.safetensors': file(100, 0),
      'step_000200.safetensors': file(200, 0),
      'normscope.json': sidecar,
    });
    const { layers, records, variants, problems, unrecognized } = await openRun(files, [ROOT]);
    assert.deepEqual([problems, unrecognized], [[], []]);
    assert.deepEqual(
      layers.map(({ fullName }) => fullName),
      ['net.0', 'net.1', 'net.1.input'],
    );
    assert.deepEqual(
      variants.map(({ phase, call }) => [phase, call]),
      [
        ['train', 0],
        ['train', 1],
      ],
    );
    assert.equal(records.length, 8);
    const [first, second] = records.filter(({ layer, step }) => layer === 1 && step === 100);
    assert.deepEqual([first.tensor, first.training, first.samples], ['net.1', true, 16]);
    assert.deepEqual([second.tensor, second.training, second.samples], ['net.1#1', false, undefined]);
  });

  it('joins a normalization layer to its input, its parameters and its source', async () => {
    const files = memoryFiles({ 'step_000100.safetensors': file(100, 0), 'normscope.json': sidecar });
    const [conv, norm, input] = (await openRun(files, [ROOT])).layers;
    const parameters = {
      weight: 'net.1.weight',
      bias: 'net.1.bias',
      running_mean: 'net.1.running_mean',
      running_var: 'net.1.running_var',
    };
    assert.deepEqual([conv.input, conv.normalizedBy, conv.parameters], [undefined, undefined, undefined]);
    assert.deepEqual([norm.input, norm.epsilon, norm.momentum], [2, 1e-3, 0.1]);
    assert.deepEqual(norm.source, { file: 'model.py', line: 7 });
    assert.deepEqual(norm.parameters, parameters);
    assert.deepEqual([input.normalizedBy, input.epsilon], [1, 1e-3]);
    assert.deepEqual(input.parameters, parameters);
  });

  it('finds the input by the name that the sidecar gives', async () => {
    const named = text(JSON.stringify({ layers: { 'net.1': { input: 'net.0' } } }));
    const files = memoryFiles({ 'step_000100.safetensors': file(100, 0), 'normscope.json': named });
    const [conv, norm] = (await openRun(files, [ROOT])).layers;
    assert.deepEqual([norm.input, conv.normalizedBy], [0, 1]);
  });

  it('reports parts of the maps that do not fit and keeps the rest', () => {
    const { tensorNotes, parameters, problems } = readMetadata(
      new Map(
        Object.entries(
          note({
            tensors: {
              a: { layer: '', call: 2, dtype: 'constructor', storageError: -1, overflowed: 0.5 },
              b: 7,
              c: { dtype: 'float32', storageError: '0', overflowed: 3 },
              d: { dtype: 32, storageError: null },
              e: { dtype: 'float64', storageError: 0.25 },
            },
            parameters: { w: { layer: 'n', role: 'gamma' }, v: { layer: 'n', role: 'weight' } },
          }),
        ),
      ),
      'file:///a',
    );
    assert.deepEqual(
      [...tensorNotes],
      [
        ['a', { call: 2 }],
        ['c', { dtype: 'float32', overflowed: 3 }],
        ['d', {}],
        ['e', { dtype: 'float64', storageError: 0.25 }],
      ],
    );
    assert.deepEqual([...parameters], [['v', { layer: 'n', role: 'weight' }]]);
    assert.deepEqual(
      problems.map(({ message }) => message.split(' ')[0]),
      [
        'tensors["b"]',
        'tensors["a"].layer',
        'tensors["a"].dtype',
        'tensors["a"].storageError',
        'tensors["a"].overflowed',
        'tensors["c"].storageError',
        'tensors["d"].dtype',
        'tensors["d"].storageError',
        'parameters["w"].role',
        'parameters["w"]',
      ],
    );
  });
});
