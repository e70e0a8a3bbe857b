import assert from 'node:assert/strict';
import { catalogOf, recordsOf, type Tree } from './trees';

/** Trees as recorders and people leave them, and the records that a reader of the paths would see in them. */
const TREES: readonly [what: string, tree: Tree, records: readonly string[]][] = [
  // Steps in words, one file a layer.
  [
    'padded step folders',
    ['step_000100/conv1.npy', 'step_002000/conv1.npy'],
    ['conv1 @ 100', 'conv1 @ 2000'],
  ],
  ['step=', ['step=100/fc.npy', 'step=20/fc.npy'], ['fc @ 20', 'fc @ 100']],
  ['step-', ['step-100/fc.npy'], ['fc @ 100']],
  ['step without a joint', ['step100/fc.npy'], ['fc @ 100']],
  ['step and a space', ['step 100/fc.npy'], ['fc @ 100']],
  ['a dot before the number', ['step.100/fc.npy'], ['fc @ 100']],
  ['upper case', ['STEP_100/CONV1.NPY'], ['CONV1 @ 100']],
  ['camel case', ['globalStep100/fc.npy', 'trainStep200/fc.npy'], ['fc @ 100', 'fc @ 200 (train)']],
  ['iter', ['iter_000100/fc.npy'], ['fc @ 100']],
  ['iteration', ['iteration100/fc.npy'], ['fc @ 100']],
  ['it', ['it100/fc.npy'], ['fc @ 100']],
  ['global_step', ['global_step100/fc.npy'], ['fc @ 100']],
  [
    'DeepSpeed style checkpoint',
    ['checkpoint-500/layer3.npy', 'checkpoint-1000/layer3.npy'],
    ['layer3 @ 500', 'layer3 @ 1000'],
  ],
  ['ckpt', ['ckpt-500/fc.npy'], ['fc @ 500']],
  ['epoch', ['epoch_3/fc.npy', 'epoch_10/fc.npy'], ['fc @ 3', 'fc @ 10']],
  ['capitalised, with a space', ['Epoch 3/Conv2d.npy'], ['Conv2d @ 3']],
  ['a fraction of an epoch', ['epoch_0.5/fc.npy', 'epoch_1/fc.npy'], ['fc @ 0.5', 'fc @ 1']],
  ['s and a padded number', ['s000100/conv1.npy', 's000200/conv1.npy'], ['conv1 @ 100', 'conv1 @ 200']],
  ['thousands', ['step_10k/fc.npy'], ['fc @ 10000']],
  ['the number first', ['100_steps/fc.npy', '2k_steps/fc.npy'], ['fc @ 100', 'fc @ 2000']],
  ['so many of so many', ['step 100 of 1000/conv 1.npy'], ['conv 1 @ 100']],
  ['bare padded numbers', ['000100/conv1.npy', '000200/conv1.npy'], ['conv1 @ 100', 'conv1 @ 200']],
  ['bare numbers', ['0/conv1.npy', '50/conv1.npy'], ['conv1 @ 0', 'conv1 @ 50']],
  // Steps in file names.
  ['a step in the file name', ['conv1-step-100.npy', 'fc-step-100.npy'], ['conv1 @ 100', 'fc @ 100']],
  ['a step in the middle', ['act_step100_conv1.npy'], ['act_conv1 @ 100']],
  ['a step in brackets', ['conv1[step=100].npy', 'conv1 (step 200).npy'], ['conv1 @ 100', 'conv1 @ 200']],
  ['a step after dots', ['acts.step.100.conv1.npy'], ['acts.conv1 @ 100']],
  ['a folder a layer', ['conv1/step_100.npy', 'fc/step_100.npy'], ['conv1 @ 100', 'fc @ 100']],
  [
    'a folder a layer, bare',
    ['conv1/100.npy', 'conv1/200.npy', 'fc/100.npy'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100'],
  ],
  ['nothing but a step', ['step_100.npy', 'step_200.npy'], ['run @ 100', 'run @ 200']],
  [
    'numbers at the end of names',
    ['conv1_100.npy', 'conv1_200.npy', 'fc_100.npy', 'fc_200.npy'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  ['padded numbers at the end', ['conv1_000100.npy', 'conv1_000200.npy'], ['conv1 @ 100', 'conv1 @ 200']],
  // Files of several tensors.
  [
    'npz a step',
    [
      ['acts_step100.npz', ['conv1', 'fc']],
      ['acts_step200.npz', ['conv1', 'fc']],
    ],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  [
    'npz with a bare number',
    [
      ['acts_100.npz', ['fc']],
      ['acts_200.npz', ['fc']],
    ],
    ['fc @ 100', 'fc @ 200'],
  ],
  [
    'npz that is a number',
    [
      ['000100.npz', ['fc']],
      ['000200.npz', ['fc']],
    ],
    ['fc @ 100', 'fc @ 200'],
  ],
  [
    'batches of steps',
    [
      ['batch_1/activations_step_4.npz', ['model.layers.3.mlp.output']],
      ['batch_2/activations_step_4.npz', ['model.layers.3.mlp.output']],
    ],
    ['model.layers.3.mlp.output @ 4 (call 1)', 'model.layers.3.mlp.output @ 4 (call 2)'],
  ],
  [
    'one batch says nothing',
    [
      ['batch_1/activations_step_4.npz', ['blocks.4.ln1.hook_scale']],
      ['batch_1/activations_step_5.npz', ['blocks.4.ln1.hook_scale']],
    ],
    ['blocks.4.ln1.hook_scale @ 4', 'blocks.4.ln1.hook_scale @ 5'],
  ],
  [
    'Keras callback',
    [
      ['activations_at_epoch_3.npz', ['arr_0', 'arr_1']],
      ['activations_at_epoch_12.npz', ['arr_0', 'arr_1']],
    ],
    ['arr_0 @ 3', 'arr_0 @ 12', 'arr_1 @ 3', 'arr_1 @ 12'],
  ],
  [
    'npy a layer and epoch',
    ['activations_epoch_3/conv1_activations.npy', 'activations_epoch_10/conv1_activations.npy'],
    ['conv1_activations @ 3', 'conv1_activations @ 10'],
  ],
  [
    'HDF5 style keys',
    [['acts.safetensors', ['/step_000100/layer1.0.conv1', '/step_000200/layer1.0.conv1']]],
    ['layer1.0.conv1 @ 100', 'layer1.0.conv1 @ 200'],
  ],
  [
    'steps in keys',
    [['dump.npz', ['step_100/conv1', 'step_100/fc', 'step_20/conv1']]],
    ['conv1 @ 20', 'conv1 @ 100', 'fc @ 100'],
  ],
  ['bare steps in keys', [['dump.npz', ['100/conv1', '200/conv1']]], ['conv1 @ 100', 'conv1 @ 200']],
  ['blocks in keys are no steps', [['dump.npz', ['0/mlp', '1/mlp']]], ['0/mlp @ 0', '1/mlp @ 0']],
  [
    'a step at the end of keys',
    [['acts.npz', ['conv1@step100', 'conv1@step200']]],
    ['conv1 @ 100', 'conv1 @ 200'],
  ],
  ['keys that are steps', [['conv1.npz', ['step_100', 'step_200']]], ['conv1 @ 100', 'conv1 @ 200']],
  [
    'sharded checkpoints',
    [
      ['step_5/model-00001-of-00002.safetensors', ['a.0']],
      ['step_5/model-00002-of-00002.safetensors', ['b.0']],
    ],
    ['a.0 @ 5', 'b.0 @ 5'],
  ],
  [
    'keys that recur between files',
    [
      ['encoder_step_1.npz', ['ln']],
      ['decoder_step_1.npz', ['ln']],
    ],
    ['decoder/ln @ 1', 'encoder/ln @ 1'],
  ],
  // Phase, rank, call.
  [
    'phase folders',
    ['train/step_1/fc.npy', 'eval/step_1/fc.npy', 'validation/step_1/fc.npy'],
    ['fc @ 1 (train)', 'fc @ 1 (val)', 'fc @ 1 (eval)'],
  ],
  [
    'phases below steps',
    ['step_1/training/fc.npy', 'step_1/evaluation/fc.npy', 'step_1/test/fc.npy'],
    ['fc @ 1 (train)', 'fc @ 1 (eval)', 'fc @ 1 (test)'],
  ],
  [
    'phase beside a number',
    [
      ['train_100.npz', ['fc']],
      ['val_100.npz', ['fc']],
    ],
    ['fc @ 100 (train)', 'fc @ 100 (val)'],
  ],
  ['phase and step in one name', ['eval_acts_step100/fc.npy'], ['fc @ 100 (eval)']],
  [
    'phase at the end of layers',
    ['step_5/conv1_train.npy', 'step_5/conv1_eval.npy'],
    ['conv1 @ 5 (train)', 'conv1 @ 5 (eval)'],
  ],
  ['phase in keys', [['a.npz', ['train/step_1/fc', 'eval/step_1/fc']]], ['fc @ 1 (train)', 'fc @ 1 (eval)']],
  [
    'a word that is no phase',
    ['step_1/test_head.npy', 'step_1/eval_pool.npy'],
    ['eval_pool @ 1', 'test_head @ 1'],
  ],
  ['a figure is no phase', ['epoch=3-val_loss=0.25/fc.npy'], ['fc @ 3']],
  ['rank3', ['step_1/rank3/fc.npy'], ['fc @ 1 (rank 3)']],
  ['rank_3 of 8', ['step_1/rank_3_of_8/fc.npy'], ['fc @ 1 (rank 3)']],
  ['rank=3', ['rank=3/step=1/fc.npy', 'rank=10/step=1/fc.npy'], ['fc @ 1 (rank 3)', 'fc @ 1 (rank 10)']],
  ['_r3', [['acts_step100_r3.npz', ['fc']]], ['fc @ 100 (rank 3)']],
  [
    '_r0 and _r1 beside layers',
    ['step_5/conv1_r0.npy', 'step_5/conv1_r1.npy'],
    ['conv1 @ 5 (rank 0)', 'conv1 @ 5 (rank 1)'],
  ],
  ['the rank of LoRA', ['step_5/lora_r8.npy'], ['lora_r8 @ 5']],
  ['gpu', ['gpu0/step_1/fc.npy', 'gpu1/step_1/fc.npy'], ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)']],
  [
    'micro-batches',
    ['step_1/mb2/fc.npy', 'step_1/micro_batch_3/fc.npy', 'step_1/microbatch4/fc.npy'],
    ['fc @ 1 (call 2)', 'fc @ 1 (call 3)', 'fc @ 1 (call 4)'],
  ],
  ['calls', ['step_1/fc_call_1.npy', 'step_1/fc_call_2.npy'], ['fc @ 1 (call 1)', 'fc @ 1 (call 2)']],
  [
    'calls after a colon',
    ['it100/conv1:0.npy', 'it100/conv1:1.npy', 'it100/fc.npy'],
    ['conv1 @ 100 (call 0)', 'conv1 @ 100 (call 1)', 'fc @ 100 (call 0)'],
  ],
  [
    'the first call without a number',
    [['it5.npz', ['conv1', 'conv1:1', 'fc']]],
    ['conv1 @ 5 (call 0)', 'conv1 @ 5 (call 1)', 'fc @ 5 (call 0)'],
  ],
  [
    'TensorFlow outputs',
    [['step_5.npz', ['conv1/Relu:0', 'dense/BiasAdd:0']]],
    ['conv1/Relu @ 5', 'dense/BiasAdd @ 5'],
  ],
  [
    'msprobe on MindSpore',
    [
      'step0/rank1/dump_tensor_data/Cell.conv1.Conv2d.forward.0.input.0.npy',
      'step0/rank1/dump_tensor_data/Cell.conv1.Conv2d.forward.1.input.0.npy',
    ],
    ['conv1.input @ 0 (forward · rank 1 · call 0)', 'conv1.input @ 0 (forward · rank 1 · call 1)'],
  ],
  [
    'msprobe on PyTorch, forward and backward',
    [
      'step10/rank0/dump_tensor_data/Module.module.layer1.0.bn2.BatchNorm2d.forward.0.input.0.pt',
      'step10/rank0/dump_tensor_data/Module.module.layer1.0.bn2.BatchNorm2d.forward.0.output.0.pt',
      'step10/rank0/dump_tensor_data/Module.module.layer1.0.bn2.BatchNorm2d.backward.0.output.0.pt',
      'step20/rank0/dump_tensor_data/Module.module.layer1.0.bn2.BatchNorm2d.forward.0.output.0.pt',
      'step20/rank7/dump_tensor_data/Module.module.layer1.0.bn2.BatchNorm2d.forward.0.output.1.pt',
    ],
    [
      'module.layer1.0.bn2 @ 10 (backward · rank 0)',
      'module.layer1.0.bn2 @ 10 (forward · rank 0)',
      'module.layer1.0.bn2 @ 20 (forward · rank 0)',
      'module.layer1.0.bn2.input @ 10 (forward · rank 0)',
      'module.layer1.0.bn2.output.1 @ 20 (forward · rank 7)',
    ],
  ],
  [
    'msprobe without ranks, several runs',
    [
      'bench/step0/rank/dump_tensor_data/Module.fc.Linear.forward.0.output.0.pt',
      'npu/step0/rank/dump_tensor_data/Module.fc.Linear.forward.0.output.0.pt',
    ],
    ['bench/fc @ 0 (forward)', 'npu/fc @ 0 (forward)'],
  ],
  [
    'msprobe, functions',
    [
      'step5/rank0/dump_tensor_data/Functional.relu.0.forward.output.0.pt',
      'step5/rank0/dump_tensor_data/Functional.relu.1.forward.output.0.pt',
      'step5/rank0/dump_tensor_data/Torch.matmul.3.forward.input.1.pt',
      'step5/rank0/dump_tensor_data/Tensor.__add__.2.forward.input.0.pt',
    ],
    [
      'Functional.relu.0 @ 5 (forward · rank 0)',
      'Functional.relu.1 @ 5 (forward · rank 0)',
      'Tensor.__add__.2.input @ 5 (forward · rank 0)',
      'Torch.matmul.3.input.1 @ 5 (forward · rank 0)',
    ],
  ],
  [
    'Transformer Engine',
    [
      'tensor_dumps/rank_0/iter_000010/decoder.layers.0_qkv.npy',
      'tensor_dumps/rank_1/iter_000010/decoder.layers.0_qkv.npy',
    ],
    ['decoder.layers.0_qkv @ 10 (rank 0)', 'decoder.layers.0_qkv @ 10 (rank 1)'],
  ],
  [
    'Transformer Engine, a folder an iteration',
    [
      ['tensor_dumps/rank_0/iter_000010/decoder_layers_0_qkv_activation.pt', ['high_precision', 'quantized']],
      ['tensor_dumps/rank_1/iter_000020/decoder_layers_0_qkv_activation.pt', ['high_precision']],
    ],
    [
      'decoder_layers_0_qkv_activation @ 10 (rank 0)',
      'decoder_layers_0_qkv_activation @ 20 (rank 1)',
      'decoder_layers_0_qkv_activation.quantized @ 10 (rank 0)',
    ],
  ],
  [
    'Transformer Engine, iterations in file names',
    [
      ['tensor_dumps/rank_0/fc1_activation_iter_000100.pt', ['high_precision']],
      ['tensor_dumps/rank_0/fc1_activation_iter_000200.pt', ['high_precision']],
      ['tensor_dumps/rank_1/fc1_gradient_iter_000200.pt', ['high_precision']],
    ],
    ['fc1_activation @ 100 (rank 0)', 'fc1_activation @ 200 (rank 0)', 'fc1_gradient @ 200 (rank 1)'],
  ],
  [
    'TransformerLens caches',
    [
      ['run/cache_step_0.pt', ['hook_embed', 'blocks.0.ln1.hook_scale', 'blocks.11.mlp.hook_post']],
      ['run/cache_step_50.pt', ['hook_embed', 'blocks.0.ln1.hook_scale', 'blocks.11.mlp.hook_post']],
    ],
    [
      'blocks.0.ln1.hook_scale @ 0',
      'blocks.0.ln1.hook_scale @ 50',
      'blocks.11.mlp.hook_post @ 0',
      'blocks.11.mlp.hook_post @ 50',
      'hook_embed @ 0',
      'hook_embed @ 50',
    ],
  ],
  [
    'nnsight envoys',
    [['checkpoint-500/acts.pt', ['model.transformer.h.0', 'model.transformer.h.10.mlp']]],
    ['model.transformer.h.0 @ 500', 'model.transformer.h.10.mlp @ 500'],
  ],
  [
    'Keras callback, one folder a layer',
    ['logs/activations/conv2d_1/epoch_01.npy', 'logs/activations/conv2d_1/epoch_02.npy'],
    ['conv2d_1 @ 1', 'conv2d_1 @ 2'],
  ],
  [
    'HDF5 per epoch',
    [
      ['activations_epoch_0003.h5', ['activations/layer_0', 'activations/layer_1']],
      ['activations_epoch_0010.h5', ['activations/layer_0', 'activations/layer_1']],
    ],
    [
      ...['activations/layer_0 @ 3', 'activations/layer_0 @ 10'],
      ...['activations/layer_1 @ 3', 'activations/layer_1 @ 10'],
    ],
  ],
  [
    'HDF5 with groups of steps',
    [['dump.hdf5', ['step_000100/layer1.0.conv1', 'step_000200/layer1.0.conv1', 'step_000200/fc']]],
    ['fc @ 200', 'layer1.0.conv1 @ 100', 'layer1.0.conv1 @ 200'],
  ],
  [
    'zarr, a group a step',
    [['activations.zarr', ['100/encoder/ln', '200/encoder/ln']]],
    ['encoder/ln @ 100', 'encoder/ln @ 200'],
  ],
  [
    'zarr, a store a rank',
    [
      ['rank0/acts.zarr', ['train/step_5/fc']],
      ['rank1/acts.zarr', ['train/step_5/fc']],
    ],
    ['fc @ 5 (train · rank 0)', 'fc @ 5 (train · rank 1)'],
  ],
  [
    'Lightning logs',
    [
      ['lightning_logs/version_0/activations/epoch=0-step=100.pt', ['model.norm']],
      ['lightning_logs/version_0/activations/epoch=1-step=200.pt', ['model.norm']],
    ],
    ['model.norm @ 100', 'model.norm @ 200'],
  ],
  [
    'a date around a run of ranks',
    [
      ['exp/2026-11-24_12-30-00/rank0/iter0000100.pt', ['ln_f']],
      ['exp/2026-11-24_12-30-00/rank1/iter0000100.pt', ['ln_f']],
    ],
    ['ln_f @ 100 (rank 0)', 'ln_f @ 100 (rank 1)'],
  ],
  // Several counters.
  [
    'steps that go on over epochs',
    ['epoch=0-step=100/fc.npy', 'epoch=1-step=200/fc.npy'],
    ['fc @ 100', 'fc @ 200'],
  ],
  [
    'steps that start again each epoch',
    ['epoch_3/step_40/fc.npy', 'epoch_4/step_40/fc.npy', 'epoch_4/step_499/fc.npy'],
    ['fc @ 3040', 'fc @ 4040', 'fc @ 4499'],
  ],
  [
    'batches as steps',
    [
      ['epoch_3_batch_0.npz', ['fc']],
      ['epoch_3_batch_100.npz', ['fc']],
      ['epoch_4_batch_0.npz', ['fc']],
    ],
    ['fc @ 3000', 'fc @ 3100', 'fc @ 4000'],
  ],
  [
    'bare steps in epochs',
    [
      ['epoch_3/100.npz', ['fc']],
      ['epoch_4/200.npz', ['fc']],
    ],
    ['fc @ 100', 'fc @ 200'],
  ],
  ['bare layers in epochs', ['epoch_3/0.npy', 'epoch_3/1.npy', 'epoch_4/0.npy'], ['0 @ 3', '0 @ 4', '1 @ 3']],
  [
    'what the run was trained for',
    ['resnet_100epochs/epoch_3/fc.npy', 'resnet_100epochs/epoch_4/fc.npy'],
    ['fc @ 3', 'fc @ 4'],
  ],
  // Layer names keep their numbers.
  [
    'numbers of modules',
    [
      'step_100/layer1.0.conv1.npy',
      'step_100/model.layers.3.mlp.npy',
      'step_100/blocks.4.ln1.hook_scale.npy',
      'step_100/fc2.npy',
    ],
    ['blocks.4.ln1.hook_scale @ 100', 'fc2 @ 100', 'layer1.0.conv1 @ 100', 'model.layers.3.mlp @ 100'],
  ],
  ['numbers of layers alone', ['layer_1.npy', 'layer_2.npy'], ['layer_1 @ 0', 'layer_2 @ 0']],
  ['sizes of layers alone', ['fc_128.npy', 'fc_256.npy'], ['fc_128 @ 0', 'fc_256 @ 0']],
  [
    'batch norm is no batch',
    ['step_1/batch_norm1.npy', 'step_1/batchnorm_2.npy'],
    ['batch_norm1 @ 1', 'batchnorm_2 @ 1'],
  ],
  ['a module named after steps', ['step_100/refinement_steps.0.conv.npy'], ['refinement_steps.0.conv @ 100']],
  [
    'folders of parts',
    ['layers/0/attn.npy', 'layers/1/attn.npy', 'embed.npy'],
    ['embed @ 0', 'layers/0/attn @ 0', 'layers/1/attn @ 0'],
  ],
  ['numbered parts after a colon', [['step_1.npz', ['block:0', 'block:1']]], ['block:0 @ 1', 'block:1 @ 1']],
  // Nested runs, odd names.
  ['two runs', ['run_a/step_1/fc.npy', 'run_b/step_1/fc.npy'], ['run_a/fc @ 1', 'run_b/fc @ 1']],
  ['dates beside steps', ['2024-01-01_step_1/fc.npy', '2024-01-02_step_2/fc.npy'], ['fc @ 1', 'fc @ 2']],
  ['a timestamp around it', ['1700000000/step_1/fc.npy', '1700000000/step_2/fc.npy'], ['fc @ 1', 'fc @ 2']],
  ['a hash is no step', ['step_99999999999999999999/fc.npy'], ['fc @ 0']],
  [
    'parts of a model',
    ['step_1/encoder/fc.npy', 'step_1/decoder/fc.npy'],
    ['decoder/fc @ 1', 'encoder/fc @ 1'],
  ],
  ['letters of all kinds', ['step 3/слой 1 größe.npy', 'step 3/層２.npy'], ['слой 1 größe @ 3', '層２ @ 3']],
  [
    'names of object properties',
    [['step_1.npz', ['__proto__', 'constructor', 'toString']]],
    ['__proto__ @ 1', 'constructor @ 1', 'toString @ 1'],
  ],
  [
    'folders of that name',
    ['__proto__/step_1/constructor.npy', 'x/step_1/constructor.npy'],
    ['__proto__/constructor @ 1', 'x/constructor @ 1'],
  ],
  ['one tensor', ['conv1.npy'], ['conv1 @ 0']],
  ['the same step twice in one path', ['step_1/conv1_step_1.npy'], ['conv1 @ 1']],
];

describe('run: records of trees', () => {
  it('has at least 60 trees', () => assert.ok(TREES.length >= 60, `${TREES.length}`));

  for (const [what, tree, records] of TREES) {
    it(what, () => {
      const catalog = catalogOf(tree);
      assert.deepEqual([...recordsOf(catalog)].sort(), [...records].sort());
      assert.deepEqual(catalog.unrecognized, []);
      assert.deepEqual(catalog.problems, []);
    });
  }

  it('does not depend on the order in which files are listed', () => {
    for (const [what, tree] of TREES) {
      assert.deepEqual(catalogOf([...tree].reverse()), catalogOf(tree), what);
    }
  });

  it('msprobe names the modules, and its parameters are not activations', () => {
    const folder = 'step0/rank0/dump_tensor_data';
    const catalog = catalogOf([
      `${folder}/Module.bn1.BatchNorm1d.forward.0.output.0.pt`,
      `${folder}/Module.bn1.BatchNorm1d.forward.0.parameters.weight.pt`,
      `${folder}/Module.bn1.BatchNorm1d.parameters_grad.weight.pt`,
    ]);
    assert.deepEqual(
      catalog.layers.map(({ fullName, module }) => [fullName, module]),
      [['bn1', 'BatchNorm1d']],
    );
    assert.deepEqual(
      catalog.unrecognized.map(({ reason }) => reason),
      [
        'This is a parameter of bn1, not an activation.',
        'This is a parameter gradient of bn1, not an activation.',
      ],
    );
  });

  it('takes the step from the opened folder if nothing inside has one', () => {
    assert.deepEqual(recordsOf(catalogOf(['conv1.npy', 'fc.npy'], 'step_300')), ['conv1 @ 300', 'fc @ 300']);
    assert.deepEqual(recordsOf(catalogOf(['step_1/fc.npy'], 'step_300')), ['fc @ 1']);
  });
});
