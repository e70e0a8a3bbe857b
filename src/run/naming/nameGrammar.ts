import type { QuestionKind } from '../../model/questions';

/** One spelling in names, with an example. */
export interface GrammarRow {
  /** Description of the spelling for the documentation, in Markdown. */
  readonly spelling: string;
  /** Words before or after a number, if any. `_` stands for any separator or none (`globalStep`). */
  readonly words?: readonly string[];
  /** Files of a run: `path`, `path [shape]` or `path: key, key`. */
  readonly files: readonly string[];
  /** The records in them: `layer @ step (phase · rank · call)`. */
  readonly records: readonly string[];
  /** The question to the user, if the reading is a guess. */
  readonly asks?: QuestionKind;
}

/**
 * The grammar of names: everything that is read from them. The recognized words come from here, the documentation has a
 * line for each row, and tests read each example. The words of a row are tried in order, after longer words of other
 * rows that contain them (`micro_batch` before `batch`).
 */
export const NAME_GRAMMAR = {
  step: {
    spelling: '`step`, `steps`, `global_step`, `time_step`, `iteration`, `iter`, `iters`, `itr`',
    words: ['global_step', 'time_step', 'step', 'steps', 'iteration', 'iter', 'iters', 'itr'],
    files: ['step_000100/conv1.npy', 'globalStep200/conv1.npy'],
    records: ['conv1 @ 100', 'conv1 @ 200'],
  },
  shortStep: {
    spelling: '`it`, `update`, `updates`, `round`, `kimg` in paths',
    words: ['it', 'update', 'updates', 'round', 'kimg'],
    files: ['acts_it250.npz: conv1'],
    records: ['conv1 @ 250'],
  },
  thousands: {
    spelling: '`k` for thousands, `M` for millions',
    files: ['step_1.5k/conv1.npy', 'step_1M/conv1.npy'],
    records: ['conv1 @ 1500', 'conv1 @ 1000000'],
  },
  digitGroups: {
    spelling: 'digits in groups of three: one number, or a step and a number after it',
    files: ['step_1_000.npz: conv1', 'step_12_500.npz: conv1'],
    records: ['conv1 @ 1000', 'conv1 @ 12500'],
    asks: 'groups',
  },
  numberFirst: {
    spelling: 'a number before `steps`, `iters`, `its` or `epochs`',
    files: ['after_100_steps.npz: conv1'],
    records: ['conv1 @ 100'],
  },
  checkpoint: {
    spelling: '`checkpoint`, `ckpt`, `chkpt`, `snapshot`',
    words: ['checkpoint', 'ckpt', 'chkpt', 'snapshot'],
    files: ['checkpoint-500/acts.pt: h.0'],
    records: ['h.0 @ 500'],
  },
  epoch: {
    spelling: '`epoch`, `epochs`, `ep`',
    words: ['epoch', 'epochs', 'ep'],
    files: ['acts_ep2.npz: conv1', 'acts_ep10.npz: conv1'],
    records: ['conv1 @ 2', 'conv1 @ 10'],
  },
  epochAndStep: {
    spelling: 'an epoch next to a step that restarts',
    files: ['epoch_3/step_40/conv1.npy', 'epoch_4/step_40/conv1.npy', 'epoch_4/step_99/conv1.npy'],
    records: ['conv1 @ 340', 'conv1 @ 440', 'conv1 @ 499'],
  },
  epochAndBatch: {
    spelling: 'an epoch next to a batch that does not restart: the batch, or both',
    files: ['epoch1_batch50.npz: conv1', 'epoch2_batch120.npz: conv1'],
    records: ['conv1 @ 50', 'conv1 @ 120'],
    asks: 'epochs',
  },
  batch: {
    spelling: '`batch`, `mini_batch`: the step, or the call if the name also has a step',
    words: ['mini_batch', 'batch'],
    files: ['step_4/batch_1.npz: conv1', 'step_4/batch_2.npz: conv1'],
    records: ['conv1 @ 4 (call 1)', 'conv1 @ 4 (call 2)'],
  },
  call: {
    spelling: '`micro_batch`, `micro_step`, `accum_step`, `mb`, `micro`, `accum`, `call`',
    words: ['micro_batch', 'micro_step', 'accum_step', 'mb', 'micro', 'accum', 'call'],
    files: ['step_10_mb0.npz: conv1', 'step_10_mb3.npz: conv1'],
    records: ['conv1 @ 10 (call 0)', 'conv1 @ 10 (call 3)'],
  },
  callIndex: {
    spelling: '`:1` or `#1` after a layer',
    files: ['step_1.npz: conv1, conv1:1'],
    records: ['conv1 @ 1 (call 0)', 'conv1 @ 1 (call 1)'],
  },
  rank: {
    spelling:
      '`rank`, `global_rank`, `local_rank`, `world_rank`, `gpu`, `cuda`, `device`, `worker`, `process`, `proc`',
    words: [
      ...['global_rank', 'local_rank', 'world_rank', 'rank'],
      ...['gpu', 'cuda', 'device', 'worker', 'process', 'proc'],
    ],
    files: ['step_1/rank0/conv1.npy', 'step_1/rank1/conv1.npy'],
    records: ['conv1 @ 1 (rank 0)', 'conv1 @ 1 (rank 1)'],
  },
  dataRank: {
    spelling: '`dp_rank`, `data_parallel_rank`, `zero_pp_rank`',
    words: ['zero_pp_rank', 'dp_rank', 'data_parallel_rank'],
    files: ['step_1/dp_rank_0/conv1.npy', 'step_1/dp_rank_1/conv1.npy'],
    records: ['conv1 @ 1 (rank 0)', 'conv1 @ 1 (rank 1)'],
  },
  tensorRank: {
    spelling: '`tp_rank`, `mp_rank`, `tensor_parallel_rank`: ranks that are not joined',
    words: [
      'mp_rank',
      'tp_rank',
      'tensor_parallel_rank',
      'tensor_model_parallel_rank',
      'model_parallel_rank',
    ],
    files: ['step_1/tp_rank_0/fc.npy', 'step_1/tp_rank_1/fc.npy'],
    records: ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)'],
  },
  pipelineRank: {
    spelling: '`pp_rank`, `pipeline_parallel_rank`: part of the layer',
    words: ['pp_rank', 'pipeline_parallel_rank', 'pipeline_model_parallel_rank', 'pipeline_rank'],
    files: ['step_1/pp_rank_0/l.0.npy', 'step_1/pp_rank_1/l.0.npy'],
    records: ['pp0/l.0 @ 1', 'pp1/l.0 @ 1'],
  },
  expertRank: {
    spelling: '`ep_rank`, `expert_parallel_rank`: part of the layer',
    words: ['ep_rank', 'expert_parallel_rank', 'expert_model_parallel_rank', 'expert_rank'],
    files: ['step_1/ep_rank_0/mlp.npy', 'step_1/ep_rank_1/mlp.npy'],
    records: ['ep0/mlp @ 1', 'ep1/mlp @ 1'],
  },
  megatron: {
    spelling: '`mp_rank_TT_PPP_EEE`: ranks of tensor, pipeline and expert parallelism',
    files: ['iter_0000100/mp_rank_00_000.pt: fc', 'iter_0000100/mp_rank_00_001.pt: fc'],
    records: ['pp0/fc @ 100 (rank 0)', 'pp1/fc @ 100 (rank 0)'],
  },
  parallelism: {
    spelling: '`dp`, `tp`, `pp`, `ep` next to one another',
    files: ['step_1/tp0_pp1/fc.npy', 'step_1/tp1_pp1/fc.npy'],
    records: ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)'],
  },
  shortRank: {
    spelling: '`_r3` next to a step, or if an `_r0` exists',
    files: ['acts_step100_r3.npz: conv1'],
    records: ['conv1 @ 100 (rank 3)'],
  },
  phase: {
    spelling: '`train`, `eval`, `val`, `test` and their long forms',
    files: ['train/step_1/conv1.npy', 'validation/step_1/conv1.npy'],
    records: ['conv1 @ 1 (train)', 'conv1 @ 1 (val)'],
  },
  wordAsName: {
    spelling: 'a layer named `test`, next to others',
    files: ['step_1.npz: conv1, test'],
    records: ['conv1 @ 1', 'test @ 1'],
  },
  paddedLetters: {
    spelling: '`e03`, `b0007`, `s0100`: padded with zeros',
    files: ['acts_e03_b0000.npz: conv1', 'acts_e03_b0007.npz: conv1', 'acts_e04_b0000.npz: conv1'],
    records: ['conv1 @ 30', 'conv1 @ 37', 'conv1 @ 40'],
  },
  pairedLetters: {
    spelling: '`S1000` next to another letter (`L0` is the layer)',
    files: ['L0_S1000.npy', 'L0_S2000.npy'],
    records: ['L0 @ 1000', 'L0 @ 2000'],
  },
  letters: {
    spelling: '`e`, `b`, `s`, `t`, `i` with other numbers',
    files: ['acts_s100.npz: conv1', 'acts_s200.npz: conv1'],
    records: ['conv1 @ 100', 'conv1 @ 200'],
    asks: 'letters',
  },
  lettersInOneWord: {
    spelling: '`e`, `b`, `s` with their numbers in one word',
    files: ['acts_E1B10.npz: conv1', 'acts_E1B20.npz: conv1', 'acts_E2B10.npz: conv1'],
    records: ['conv1 @ 110', 'conv1 @ 120', 'conv1 @ 210'],
    asks: 'letters',
  },
  metrics: {
    spelling: 'a number before a metric',
    files: ['acts_100_loss=0.91.npz: conv1', 'acts_200_loss=0.85.npz: conv1'],
    records: ['conv1 @ 100', 'conv1 @ 200'],
  },
  ranges: {
    spelling: 'consecutive ranges, such as `0-100`, of samples: calls',
    files: ['acts_0-100.npz: conv1', 'acts_100-200.npz: conv1'],
    records: ['conv1 @ 0 (call 0)', 'conv1 @ 0 (call 100)'],
    asks: 'items',
  },
  numbers: {
    spelling: 'a number with at least three digits: a folder, a file, or the end of its name',
    files: ['000100/conv1.npy', '000200/conv1.npy'],
    records: ['conv1 @ 100', 'conv1 @ 200'],
  },
  shortNumbers: {
    spelling: 'a shorter number',
    files: ['acts_1.npz: conv1', 'acts_2.npz: conv1'],
    records: ['conv1 @ 1', 'conv1 @ 2'],
    asks: 'numbers',
  },
  settings: {
    spelling: 'a number after a setting or a family of models (`seed`, `lr`, `resnet`): part of the layer',
    files: ['seed_100.npz: conv1', 'seed_200.npz: conv1'],
    records: ['seed_100/conv1 @ 0', 'seed_200/conv1 @ 0'],
    asks: 'numbers',
  },
  moments: {
    spelling: 'dates and times, if nothing else states a step: steps in chronological order',
    files: ['20240131_101500/conv1.npy', '20240131_102000/conv1.npy'],
    records: ['conv1 @ 0', 'conv1 @ 1'],
    asks: 'moments',
  },
  dates: {
    spelling: 'days in other spellings: `01.05.2024`, `May-01-2024`, `1 May 2024`',
    files: ['01.05.2024/conv1.npy', '02.05.2024/conv1.npy', '01.06.2024/conv1.npy'],
    records: ['conv1 @ 0', 'conv1 @ 1', 'conv1 @ 2'],
    asks: 'moments',
  },
  pairsAround: {
    spelling: '`before` and `after`, `pre` and `post` around layers',
    files: ['before/conv1.npy', 'after/conv1.npy'],
    records: ['conv1 @ 0', 'conv1 @ 1'],
    asks: 'pairs',
  },
  pairs: {
    spelling: '`before` and `after` next to a layer',
    files: ['bn1_before.npy', 'bn1_after.npy'],
    records: ['bn1_before @ 0', 'bn1_after @ 0'],
    asks: 'pairs',
  },
  items: {
    spelling: '`sample`, `prompt`, `image`, and similar words, or a number alone, next to a step: calls',
    files: ['step_1/prompt_0.npz: conv1', 'step_1/prompt_1.npz: conv1'],
    records: ['conv1 @ 1 (call 0)', 'conv1 @ 1 (call 1)'],
    asks: 'items',
  },
  parts: {
    spelling: 'a number after another word, if keys recur at a step',
    files: ['step_1/shard_0.npz: conv1', 'step_1/shard_1.npz: conv1'],
    records: ['shard_0/conv1 @ 1', 'shard_1/conv1 @ 1'],
    asks: 'items',
  },
  axes: {
    spelling: '`layers`, `layer_wise`, `hidden_states`, `steps`: an axis may be layers or steps',
    files: ['step_1/layer_wise.npy [40,5,16]'],
    records: ['layer_wise @ 1'],
    asks: 'axes',
  },
  spelledAxes: {
    spelling: 'the names of all axes: each axis is read by its name',
    files: ['acts_steps_batch_dim.npy [2,8,16]'],
    records: ['acts_steps_batch_dim @ 0', 'acts_steps_batch_dim @ 1'],
    asks: 'axes',
  },
} as const satisfies Readonly<Record<string, GrammarRow>>;
