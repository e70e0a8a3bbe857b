import type { RunLayout } from './corpus';

/** Python's `f"{step:_}"` writes digits in groups of three, which an index after the step looks like. */
const digitGroups: readonly RunLayout[] = [
  [
    'step_{step:_}',
    ['step_500.npz: fc', 'step_1_000.npz: fc', 'step_1_500.npz: fc', 'step_1_250_000.npz: fc'],
    ['fc @ 1000', 'fc @ 1250000', 'fc @ 1500', 'fc @ 500'],
  ],
  [
    'step_{s}_{batch:03}',
    ['step_1_000.npz: fc', 'step_1_001.npz: fc', 'step_2_000.npz: fc', 'step_2_001.npz: fc'],
    ['fc @ 1 (call 0)', 'fc @ 1 (call 1)', 'fc @ 2 (call 0)', 'fc @ 2 (call 1)'],
  ],
  [
    'checkpoint-{step:_} folders',
    ['checkpoint-10_000/fc.npy', 'checkpoint-20_000/fc.npy'],
    ['fc @ 10000', 'fc @ 20000'],
  ],
];

/** Epochs and batches of one run in one name: how they are numbered decides the order of the steps. */
const epochsAndBatches: readonly RunLayout[] = [
  [
    'epoch{e}_batch{b}, batches start again',
    ['epoch1_batch0.npz: fc', 'epoch1_batch120.npz: fc', 'epoch2_batch0.npz: fc', 'epoch2_batch120.npz: fc'],
    ['fc @ 1000', 'fc @ 1120', 'fc @ 2000', 'fc @ 2120'],
  ],
  [
    'epoch{e}_batch{b}, one batch of each, at random',
    ['epoch1_batch120.npz: fc', 'epoch2_batch80.npz: fc', 'epoch3_batch40.npz: fc'],
    ['fc @ 1120', 'fc @ 2080', 'fc @ 3040'],
  ],
  [
    'epoch{e}_batch{b}, batches counted over all epochs',
    ['epoch0_batch50.npz: fc', 'epoch0_batch100.npz: fc', 'epoch1_batch150.npz: fc'],
    ['fc @ 100', 'fc @ 150', 'fc @ 50'],
  ],
  [
    'ep{e}_iter{i} that starts again, one file of each',
    ['ep0_iter900.pt: fc', 'ep1_iter300.pt: fc', 'ep2_iter100.pt: fc'],
    ['fc @ 1300', 'fc @ 2100', 'fc @ 900'],
  ],
  [
    'the same last batch of each epoch',
    ['epoch0_batch390.npz: fc', 'epoch1_batch390.npz: fc'],
    ['fc @ 0', 'fc @ 1'],
  ],
  [
    'layer, epoch and batch in one name',
    ['conv1_epoch3_batch120.npy', 'conv1_epoch3_batch240.npy', 'conv1_epoch4_batch120.npy'],
    ['conv1 @ 3120', 'conv1 @ 3240', 'conv1 @ 4120'],
  ],
  [
    'Epoch_{e}-Batch_{b} folders',
    ['Epoch_1/Batch_10/conv.npy', 'Epoch_1/Batch_20/conv.npy', 'Epoch_2/Batch_10/conv.npy'],
    ['conv @ 110', 'conv @ 120', 'conv @ 210'],
  ],
  [
    'E{e}B{b} in one word',
    ['acts_E1B10.npz: fc', 'acts_E1B20.npz: fc', 'acts_E2B10.npz: fc'],
    ['fc @ 110', 'fc @ 120', 'fc @ 210'],
  ],
  [
    'phase, epoch and batch',
    ['train_e0_b10.npz: fc', 'train_e1_b10.npz: fc', 'val_e0_b10.npz: fc', 'val_e1_b10.npz: fc'],
    ['fc @ 0 (train)', 'fc @ 1 (train)', 'fc @ 0 (val)', 'fc @ 1 (val)'],
  ],
  [
    'epoch keys with batches below them',
    ['log.h5: epoch_0/batch_10/fc, epoch_0/batch_20/fc, epoch_1/batch_10/fc'],
    ['fc @ 10', 'fc @ 110', 'fc @ 20'],
  ],
];

/** Ranges of samples, which are parts of one data set at one step. */
const ranges: readonly RunLayout[] = [
  [
    'acts_{start}-{end}.npy',
    ['acts_0-100.npy', 'acts_100-200.npy', 'acts_200-300.npy'],
    ['acts @ 0 (call 0)', 'acts @ 0 (call 100)', 'acts @ 0 (call 200)'],
  ],
  [
    'acts_{start}_{end}.pt of several layers',
    ['acts_0_100.pt: conv1, fc', 'acts_100_200.pt: conv1, fc'],
    ['conv1 @ 0 (call 0)', 'conv1 @ 0 (call 100)', 'fc @ 0 (call 0)', 'fc @ 0 (call 100)'],
  ],
  [
    'layer{l}_{start}_{end}.npy, last included',
    ['layer3_0_99.npy', 'layer3_100_199.npy', 'layer4_0_99.npy', 'layer4_100_199.npy'],
    ['layer3 @ 0 (call 0)', 'layer3 @ 0 (call 100)', 'layer4 @ 0 (call 0)', 'layer4 @ 0 (call 100)'],
  ],
  [
    'ranges of a step',
    ['step_10/acts_0-64.npz: fc', 'step_10/acts_64-128.npz: fc'],
    ['fc @ 10 (call 0)', 'fc @ 10 (call 64)'],
  ],
  ['one range', ['acts_0-100.npz: conv1, fc'], ['conv1 @ 0', 'fc @ 0']],
  [
    'samples_{start}_to_{end}',
    ['samples_0_to_50.npz: fc', 'samples_50_to_100.npz: fc'],
    ['fc @ 0 (call 0)', 'fc @ 0 (call 50)'],
  ],
];

/** Other numbers of public scripts. */
const numbers: readonly RunLayout[] = [
  [
    'activations_{prompt}.pt of one layer',
    ['activations_0.pt [49,1152]', 'activations_1.pt [29,1152]', 'activations_2.pt [50,1152]'],
    ['activations @ 0', 'activations @ 1', 'activations @ 2'],
  ],
  [
    'activations/{layer}/shard_{i}/activations.pt',
    [
      'activations/blocks.3/shard_0/activations.pt',
      'activations/blocks.3/shard_1/activations.pt',
      'activations/blocks.9/shard_0/activations.pt',
      'activations/blocks.9/shard_1/activations.pt',
    ],
    [
      'blocks.3/activations @ 0 (call 0)',
      'blocks.3/activations @ 0 (call 1)',
      'blocks.9/activations @ 0 (call 0)',
      'blocks.9/activations @ 0 (call 1)',
    ],
  ],
  [
    'shard_{i}.npy of one layer',
    ['shard_0.npy', 'shard_1.npy', 'shard_2.npy'],
    ['shard @ 0 (call 0)', 'shard @ 0 (call 1)', 'shard @ 0 (call 2)'],
  ],
  [
    'layer_{l}_batch_{b}.pt',
    ['layer_0_batch_0.pt', 'layer_0_batch_1.pt', 'layer_1_batch_0.pt', 'layer_1_batch_1.pt'],
    ['layer_0 @ 0', 'layer_0 @ 1', 'layer_1 @ 0', 'layer_1 @ 1'],
  ],
  [
    'batch_{b}_layer_{l}.pt',
    ['batch_0_layer_0.pt', 'batch_1_layer_0.pt', 'batch_0_layer_1.pt', 'batch_1_layer_1.pt'],
    ['layer_0 @ 0', 'layer_0 @ 1', 'layer_1 @ 0', 'layer_1 @ 1'],
  ],
  [
    '{model}_{dataset}_layer{l}.npy',
    ['gpt2_pile_layer3.npy', 'gpt2_pile_layer4.npy', 'gpt2_pile_layer11.npy'],
    ['gpt2_pile_layer11 @ 0', 'gpt2_pile_layer3 @ 0', 'gpt2_pile_layer4 @ 0'],
  ],
  [
    'pythia-{size}-step{n}',
    [
      'pythia-70m-step1000/layers.3.npy',
      'pythia-70m-step2000/layers.3.npy',
      'pythia-70m-step143000/layers.3.npy',
    ],
    ['layers.3 @ 1000', 'layers.3 @ 143000', 'layers.3 @ 2000'],
  ],
  [
    'revision folders stepN with layer files',
    ['step0/layer_0.pt', 'step0/layer_1.pt', 'step512/layer_0.pt', 'step512/layer_1.pt'],
    ['layer_0 @ 0', 'layer_0 @ 512', 'layer_1 @ 0', 'layer_1 @ 512'],
  ],
  [
    'residual stream by layer and step',
    [
      'resid_post_L3_step100.npy',
      'resid_post_L3_step200.npy',
      'resid_post_L7_step100.npy',
      'resid_post_L7_step200.npy',
    ],
    ['resid_post_L3 @ 100', 'resid_post_L3 @ 200', 'resid_post_L7 @ 100', 'resid_post_L7 @ 200'],
  ],
  [
    'tokens in folder names',
    ['tokens_1000000/h.3.npy', 'tokens_2000000/h.3.npy'],
    ['h.3 @ 1000000', 'h.3 @ 2000000'],
  ],
  ['kimg', ['kimg0200/b8.npy', 'kimg0400/b8.npy'], ['b8 @ 200', 'b8 @ 400']],
  [
    'images seen',
    ['acts-kimg000100.npz: b4, b8', 'acts-kimg000200.npz: b4, b8'],
    ['b4 @ 100', 'b4 @ 200', 'b8 @ 100', 'b8 @ 200'],
  ],
  ['initial and final', ['init/fc.npy', 'final/fc.npy'], ['fc @ 0', 'fc @ 1']],
  [
    'start, middle and end of an epoch',
    ['epoch_0_start.npz: fc', 'epoch_0_end.npz: fc'],
    ['end/fc @ 0', 'start/fc @ 0'],
  ],
  [
    'a seed beside a step',
    ['seed0_step100.npz: fc', 'seed0_step200.npz: fc', 'seed1_step100.npz: fc', 'seed1_step200.npz: fc'],
    ['seed0/fc @ 100', 'seed0/fc @ 200', 'seed1/fc @ 100', 'seed1/fc @ 200'],
  ],
  [
    'trial folders of a sweep',
    ['trial_3/step_10/fc.npy', 'trial_3/step_20/fc.npy', 'trial_4/step_10/fc.npy', 'trial_4/step_20/fc.npy'],
    ['trial_3/fc @ 10', 'trial_3/fc @ 20', 'trial_4/fc @ 10', 'trial_4/fc @ 20'],
  ],
  [
    'folds of a cross-validation',
    ['fold0/epoch1/fc.npy', 'fold0/epoch2/fc.npy', 'fold1/epoch1/fc.npy', 'fold1/epoch2/fc.npy'],
    ['fold0/fc @ 1', 'fold0/fc @ 2', 'fold1/fc @ 1', 'fold1/fc @ 2'],
  ],
  [
    'the loss in the name',
    ['step=100-loss=0.532.npz: fc', 'step=200-loss=0.401.npz: fc'],
    ['fc @ 100', 'fc @ 200'],
  ],
  [
    'the accuracy in the name',
    ['epoch_3_acc_0.91.npz: fc', 'epoch_4_acc_0.93.npz: fc'],
    ['fc @ 3', 'fc @ 4'],
  ],
  ['scientific notation', ['step_1e3.npz: fc', 'step_1e4.npz: fc'], ['fc @ 1000', 'fc @ 10000']],
  [
    'a thousands separator',
    ['step_1,000/fc.npy', 'step_2,000/fc.npy', 'step_10,000/fc.npy'],
    ['fc @ 1000', 'fc @ 10000', 'fc @ 2000'],
  ],
  ['steps in millions', ['step_1M.npz: fc', 'step_2M.npz: fc'], ['fc @ 1000000', 'fc @ 2000000']],
  ['steps in tenths of thousands', ['step_1.5k.npz: fc', 'step_2.5k.npz: fc'], ['fc @ 1500', 'fc @ 2500']],
];

/** Frameworks and tools. */
const tools: readonly RunLayout[] = [
  [
    'Composer ep{e}-ba{b}-rank{r}',
    ['ep0-ba100-rank0.pt: fc', 'ep0-ba200-rank0.pt: fc', 'ep1-ba300-rank0.pt: fc'],
    ['fc @ 100 (rank 0)', 'fc @ 200 (rank 0)', 'fc @ 300 (rank 0)'],
  ],
  [
    'torchtune epoch_{e}',
    ['epoch_0/acts.safetensors: layers.0', 'epoch_1/acts.safetensors: layers.0'],
    ['layers.0 @ 0', 'layers.0 @ 1'],
  ],
  [
    'NeMo megatron_gpt--val_loss=…-step=…',
    [
      'megatron_gpt--val_loss=2.10-step=1000-consumed_samples=256000.0.pt: fc',
      'megatron_gpt--val_loss=1.90-step=2000-consumed_samples=512000.0.pt: fc',
    ],
    ['fc @ 1000', 'fc @ 2000'],
  ],
  [
    'ignite model_{n}',
    ['best_model_12_accuracy=0.91.pt: fc', 'best_model_15_accuracy=0.93.pt: fc'],
    ['fc @ 12', 'fc @ 15'],
  ],
  [
    'stable-baselines rl_model_{n}_steps',
    ['rl_model_1000_steps.npz: policy', 'rl_model_2000_steps.npz: policy'],
    ['policy @ 1000', 'policy @ 2000'],
  ],
  [
    'Keras weights.{epoch:02d}-{loss}',
    ['acts.01-0.53.npz: dense', 'acts.02-0.41.npz: dense'],
    ['dense @ 1', 'dense @ 2'],
  ],
  ['TensorFlow ckpt-N', ['ckpt-1.npz: dense', 'ckpt-2.npz: dense'], ['dense @ 1', 'dense @ 2']],
  [
    'flax checkpoint_N below a phase',
    ['train/checkpoint_100/acts.npz: Dense_0', 'train/checkpoint_200/acts.npz: Dense_0'],
    ['Dense_0 @ 100 (train)', 'Dense_0 @ 200 (train)'],
  ],
  [
    'W&B run folders',
    ['run-20240501_123000-abc123/step_10.npz: fc', 'run-20240501_123000-abc123/step_20.npz: fc'],
    ['fc @ 10', 'fc @ 20'],
  ],
  [
    'Hydra outputs/YYYY-MM-DD/HH-MM-SS',
    ['outputs/2024-05-01/12-30-00/step_10.npz: fc', 'outputs/2024-05-01/12-30-00/step_20.npz: fc'],
    ['fc @ 10', 'fc @ 20'],
  ],
  ['days as moments', ['2024-05-01/fc.npy', '2024-05-02/fc.npy'], ['fc @ 0', 'fc @ 1']],
  [
    'day.month.year',
    ['01.05.2024/fc.npy', '02.05.2024/fc.npy', '01.06.2024/fc.npy'],
    ['fc @ 0', 'fc @ 1', 'fc @ 2'],
  ],
  ['months in words', ['acts_May-01-2024.npz: fc', 'acts_Jun-01-2024.npz: fc'], ['fc @ 0', 'fc @ 1']],
  [
    'an experiment date in front of a step',
    ['20240501_step100.npz: fc', '20240502_step200.npz: fc'],
    ['fc @ 100', 'fc @ 200'],
  ],
  ['Slurm array jobs', ['job_123456_step_10.npz: fc', 'job_123456_step_20.npz: fc'], ['fc @ 10', 'fc @ 20']],
  [
    'rank in words, world size beside it',
    ['rank_0_of_2_step_5.pt: fc', 'rank_1_of_2_step_5.pt: fc'],
    ['fc @ 5 (rank 0)', 'fc @ 5 (rank 1)'],
  ],
  [
    'attention probabilities by head',
    ['step_5.npz: layers.0.attn.head_0, layers.0.attn.head_1'],
    ['layers.0.attn.head_0 @ 5', 'layers.0.attn.head_1 @ 5'],
  ],
  [
    'nnsight keys',
    ['run.pt: transformer.h.5.output.0, transformer.h.6.output.0'],
    ['transformer.h.5.output.0 @ 0', 'transformer.h.6.output.0 @ 0'],
  ],
  [
    'reserved names as layers',
    ['step_1.npz: __proto__, constructor, toString', 'step_2.npz: __proto__, constructor, toString'],
    ['__proto__ @ 1', '__proto__ @ 2', 'constructor @ 1', 'constructor @ 2', 'toString @ 1', 'toString @ 2'],
  ],
  [
    'forward and backward of a step',
    ['step_5/forward/fc.npy', 'step_5/backward/fc.npy'],
    ['backward/fc @ 5', 'forward/fc @ 5'],
  ],
  [
    'student and teacher',
    ['student_step5.npz: fc', 'teacher_step5.npz: fc'],
    ['student/fc @ 5', 'teacher/fc @ 5'],
  ],
];

export const MORE_LAYOUTS: readonly RunLayout[] = [
  ...digitGroups,
  ...epochsAndBatches,
  ...ranges,
  ...numbers,
  ...tools,
];
