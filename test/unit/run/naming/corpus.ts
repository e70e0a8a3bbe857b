import { MORE_LAYOUTS } from './moreLayouts';

/**
 * Layouts of runs as public scripts write them: what a script does, its files (`path`, `path [shape]` or
 * `path: key, key [shape]`), and the records that whoever wrote the script sees in them (`layer @ step`, with phase, rank
 * and call). Numbers of models, sizes, versions and settings are in many of the names, and are none of those.
 */
export type RunLayout = readonly [what: string, files: readonly string[], records: readonly string[]];

const forwardHooks: readonly RunLayout[] = [
  [
    '{name}_{step}.npy',
    ['conv1_100.npy', 'conv1_200.npy', 'fc_100.npy', 'fc_200.npy'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  ['{name}_{step:06d}.npy', ['conv1_000100.npy', 'fc_000100.npy'], ['conv1 @ 100', 'fc @ 100']],
  [
    'step_{:06d}/{name}.npy',
    ['step_000100/conv1.npy', 'step_000200/conv1.npy'],
    ['conv1 @ 100', 'conv1 @ 200'],
  ],
  [
    '{step}/{name}.pt',
    ['100/layer1.0.conv1.pt', '200/layer1.0.conv1.pt'],
    ['layer1.0.conv1 @ 100', 'layer1.0.conv1 @ 200'],
  ],
  [
    '{name}/{step}.pt',
    ['layer1/100.pt', 'layer1/200.pt', 'layer2/100.pt', 'layer2/200.pt'],
    ['layer1 @ 100', 'layer1 @ 200', 'layer2 @ 100', 'layer2 @ 200'],
  ],
  [
    '{name}/step{step}.npy',
    [
      'activations/layer1.0.bn1/step100.npy',
      'activations/layer1.0.bn1/step200.npy',
      'activations/layer4.1.bn2/step100.npy',
    ],
    ['layer1.0.bn1 @ 100', 'layer1.0.bn1 @ 200', 'layer4.1.bn2 @ 100'],
  ],
  [
    'activations[name] per step in npz',
    ['acts_0.npz: conv1, bn1', 'acts_500.npz: conv1, bn1'],
    ['bn1 @ 0', 'bn1 @ 500', 'conv1 @ 0', 'conv1 @ 500'],
  ],
  [
    'torchvision features.N',
    [
      'acts_step10.pt: features.0, features.1, features.12',
      'acts_step20.pt: features.0, features.1, features.12',
    ],
    [
      'features.0 @ 10',
      'features.0 @ 20',
      'features.1 @ 10',
      'features.1 @ 20',
      'features.12 @ 10',
      'features.12 @ 20',
    ],
  ],
  [
    'names of functional ops',
    ['step5.npz: act_fc1, conv2d_1, block1_conv2'],
    ['act_fc1 @ 5', 'block1_conv2 @ 5', 'conv2d_1 @ 5'],
  ],
  [
    'ResNet block keys',
    ['it100.pt: layer4.1.bn2, layer4.1.conv2, fc', 'it200.pt: layer4.1.bn2, layer4.1.conv2, fc'],
    [
      'fc @ 100',
      'fc @ 200',
      'layer4.1.bn2 @ 100',
      'layer4.1.bn2 @ 200',
      'layer4.1.conv2 @ 100',
      'layer4.1.conv2 @ 200',
    ],
  ],
  [
    'GPT-2 keys',
    ['hidden_step_50.pt: h.0.attn.c_proj, h.11.attn.c_proj, ln_f'],
    ['h.0.attn.c_proj @ 50', 'h.11.attn.c_proj @ 50', 'ln_f @ 50'],
  ],
  [
    'LLaMA keys',
    [
      '1000.safetensors: model.layers.0.mlp, model.layers.31.mlp, model.norm',
      '2000.safetensors: model.layers.0.mlp, model.layers.31.mlp, model.norm',
    ],
    [
      'model.layers.0.mlp @ 1000',
      'model.layers.0.mlp @ 2000',
      'model.layers.31.mlp @ 1000',
      'model.layers.31.mlp @ 2000',
      'model.norm @ 1000',
      'model.norm @ 2000',
    ],
  ],
  [
    '{module}_{direction}_{step}',
    ['conv1_out_10.npy', 'conv1_out_20.npy', 'conv2_out_10.npy', 'conv2_out_20.npy'],
    ['conv1_out @ 10', 'conv1_out @ 20', 'conv2_out @ 10', 'conv2_out @ 20'],
  ],
  [
    'in and out of a norm',
    ['step_1/bn1_in.npy', 'step_1/bn1_out.npy', 'step_2/bn1_in.npy', 'step_2/bn1_out.npy'],
    ['bn1_in @ 1', 'bn1_in @ 2', 'bn1_out @ 1', 'bn1_out @ 2'],
  ],
  [
    'x_pre and x_post',
    ['iter_1.npz: x_pre, x_post', 'iter_2.npz: x_pre, x_post'],
    ['x_post @ 1', 'x_post @ 2', 'x_pre @ 1', 'x_pre @ 2'],
  ],
  [
    'before_bn and after_bn',
    ['before_bn_step10.npy', 'after_bn_step10.npy', 'before_bn_step20.npy', 'after_bn_step20.npy'],
    ['after_bn @ 10', 'after_bn @ 20', 'before_bn @ 10', 'before_bn @ 20'],
  ],
  [
    'one file for everything',
    ['activations.npz: step_0/conv1, step_100/conv1, step_100/fc'],
    ['conv1 @ 0', 'conv1 @ 100', 'fc @ 100'],
  ],
  [
    'keys with the step behind',
    ['dump.npz: conv1_step0, conv1_step100, fc_step0, fc_step100'],
    ['conv1 @ 0', 'conv1 @ 100', 'fc @ 0', 'fc @ 100'],
  ],
  ['keys with the step in front', ['dump.npz: step0_conv1, step100_conv1'], ['conv1 @ 0', 'conv1 @ 100']],
  ['keys of epoch and layer', ['history.npz: epoch_0/dense, epoch_1/dense'], ['dense @ 0', 'dense @ 1']],
  [
    'list of layers as arr_N',
    ['acts_0000.npz: arr_0, arr_1, arr_10', 'acts_0010.npz: arr_0, arr_1, arr_10'],
    ['arr_0 @ 0', 'arr_0 @ 10', 'arr_1 @ 0', 'arr_1 @ 10', 'arr_10 @ 0', 'arr_10 @ 10'],
  ],
  [
    'one snapshot of layers',
    ['conv1.npy', 'layer1.npy', 'layer2.npy', 'fc.npy'],
    ['conv1 @ 0', 'fc @ 0', 'layer1 @ 0', 'layer2 @ 0'],
  ],
  [
    'one snapshot, layer_{i}_out',
    ['layer_0_out.pt', 'layer_1_out.pt', 'layer_2_out.pt'],
    ['layer_0_out @ 0', 'layer_1_out @ 0', 'layer_2_out @ 0'],
  ],
  [
    'one snapshot, layer{i}',
    ['layer0.npy', 'layer1.npy', 'layer12.npy'],
    ['layer0 @ 0', 'layer1 @ 0', 'layer12 @ 0'],
  ],
  [
    'one snapshot, blocks by folder',
    ['blocks/0/attn.npy', 'blocks/1/attn.npy'],
    ['blocks/0/attn @ 0', 'blocks/1/attn @ 0'],
  ],
];

const shortForms: readonly RunLayout[] = [
  [
    'acts_e{e:02d}_b{b:04d}.npz',
    ['acts_e01_b0000.npz: conv1', 'acts_e01_b0007.npz: conv1', 'acts_e02_b0000.npz: conv1'],
    ['conv1 @ 10', 'conv1 @ 17', 'conv1 @ 20'],
  ],
  [
    'L{l}_S{s}.npy',
    ['L0_S1000.npy', 'L0_S2000.npy', 'L1_S1000.npy', 'L1_S2000.npy'],
    ['L0 @ 1000', 'L0 @ 2000', 'L1 @ 1000', 'L1 @ 2000'],
  ],
  ['ep{e}.npz', ['acts_ep2.npz: fc', 'acts_ep10.npz: fc'], ['fc @ 2', 'fc @ 10']],
  ['it{n}', ['acts_it250.npz: fc', 'acts_it500.npz: fc'], ['fc @ 250', 'fc @ 500']],
  ['mb{n}', ['step_10_mb0.npz: fc', 'step_10_mb3.npz: fc'], ['fc @ 10 (call 0)', 'fc @ 10 (call 3)']],
  [
    'layer12 beside a step',
    ['layer12_step100.npy', 'layer12_step200.npy', 'layer3_step100.npy', 'layer3_step200.npy'],
    ['layer12 @ 100', 'layer12 @ 200', 'layer3 @ 100', 'layer3 @ 200'],
  ],
  ['E{e}', ['E01/conv1.npy', 'E02/conv1.npy'], ['conv1 @ 1', 'conv1 @ 2']],
  ['e{e} unpadded', ['acts_e1.npz: fc', 'acts_e2.npz: fc'], ['fc @ 1', 'fc @ 2']],
  [
    'b{b} unpadded, nothing else',
    ['acts_b0.npz: fc', 'acts_b1.npz: fc', 'acts_b2.npz: fc'],
    ['fc @ 0', 'fc @ 1', 'fc @ 2'],
  ],
  [
    'e{e}_b{b} unpadded',
    ['e1_b0.npz: fc', 'e1_b50.npz: fc', 'e2_b0.npz: fc'],
    ['fc @ 100', 'fc @ 150', 'fc @ 200'],
  ],
  ['s{step}', ['acts_s100.npz: fc', 'acts_s200.npz: fc'], ['fc @ 100', 'fc @ 200']],
  [
    'conv1_s{step}.npy',
    ['conv1_s0100.npy', 'conv1_s0200.npy', 'fc_s0100.npy', 'fc_s0200.npy'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  ['t{step}', ['acts_t10.npz: fc', 'acts_t20.npz: fc'], ['fc @ 10', 'fc @ 20']],
  [
    'i{iter}',
    ['conv_i100.npy', 'conv_i200.npy', 'fc_i100.npy', 'fc_i200.npy'],
    ['conv @ 100', 'conv @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  [
    'epoch folder and b{b} files',
    ['epoch_3/b0000.npz: fc', 'epoch_3/b0100.npz: fc', 'epoch_4/b0000.npz: fc'],
    ['fc @ 3000', 'fc @ 3100', 'fc @ 4000'],
  ],
  ['epoch03_batch0007', ['epoch03_batch0007.npz: fc', 'epoch04_batch0007.npz: fc'], ['fc @ 3', 'fc @ 4']],
  [
    'groups e01/b0000 in HDF5',
    ['a.h5: e01/b0000/conv1, e01/b0001/conv1, e02/b0000/conv1'],
    ['conv1 @ 10', 'conv1 @ 11', 'conv1 @ 20'],
  ],
  ['10k', ['step_10k/fc.npy', 'step_20k/fc.npy'], ['fc @ 10000', 'fc @ 20000']],
  ['gstep', ['global_step_10/fc.npy', 'global_step_20/fc.npy'], ['fc @ 10', 'fc @ 20']],
  [
    'iter by underscore in front',
    ['iter1_layer3_conv.npy', 'iter10_layer3_conv.npy', 'iter1_layer4_conv.npy', 'iter10_layer4_conv.npy'],
    ['layer3_conv @ 1', 'layer3_conv @ 10', 'layer4_conv @ 1', 'layer4_conv @ 10'],
  ],
  ['itr', ['itr_100.npz: fc', 'itr_200.npz: fc'], ['fc @ 100', 'fc @ 200']],
  [
    'E{e} and L{l}',
    ['E1_L0.npy', 'E2_L0.npy', 'E1_L1.npy', 'E2_L1.npy'],
    ['L0 @ 1', 'L0 @ 2', 'L1 @ 1', 'L1 @ 2'],
  ],
  ['time_step', ['time_step_5.npz: lstm', 'time_step_6.npz: lstm'], ['lstm @ 5', 'lstm @ 6']],
];

const frameworks: readonly RunLayout[] = [
  [
    'Lightning epoch=E-step=S',
    ['epoch=0-step=400.pt: conv1', 'epoch=1-step=800.pt: conv1', 'epoch=3-step=1200.pt: conv1'],
    ['conv1 @ 400', 'conv1 @ 800', 'conv1 @ 1200'],
  ],
  [
    'Lightning version folders',
    [
      'lightning_logs/version_0/acts/epoch=3-step=1200.pt: model.norm',
      'lightning_logs/version_0/acts/epoch=4-step=1600.pt: model.norm',
    ],
    ['model.norm @ 1200', 'model.norm @ 1600'],
  ],
  [
    'Lightning with a metric',
    ['epoch=3-val_loss=0.25.pt: fc', 'epoch=4-val_loss=0.21.pt: fc'],
    ['fc @ 3', 'fc @ 4'],
  ],
  [
    'Hugging Face checkpoint-N',
    ['checkpoint-500/acts.pt: h.0, h.1', 'checkpoint-1000/acts.pt: h.0, h.1'],
    ['h.0 @ 500', 'h.0 @ 1000', 'h.1 @ 500', 'h.1 @ 1000'],
  ],
  [
    'Megatron iter_N with plain ranks',
    ['iter_0001000/rank0.pt: decoder.final_layernorm', 'iter_0001000/rank1.pt: decoder.final_layernorm'],
    ['decoder.final_layernorm @ 1000 (rank 0)', 'decoder.final_layernorm @ 1000 (rank 1)'],
  ],
  [
    'Megatron mp_rank_TT',
    ['iter_0001000/mp_rank_00/acts.pt: layers.0.mlp', 'iter_0001000/mp_rank_01/acts.pt: layers.0.mlp'],
    ['layers.0.mlp @ 1000 (rank 0)', 'layers.0.mlp @ 1000 (rank 1)'],
  ],
  [
    'Megatron mp_rank_TT_PPP',
    [
      'iter_0000100/mp_rank_00_000.pth: layers.0.mlp',
      'iter_0000100/mp_rank_00_001.pth: layers.0.mlp',
      'iter_0000100/mp_rank_01_000.pth: layers.0.mlp',
      'iter_0000100/mp_rank_01_001.pth: layers.0.mlp',
    ],
    [
      'pp0/layers.0.mlp @ 100 (rank 0)',
      'pp0/layers.0.mlp @ 100 (rank 1)',
      'pp1/layers.0.mlp @ 100 (rank 0)',
      'pp1/layers.0.mlp @ 100 (rank 1)',
    ],
  ],
  [
    'Megatron mp_rank_TT_PPP_EEE',
    ['iter_5/mp_rank_00_000_000.pt: mlp', 'iter_5/mp_rank_00_000_001.pt: mlp'],
    ['ep0/mlp @ 5 (rank 0)', 'ep1/mlp @ 5 (rank 0)'],
  ],
  [
    'DeepSpeed global_stepN/mp_rank_TT',
    ['global_step100/mp_rank_00_acts.pt: fc', 'global_step200/mp_rank_00_acts.pt: fc'],
    ['fc @ 100 (rank 0)', 'fc @ 200 (rank 0)'],
  ],
  [
    'DeepSpeed zero_pp_rank_D_mp_rank_TT',
    [
      'global_step100/zero_pp_rank_0_mp_rank_00_acts.pt: fc',
      'global_step100/zero_pp_rank_1_mp_rank_00_acts.pt: fc',
    ],
    ['fc @ 100 (rank 0)', 'fc @ 100 (rank 1)'],
  ],
  [
    'tpN_ppN folders',
    [
      'step_10/tp0_pp0/a.pt: l.0',
      'step_10/tp1_pp0/a.pt: l.0',
      'step_10/tp0_pp1/a.pt: l.0',
      'step_10/tp1_pp1/a.pt: l.0',
    ],
    ['pp0/l.0 @ 10 (rank 0)', 'pp0/l.0 @ 10 (rank 1)', 'pp1/l.0 @ 10 (rank 0)', 'pp1/l.0 @ 10 (rank 1)'],
  ],
  [
    'tp_rank_N',
    ['step_10_tp_rank_0.pt: fc', 'step_10_tp_rank_1.pt: fc'],
    ['fc @ 10 (rank 0)', 'fc @ 10 (rank 1)'],
  ],
  [
    'dp_rank_N and tp_rank_N',
    [
      'step_10/dp_rank_0_tp_rank_0.pt: fc',
      'step_10/dp_rank_0_tp_rank_1.pt: fc',
      'step_10/dp_rank_1_tp_rank_0.pt: fc',
      'step_10/dp_rank_1_tp_rank_1.pt: fc',
    ],
    ['tp0/fc @ 10 (rank 0)', 'tp0/fc @ 10 (rank 1)', 'tp1/fc @ 10 (rank 0)', 'tp1/fc @ 10 (rank 1)'],
  ],
  [
    'OLMo step1000-tokens4B',
    ['step1000-tokens4B/acts.pt: blocks.0', 'step2000-tokens8B/acts.pt: blocks.0'],
    ['blocks.0 @ 1000', 'blocks.0 @ 2000'],
  ],
  [
    'Pythia step512',
    ['pythia-160m/step512/acts.npz: gpt_neox.layers.0', 'pythia-160m/step1000/acts.npz: gpt_neox.layers.0'],
    ['gpt_neox.layers.0 @ 512', 'gpt_neox.layers.0 @ 1000'],
  ],
  [
    'Keras callback npz',
    ['activations_at_epoch_3.npz: conv2d, conv2d_1', 'activations_at_epoch_12.npz: conv2d, conv2d_1'],
    ['conv2d @ 3', 'conv2d @ 12', 'conv2d_1 @ 3', 'conv2d_1 @ 12'],
  ],
  [
    'Keras layer_epoch_NN',
    [
      'block1_conv2_epoch_01.npy',
      'block1_conv2_epoch_02.npy',
      'block2_conv2_epoch_01.npy',
      'block2_conv2_epoch_02.npy',
    ],
    ['block1_conv2 @ 1', 'block1_conv2 @ 2', 'block2_conv2 @ 1', 'block2_conv2 @ 2'],
  ],
  [
    'Keras HDF5 epoch groups',
    ['activations.h5: epoch_0/conv2d, epoch_0/dense, epoch_1/conv2d, epoch_1/dense'],
    ['conv2d @ 0', 'conv2d @ 1', 'dense @ 0', 'dense @ 1'],
  ],
  ['TensorFlow ckpt-N', ['ckpt-10/a.npz: conv', 'ckpt-20/a.npz: conv'], ['conv @ 10', 'conv @ 20']],
  [
    'StyleGAN network-snapshot-NNNNNN',
    ['network-snapshot-000100.npz: b4.conv1', 'network-snapshot-000200.npz: b4.conv1'],
    ['b4.conv1 @ 100', 'b4.conv1 @ 200'],
  ],
  [
    'JAX checkpoint_N',
    ['checkpoint_1000/acts.npz: encoder/layer_0', 'checkpoint_2000/acts.npz: encoder/layer_0'],
    ['encoder/layer_0 @ 1000', 'encoder/layer_0 @ 2000'],
  ],
  [
    'orbax, step as a folder',
    ['ckpts/1000/acts.npz: fc', 'ckpts/2000/acts.npz: fc'],
    ['fc @ 1000', 'fc @ 2000'],
  ],
  ['Flower rounds', ['round_1/fc.npy', 'round_2/fc.npy'], ['fc @ 1', 'fc @ 2']],
  [
    'MMEngine iter_N',
    ['work_dirs/iter_4000.pt: backbone.layer1', 'work_dirs/iter_8000.pt: backbone.layer1'],
    ['backbone.layer1 @ 4000', 'backbone.layer1 @ 8000'],
  ],
  [
    'MMEngine epoch_N',
    ['work_dirs/epoch_1.pt: backbone.layer1', 'work_dirs/epoch_12.pt: backbone.layer1'],
    ['backbone.layer1 @ 1', 'backbone.layer1 @ 12'],
  ],
  [
    'fairseq checkpoint_E_U',
    ['checkpoint1.npz: encoder', 'checkpoint2.npz: encoder'],
    ['encoder @ 1', 'encoder @ 2'],
  ],
  [
    'msprobe',
    [
      'step0/rank0/dump_tensor_data/Module.conv1.Conv2d.forward.0.output.0.npy',
      'step1/rank0/dump_tensor_data/Module.conv1.Conv2d.forward.0.output.0.npy',
    ],
    ['conv1 @ 0 (forward · rank 0)', 'conv1 @ 1 (forward · rank 0)'],
  ],
  [
    'TransformerLens cache',
    [
      'step0.npz: blocks.0.hook_resid_post, ln_final.hook_normalized',
      'step50.npz: blocks.0.hook_resid_post, ln_final.hook_normalized',
    ],
    [
      'blocks.0.hook_resid_post @ 0',
      'blocks.0.hook_resid_post @ 50',
      'ln_final.hook_normalized @ 0',
      'ln_final.hook_normalized @ 50',
    ],
  ],
  [
    'nanoGPT iterations',
    ['out/iter2000.pt: transformer.h.0.ln_1', 'out/iter4000.pt: transformer.h.0.ln_1'],
    ['transformer.h.0.ln_1 @ 2000', 'transformer.h.0.ln_1 @ 4000'],
  ],
  [
    'torchtune epoch_N/step',
    ['epoch_0/step_10/a.pt: tok', 'epoch_1/step_10/a.pt: tok'],
    ['tok @ 0', 'tok @ 1'],
  ],
  [
    'verl global_step_N/actor',
    ['global_step_100/actor/rank_0.pt: lm', 'global_step_100/actor/rank_1.pt: lm'],
    ['lm @ 100 (rank 0)', 'lm @ 100 (rank 1)'],
  ],
  [
    'run1/rank0/acts.pt',
    ['run1/rank0/acts.pt: fc', 'run1/rank1/acts.pt: fc'],
    ['fc @ 0 (rank 0)', 'fc @ 0 (rank 1)'],
  ],
];

const phases: readonly RunLayout[] = [
  ['train and val folders', ['train/step_1/fc.npy', 'val/step_1/fc.npy'], ['fc @ 1 (train)', 'fc @ 1 (val)']],
  [
    '{phase}_epoch{e}',
    [
      'train_epoch0_activations.npz: layer1',
      'val_epoch0_activations.npz: layer1',
      'train_epoch1_activations.npz: layer1',
      'val_epoch1_activations.npz: layer1',
    ],
    ['layer1 @ 0 (train)', 'layer1 @ 0 (val)', 'layer1 @ 1 (train)', 'layer1 @ 1 (val)'],
  ],
  [
    'epoch_{e}_{phase}',
    ['epoch_3_train.npz: fc', 'epoch_3_test.npz: fc'],
    ['fc @ 3 (train)', 'fc @ 3 (test)'],
  ],
  [
    'acts_train.npz and acts_test.npz',
    ['acts_train.npz: fc', 'acts_test.npz: fc'],
    ['fc @ 0 (train)', 'fc @ 0 (test)'],
  ],
  [
    'train.pt and test.pt',
    ['train.pt: conv1, fc', 'test.pt: conv1, fc'],
    ['conv1 @ 0 (train)', 'conv1 @ 0 (test)', 'fc @ 0 (train)', 'fc @ 0 (test)'],
  ],
  [
    'a key called test among layers',
    ['acts_step1.npz: conv1, test', 'acts_step2.npz: conv1, test'],
    ['conv1 @ 1', 'conv1 @ 2', 'test @ 1', 'test @ 2'],
  ],
  ['a key called train alone', ['step_1.npz: train', 'step_2.npz: train'], ['train @ 1', 'train @ 2']],
  ['keys train and test', ['fc_step1.npz: train, test'], ['fc @ 1 (train)', 'fc @ 1 (test)']],
  ['a file called test among layers', ['step_1/conv1.npy', 'step_1/test.npy'], ['conv1 @ 1', 'test @ 1']],
  [
    'keys e1 and s100 among layers',
    ['step_1.npz: conv1, e10, s100', 'step_2.npz: conv1, e10, s100'],
    ['conv1 @ 1', 'conv1 @ 2', 'e10 @ 1', 'e10 @ 2', 's100 @ 1', 's100 @ 2'],
  ],
  [
    'test_head is a layer',
    ['step_1/test_head.npy', 'step_2/test_head.npy'],
    ['test_head @ 1', 'test_head @ 2'],
  ],
  ['trainStep', ['trainStep100/fc.npy', 'trainStep200/fc.npy'], ['fc @ 100 (train)', 'fc @ 200 (train)']],
  [
    'evaluation in capitals',
    ['TRAIN/epoch_1/fc.npy', 'EVAL/epoch_1/fc.npy'],
    ['fc @ 1 (train)', 'fc @ 1 (eval)'],
  ],
  [
    'conv1_train.npy',
    ['step_5/conv1_train.npy', 'step_5/conv1_eval.npy'],
    ['conv1 @ 5 (train)', 'conv1 @ 5 (eval)'],
  ],
];

const traps: readonly RunLayout[] = [
  [
    'a model with a number around it',
    ['resnet50/step_1/layer1.npy', 'resnet50/step_2/layer1.npy'],
    ['layer1 @ 1', 'layer1 @ 2'],
  ],
  [
    'two models as folders',
    ['resnet18/layer1.npy', 'resnet50/layer1.npy'],
    ['resnet18/layer1 @ 0', 'resnet50/layer1 @ 0'],
  ],
  [
    'two models as files',
    ['resnet_18.npz: layer1', 'resnet_50.npz: layer1'],
    ['resnet_18/layer1 @ 0', 'resnet_50/layer1 @ 0'],
  ],
  [
    'models with three digits',
    ['resnet_50.npz: layer1', 'resnet_101.npz: layer1', 'resnet_152.npz: layer1'],
    ['resnet_101/layer1 @ 0', 'resnet_152/layer1 @ 0', 'resnet_50/layer1 @ 0'],
  ],
  [
    'vgg16_bn',
    ['vgg16_bn_step1.npz: features.0', 'vgg16_bn_step2.npz: features.0'],
    ['features.0 @ 1', 'features.0 @ 2'],
  ],
  [
    'efficientnet_b0 and b7',
    ['efficientnet_b0/blocks.npy', 'efficientnet_b7/blocks.npy'],
    ['efficientnet_b0/blocks @ 0', 'efficientnet_b7/blocks @ 0'],
  ],
  [
    'efficientnet-b0 with steps',
    ['efficientnet-b0_step100.npz: blocks.0', 'efficientnet-b0_step200.npz: blocks.0'],
    ['blocks.0 @ 100', 'blocks.0 @ 200'],
  ],
  [
    'vit_b_16',
    ['vit_b_16/encoder.ln.npy', 'vit_b_32/encoder.ln.npy'],
    ['vit_b_16/encoder.ln @ 0', 'vit_b_32/encoder.ln @ 0'],
  ],
  ['fp16 and 224x224', ['fp16_224x224/step_1/fc.npy', 'fp16_224x224/step_2/fc.npy'], ['fc @ 1', 'fc @ 2']],
  ['fp16 and bf16', ['fp16/fc.npy', 'bf16/fc.npy'], ['bf16/fc @ 0', 'fp16/fc @ 0']],
  ['v1 and v2', ['v1/fc.npy', 'v2/fc.npy'], ['v1/fc @ 0', 'v2/fc @ 0']],
  ['seed42', ['seed42/step_1/fc.npy', 'seed43/step_1/fc.npy'], ['seed42/fc @ 1', 'seed43/fc @ 1']],
  ['seed_N files', ['seed_1.npz: fc', 'seed_2.npz: fc'], ['seed_1/fc @ 0', 'seed_2/fc @ 0']],
  ['seed_NNN files', ['seed_100.npz: fc', 'seed_200.npz: fc'], ['seed_100/fc @ 0', 'seed_200/fc @ 0']],
  [
    'learning rates as files',
    ['acts_lr0.01.npz: fc', 'acts_lr0.001.npz: fc'],
    ['acts_lr0.001/fc @ 0', 'acts_lr0.01/fc @ 0'],
  ],
  [
    'learning rates behind an underscore',
    ['acts_0.01.npz: fc', 'acts_0.001.npz: fc'],
    ['acts_0.001/fc @ 0', 'acts_0.01/fc @ 0'],
  ],
  [
    'learning rate and step',
    ['lr_0.1/step_10/fc.npy', 'lr_0.01/step_10/fc.npy'],
    ['lr_0.01/fc @ 10', 'lr_0.1/fc @ 10'],
  ],
  ['bs32', ['bs32/step_1/fc.npy', 'bs64/step_1/fc.npy'], ['bs32/fc @ 1', 'bs64/fc @ 1']],
  [
    'batch_size_32',
    ['batch_size_32/step_1/fc.npy', 'batch_size_64/step_1/fc.npy'],
    ['batch_size_32/fc @ 1', 'batch_size_64/fc @ 1'],
  ],
  ['batch sizes as files', ['bs_32.npz: fc', 'bs_64.npz: fc'], ['bs_32/fc @ 0', 'bs_64/fc @ 0']],
  [
    'widths of a layer',
    ['fc_128.npy', 'fc_256.npy', 'fc_512.npy'],
    ['fc_128 @ 0', 'fc_256 @ 0', 'fc_512 @ 0'],
  ],
  ['dropout 0.5', ['dropout_0.5_step100.npz: fc', 'dropout_0.5_step200.npz: fc'], ['fc @ 100', 'fc @ 200']],
  ['dp_0.1 is a drop path', ['dp_0.1_step100.npz: fc', 'dp_0.1_step200.npz: fc'], ['fc @ 100', 'fc @ 200']],
  [
    '100 epochs planned',
    ['cifar10_100epochs/epoch_1/fc.npy', 'cifar10_100epochs/epoch_2/fc.npy'],
    ['fc @ 1', 'fc @ 2'],
  ],
  [
    'the date around a run',
    ['2024-05-01_12-30-00/step_1/fc.npy', '2024-05-01_12-30-00/step_2/fc.npy'],
    ['fc @ 1', 'fc @ 2'],
  ],
  ['one date and no steps', ['20240501/conv1.npy', '20240501/fc.npy'], ['conv1 @ 0', 'fc @ 0']],
  [
    'one date with a time and no steps',
    ['20240501123000/conv1.npy', '20240501123000/fc.npy'],
    ['conv1 @ 0', 'fc @ 0'],
  ],
  [
    'two runs by date with steps',
    ['2024-05-01/step_1/fc.npy', '2024-05-02/step_1/fc.npy'],
    ['2024-05-01/fc @ 1', '2024-05-02/fc @ 1'],
  ],
  ['lora_r8', ['step_5/lora_r8.npy', 'step_6/lora_r8.npy'], ['lora_r8 @ 5', 'lora_r8 @ 6']],
  [
    'shards of a file',
    ['step_5/model-00001-of-00002.safetensors: a.0', 'step_5/model-00002-of-00002.safetensors: b.0'],
    ['a.0 @ 5', 'b.0 @ 5'],
  ],
  [
    'stages s1 to s4',
    ['step_1.npz: s1.conv, s2.conv', 'step_2.npz: s1.conv, s2.conv'],
    ['s1.conv @ 1', 's1.conv @ 2', 's2.conv @ 1', 's2.conv @ 2'],
  ],
  [
    'branches b1 and b2 of Inception',
    ['mixed_b1.npy', 'mixed_b2.npy', 'pool_b1.npy', 'pool_b2.npy'],
    ['mixed_b1 @ 0', 'mixed_b2 @ 0', 'pool_b1 @ 0', 'pool_b2 @ 0'],
  ],
  ['encoder blocks e1 to e3 of a U-Net', ['e1.npy', 'e2.npy', 'e3.npy'], ['e1 @ 0', 'e2 @ 0', 'e3 @ 0']],
  ['U-Net keys', ['step_10.npz: e1, e2, d1, d2'], ['d1 @ 10', 'd2 @ 10', 'e1 @ 10', 'e2 @ 10']],
  [
    'ResNet blocks as layer_i_j',
    ['layer_1_0.npy', 'layer_1_1.npy', 'layer_2_0.npy', 'layer_2_1.npy'],
    ['layer_1_0 @ 0', 'layer_1_1 @ 0', 'layer_2_0 @ 0', 'layer_2_1 @ 0'],
  ],
  [
    'Llama-2-13b-hf',
    ['Llama-2-13b-hf/step_1/layers.0.npy', 'Llama-2-13b-hf/step_2/layers.0.npy'],
    ['layers.0 @ 1', 'layers.0 @ 2'],
  ],
  [
    'T5 sizes',
    ['t5_step10.npz: encoder.block.0', 't5_step20.npz: encoder.block.0'],
    ['encoder.block.0 @ 10', 'encoder.block.0 @ 20'],
  ],
  ['a hash', ['step_99999999999999999999/fc.npy'], ['fc @ 0']],
  ['conv3x3 and conv1x1', ['step_1.npz: conv3x3, conv1x1'], ['conv1x1 @ 1', 'conv3x3 @ 1']],
  [
    'batch_norm1',
    ['step_1/batch_norm1.npy', 'step_1/batchnorm_2.npy'],
    ['batch_norm1 @ 1', 'batchnorm_2 @ 1'],
  ],
  ['fold_0', ['fold_0.npz: fc', 'fold_1.npz: fc'], ['fold_0/fc @ 0', 'fold_1/fc @ 0']],
  ['trial_10', ['trial_100.npz: fc', 'trial_101.npz: fc'], ['trial_100/fc @ 0', 'trial_101/fc @ 0']],
  [
    'run_1 and run_2 with steps',
    ['run_1/step_10/fc.npy', 'run_2/step_10/fc.npy'],
    ['run_1/fc @ 10', 'run_2/fc @ 10'],
  ],
  ['heads by number', ['step_1/head_0.npy', 'step_1/head_1.npy'], ['head_0 @ 1', 'head_1 @ 1']],
  ['experts by number', ['step_1.npz: expert_0, expert_1'], ['expert_0 @ 1', 'expert_1 @ 1']],
  ['neuron widths in keys', ['step_1.npz: dense_64, dense_128'], ['dense_128 @ 1', 'dense_64 @ 1']],
  ['mnist_784', ['mnist_784/epoch_1/fc.npy', 'mnist_784/epoch_2/fc.npy'], ['fc @ 1', 'fc @ 2']],
  ['k-bit quantization', ['int8/fc.npy', 'int4/fc.npy'], ['int4/fc @ 0', 'int8/fc @ 0']],
  ['tokens_4B', ['tokens_4B/fc.npy', 'tokens_8B/fc.npy'], ['tokens_4B/fc @ 0', 'tokens_8B/fc @ 0']],
  ['temperature T0.7', ['T0.7/fc.npy', 'T1.0/fc.npy'], ['T0.7/fc @ 0', 'T1.0/fc @ 0']],
];

const momentsAndPairs: readonly RunLayout[] = [
  [
    'folders YYYYMMDD_HHMMSS',
    [
      '20240131_101500/conv1.npy',
      '20240131_102000/conv1.npy',
      '20240131_101500/fc.npy',
      '20240131_102000/fc.npy',
    ],
    ['conv1 @ 0', 'conv1 @ 1', 'fc @ 0', 'fc @ 1'],
  ],
  [
    'files acts_YYYYMMDD-HHMMSS.npz',
    ['acts_20240131-101500.npz: fc', 'acts_20240131-102000.npz: fc'],
    ['fc @ 0', 'fc @ 1'],
  ],
  ['ISO times', ['2024-01-31T10:15:00/fc.npy', '2024-01-31T10:20:00/fc.npy'], ['fc @ 0', 'fc @ 1']],
  [
    '2024-05-01_12-30-00',
    ['2024-05-01_12-30-00.npz: fc', '2024-05-01_12-40-00.npz: fc', '2024-05-02_00-00-00.npz: fc'],
    ['fc @ 0', 'fc @ 1', 'fc @ 2'],
  ],
  ['days', ['2024-05-01/fc.npy', '2024-05-02/fc.npy'], ['fc @ 0', 'fc @ 1']],
  ['14 digits', ['20240131101500.npz: fc', '20240131102000.npz: fc'], ['fc @ 0', 'fc @ 1']],
  ['Unix seconds', ['1706695000.npz: fc', '1706695300.npz: fc'], ['fc @ 0', 'fc @ 1']],
  [
    'time.time() with a fraction',
    ['acts_1706695000.1234.npz: fc', 'acts_1706695300.5678.npz: fc'],
    ['fc @ 0', 'fc @ 1'],
  ],
  [
    'Unix milliseconds',
    ['fc_1706695000123.npy', 'fc_1706695300123.npy', 'conv_1706695000123.npy', 'conv_1706695300123.npy'],
    ['conv @ 0', 'conv @ 1', 'fc @ 0', 'fc @ 1'],
  ],
  [
    'layers written one after the other',
    [
      'conv1_20240131_101500.npy',
      'fc_20240131_101501.npy',
      'conv1_20240131_102000.npy',
      'fc_20240131_102001.npy',
    ],
    ['conv1 @ 0', 'conv1 @ 1', 'fc @ 0', 'fc @ 1'],
  ],
  [
    'two runs by time',
    ['20240131_101500/fc.npy', '20240201_090000/fc.npy'],
    ['20240131_101500/fc @ 0', '20240201_090000/fc @ 0'],
  ],
  ['before and after folders', ['before/conv1.npy', 'after/conv1.npy'], ['conv1 @ 0', 'conv1 @ 1']],
  [
    'before_training and after_training',
    ['before_training.npz: fc', 'after_training.npz: fc'],
    ['fc @ 0', 'fc @ 1'],
  ],
  ['pre and post fine-tuning', ['pre_finetune/h.0.npy', 'post_finetune/h.0.npy'], ['h.0 @ 0', 'h.0 @ 1']],
  [
    'bn1_before and bn1_after over steps',
    ['bn1_before_step10.npy', 'bn1_after_step10.npy', 'bn1_before_step20.npy', 'bn1_after_step20.npy'],
    ['bn1_after @ 10', 'bn1_after @ 20', 'bn1_before @ 10', 'bn1_before @ 20'],
  ],
  ['bn1_before and bn1_after once', ['bn1_before.npy', 'bn1_after.npy'], ['bn1_after @ 0', 'bn1_before @ 0']],
  [
    'conv1 before and after training',
    ['conv1_before.npy', 'conv1_after.npy', 'fc_before.npy', 'fc_after.npy'],
    ['conv1 @ 0', 'conv1 @ 1', 'fc @ 0', 'fc @ 1'],
  ],
  [
    'pre- and post-activation keys',
    ['step_1.npz: conv1_pre, conv1_post'],
    ['conv1_post @ 1', 'conv1_pre @ 1'],
  ],
];

const samples: readonly RunLayout[] = [
  [
    'prompt_{i}.pt',
    ['prompt_0.pt: layer_5, layer_6', 'prompt_1.pt: layer_5, layer_6'],
    ['layer_5 @ 0', 'layer_5 @ 1', 'layer_6 @ 0', 'layer_6 @ 1'],
  ],
  [
    'samples of a step',
    ['step_10/sample_0.npz: fc', 'step_10/sample_1.npz: fc'],
    ['fc @ 10 (call 0)', 'fc @ 10 (call 1)'],
  ],
  [
    'image_{i} of an epoch',
    ['epoch_1/image_3.npz: conv', 'epoch_1/image_7.npz: conv', 'epoch_2/image_3.npz: conv'],
    ['conv @ 1 (call 3)', 'conv @ 1 (call 7)', 'conv @ 2 (call 3)'],
  ],
  [
    'layer_{L}_{first statement}.pt',
    ['layer_0_0.pt', 'layer_0_25.pt', 'layer_7_0.pt', 'layer_7_25.pt'],
    ['layer_0 @ 0', 'layer_0 @ 25', 'layer_7 @ 0', 'layer_7 @ 25'],
  ],
  ['batch{i} of a run', ['batch0.npz: fc', 'batch1.npz: fc'], ['fc @ 0', 'fc @ 1']],
  ['batch3 of an epoch', ['epoch1/batch3.npz: fc', 'epoch1/batch4.npz: fc'], ['fc @ 3', 'fc @ 4']],
  [
    'calls of a shared layer',
    ['step_1.npz: conv1, conv1:1, fc'],
    ['conv1 @ 1 (call 0)', 'conv1 @ 1 (call 1)', 'fc @ 1 (call 0)'],
  ],
  [
    'hidden_states_{i}.npy',
    ['hidden_states_0.npy', 'hidden_states_1.npy', 'hidden_states_2.npy'],
    ['hidden_states_0 @ 0', 'hidden_states_1 @ 0', 'hidden_states_2 @ 0'],
  ],
  [
    'hidden states of steps',
    ['step_1/hidden_states_0.npy', 'step_1/hidden_states_1.npy', 'step_2/hidden_states_0.npy'],
    ['hidden_states_0 @ 1', 'hidden_states_0 @ 2', 'hidden_states_1 @ 1'],
  ],
];

const arrays: readonly RunLayout[] = [
  [
    'one npy [prompts, layers, d] called layer_wise',
    ['tqa_layer_wise.npy [40,5,16]'],
    [0, 1, 2, 3, 4].map((i) => `tqa_layer_wise/layer ${i} @ 0`),
  ],
  [
    'one npy [layers, tokens, d] called all_layers',
    ['all_layers.npy [3,7,16]'],
    [0, 1, 2].map((i) => `all_layers/layer ${i} @ 0`),
  ],
  ['one npy [steps, N, C] alone', ['activations.npy [2,8,16]'], ['activations @ 0', 'activations @ 1']],
  [
    'one npy [steps, layers, N, C] alone',
    ['acts.npy [2,2,8,16]'],
    ['acts/layer 0 @ 0', 'acts/layer 0 @ 1', 'acts/layer 1 @ 0', 'acts/layer 1 @ 1'],
  ],
  [
    'a name that spells the axes',
    ['acts_steps_layers_batch_dim.npy [2,2,8,16]'],
    [
      'acts_steps_layers_batch_dim/layer 0 @ 0',
      'acts_steps_layers_batch_dim/layer 0 @ 1',
      'acts_steps_layers_batch_dim/layer 1 @ 0',
      'acts_steps_layers_batch_dim/layer 1 @ 1',
    ],
  ],
  [
    'hidden_states of each step',
    ['step_1/hidden_states.npy [2,3,7,16]', 'step_2/hidden_states.npy [2,3,7,16]'],
    [
      'hidden_states/layer 0 @ 1',
      'hidden_states/layer 0 @ 2',
      'hidden_states/layer 1 @ 1',
      'hidden_states/layer 1 @ 2',
    ],
  ],
  [
    'a convolution is no stack',
    ['step_1/conv1.npy [8,16,7,7]', 'step_2/conv1.npy [8,16,7,7]'],
    ['conv1 @ 1', 'conv1 @ 2'],
  ],
  [
    'history of a layer',
    ['conv1_history.npy [2,8,16]', 'fc_history.npy [2,8,10]'],
    ['conv1_history @ 0', 'conv1_history @ 1', 'fc_history @ 0', 'fc_history @ 1'],
  ],
];

const odd: readonly RunLayout[] = [
  ['spaces', ['Epoch 3/Conv2d 1.npy', 'Epoch 4/Conv2d 1.npy'], ['Conv2d 1 @ 3', 'Conv2d 1 @ 4']],
  [
    'a store of groups',
    ['acts.zarr: 100/encoder/ln, 200/encoder/ln'],
    ['encoder/ln @ 100', 'encoder/ln @ 200'],
  ],
  [
    'module paths as folders',
    ['step_1/model/layers/0/mlp.npy', 'step_1/model/layers/1/mlp.npy'],
    ['layers/0/mlp @ 1', 'layers/1/mlp @ 1'],
  ],
  [
    'encoder and decoder files',
    ['encoder_step_1.npz: ln', 'decoder_step_1.npz: ln'],
    ['decoder/ln @ 1', 'encoder/ln @ 1'],
  ],
  [
    'steps that start again',
    ['epoch_0/step_0/fc.npy', 'epoch_0/step_1/fc.npy', 'epoch_1/step_0/fc.npy', 'epoch_1/step_1/fc.npy'],
    ['fc @ 0', 'fc @ 1', 'fc @ 10', 'fc @ 11'],
  ],
  ['a fraction of an epoch', ['epoch_0.5/fc.npy', 'epoch_1.0/fc.npy'], ['fc @ 0.5', 'fc @ 1']],
  [
    'ranks as _r',
    ['acts_step100_r0.npz: fc', 'acts_step100_r3.npz: fc'],
    ['fc @ 100 (rank 0)', 'fc @ 100 (rank 3)'],
  ],
  ['gpu0', ['gpu0/step_1/fc.npy', 'gpu1/step_1/fc.npy'], ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)']],
  [
    'local_rank',
    ['local_rank_0/step_1/fc.npy', 'local_rank_1/step_1/fc.npy'],
    ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)'],
  ],
  [
    'rank_{r}/iter_{it}',
    ['rank_0/iter_0000100/encoder.ln1.npy', 'rank_1/iter_0000100/encoder.ln1.npy'],
    ['encoder.ln1 @ 100 (rank 0)', 'encoder.ln1 @ 100 (rank 1)'],
  ],
  ['two runs', ['baseline/step_1/fc.npy', 'ours/step_1/fc.npy'], ['baseline/fc @ 1', 'ours/fc @ 1']],
  [
    'conv_0 to conv_2 of one snapshot',
    ['conv_0.npy', 'conv_1.npy', 'fc_0.npy'],
    ['conv_0 @ 0', 'conv_1 @ 0', 'fc_0 @ 0'],
  ],
  ['brackets', ['step[100]/fc.npy', 'step[200]/fc.npy'], ['fc @ 100', 'fc @ 200']],
  ['after_N_steps', ['after_100_steps.npz: fc', 'after_200_steps.npz: fc'], ['fc @ 100', 'fc @ 200']],
];

const mixed: readonly RunLayout[] = [
  ['batch sizes as folders', ['batch32/fc.npy', 'batch64/fc.npy'], ['batch32/fc @ 0', 'batch64/fc @ 0']],
  [
    'batch sizes as file names',
    ['batch_32.npz: fc', 'batch_64.npz: fc', 'batch_128.npz: fc'],
    ['batch_128/fc @ 0', 'batch_32/fc @ 0', 'batch_64/fc @ 0'],
  ],
  ['batches that are powers of two', ['batch_8.npz: fc', 'batch_16.npz: fc'], ['fc @ 8', 'fc @ 16']],
  ['diffusion time steps', ['unet_t0.npz: down', 'unet_t10.npz: down'], ['down @ 0', 'down @ 10']],
  [
    'U-Net encoders and a decoder of a step',
    ['step_1/e1.npy', 'step_1/e2.npy', 'step_1/d1.npy'],
    ['d1 @ 1', 'e1 @ 1', 'e2 @ 1'],
  ],
  [
    'branches in epochs',
    ['epoch_1/conv_b1.npy', 'epoch_1/conv_b2.npy', 'epoch_2/conv_b1.npy', 'epoch_2/conv_b2.npy'],
    ['conv_b1 @ 1', 'conv_b1 @ 2', 'conv_b2 @ 1', 'conv_b2 @ 2'],
  ],
  [
    'the date behind a number',
    ['acts_10_20240131.npz: fc', 'acts_20_20240131.npz: fc'],
    ['fc @ 10', 'fc @ 20'],
  ],
  [
    'times beside epochs in files of layers',
    ['fc_20240501_123000_epoch1.npy', 'fc_20240501_124000_epoch2.npy'],
    ['fc @ 1', 'fc @ 2'],
  ],
  [
    'times beside steps',
    ['step_10_2024-05-01_12-30-00.npz: fc', 'step_20_2024-05-01_12-40-00.npz: fc'],
    ['fc @ 10', 'fc @ 20'],
  ],
  [
    'TensorBoard folders as moments',
    ['Nov29_20-45-30_host/fc.npy', 'Nov30_20-45-30_host/fc.npy'],
    ['fc @ 0', 'fc @ 1'],
  ],
  ['times of day', ['12-30-00.npz: fc', '12-40-00.npz: fc'], ['fc @ 0', 'fc @ 1']],
  ['time.time() as a name', ['1700000000.123456.npz: fc', '1700000300.654321.npz: fc'], ['fc @ 0', 'fc @ 1']],
  [
    'the step in front of a layer by number',
    ['1000_layer_12.npy', '2000_layer_12.npy', '1000_layer_13.npy', '2000_layer_13.npy'],
    ['layer_12 @ 1000', 'layer_12 @ 2000', 'layer_13 @ 1000', 'layer_13 @ 2000'],
  ],
  [
    'the step in front',
    ['0100-conv1.npy', '0200-conv1.npy', '0100-fc.npy', '0200-fc.npy'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  [
    'layers numbered in their order',
    ['00_conv1.npy', '01_bn1.npy', '02_relu.npy'],
    ['00_conv1 @ 0', '01_bn1 @ 0', '02_relu @ 0'],
  ],
  ['a dot before the step', ['conv1.100.npy', 'conv1.200.npy'], ['conv1 @ 100', 'conv1 @ 200']],
  [
    'ResNet blocks by their paths',
    ['layer1.0.npy', 'layer1.1.npy', 'layer2.0.npy', 'layer2.1.npy'],
    ['layer1.0 @ 0', 'layer1.1 @ 0', 'layer2.0 @ 0', 'layer2.1 @ 0'],
  ],
  [
    'keys with the step behind, no word',
    ['acts.npz: conv1_100, conv1_200, fc_100, fc_200'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  [
    'groups of steps below layers',
    ['acts.h5: conv1/100, conv1/200, fc/100, fc/200'],
    ['conv1 @ 100', 'conv1 @ 200', 'fc @ 100', 'fc @ 200'],
  ],
  ['a list of steps as arr_N', ['conv1.npz: arr_0, arr_1, arr_2'], ['arr @ 0', 'arr @ 1', 'arr @ 2']],
  ['a list of layers as arr_N', ['acts.npz: arr_0, arr_1, arr_2'], ['arr_0 @ 0', 'arr_1 @ 0', 'arr_2 @ 0']],
  [
    'a dict of phases',
    ['acts.pt: train.conv1, train.fc, val.conv1, val.fc'],
    ['conv1 @ 0 (train)', 'conv1 @ 0 (val)', 'fc @ 0 (train)', 'fc @ 0 (val)'],
  ],
  ['keys that begin with a phase', ['acts.npz: train_fc, test_fc'], ['fc @ 0 (test)', 'fc @ 0 (train)']],
  ['data sets as arrays', ['X_train.npy', 'X_test.npy'], ['X @ 0 (test)', 'X @ 0 (train)']],
  ['init and final', ['init/fc.npy', 'final/fc.npy'], ['fc @ 0', 'fc @ 1']],
  ['pretrained and finetuned', ['pretrained.npz: h.0', 'finetuned.npz: h.0'], ['h.0 @ 0', 'h.0 @ 1']],
  ['pre_ln and post_ln are two norms', ['pre_ln.npy', 'post_ln.npy'], ['post_ln @ 0', 'pre_ln @ 0']],
  [
    'ranks on two nodes',
    [
      'node0/rank0/step_1.npz: fc',
      'node0/rank1/step_1.npz: fc',
      'node1/rank0/step_1.npz: fc',
      'node1/rank1/step_1.npz: fc',
    ],
    ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)', 'fc @ 1 (rank 2)', 'fc @ 1 (rank 3)'],
  ],
  ['cuda:0', ['cuda:0/step_1/fc.npy', 'cuda:1/step_1/fc.npy'], ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)']],
  ['a node of a graph', ['step_1/node_3.npy', 'step_1/node_4.npy'], ['node_3 @ 1', 'node_4 @ 1']],
  [
    'Detectron2 model_0001999',
    ['model_0001999.npz: fpn', 'model_0003999.npz: fpn'],
    ['fpn @ 1999', 'fpn @ 3999'],
  ],
  ['kimg without a joint', ['kimg000100.npz: b4', 'kimg000200.npz: b4'], ['b4 @ 100', 'b4 @ 200']],
  ['an own word as a folder', ['save_10/fc.npy', 'save_20/fc.npy'], ['fc @ 10', 'fc @ 20']],
  ['classes as folders', ['class_0/fc.npy', 'class_1/fc.npy'], ['class_0/fc @ 0', 'class_1/fc @ 0']],
  ['widths as files', ['acts_64.npz: fc', 'acts_128.npz: fc'], ['acts_128/fc @ 0', 'acts_64/fc @ 0']],
  ['1e5 steps', ['step_1e5/fc.npy', 'step_2e5/fc.npy'], ['fc @ 100000', 'fc @ 200000']],
  [
    'tokens that were seen',
    ['tokens_1000000.npz: fc', 'tokens_2000000.npz: fc'],
    ['fc @ 1000000', 'fc @ 2000000'],
  ],
  ['q, k and v of a snapshot', ['q1.npy', 'k1.npy', 'v1.npy'], ['k1 @ 0', 'q1 @ 0', 'v1 @ 0']],
];

const ofOneStep: readonly RunLayout[] = [
  [
    'shards of a step as ranks',
    ['step_1/shard_0.npz: fc', 'step_1/shard_1.npz: fc'],
    ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)'],
  ],
  [
    'hosts as ranks',
    ['host0/step_1.npz: fc', 'host1/step_1.npz: fc'],
    ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)'],
  ],
  [
    'JAX processes',
    ['process0/step_1.npz: fc', 'process1/step_1.npz: fc'],
    ['fc @ 1 (rank 0)', 'fc @ 1 (rank 1)'],
  ],
  [
    'micro steps',
    ['step_10/micro_step_0.npz: fc', 'step_10/micro_step_1.npz: fc'],
    ['fc @ 10 (call 0)', 'fc @ 10 (call 1)'],
  ],
  [
    'accumulation',
    ['step_10/accum_0.npz: fc', 'step_10/accum_1.npz: fc'],
    ['fc @ 10 (call 0)', 'fc @ 10 (call 1)'],
  ],
  [
    'two forward passes',
    ['step_1/pass1.npz: fc', 'step_1/pass2.npz: fc'],
    ['fc @ 1 (call 1)', 'fc @ 1 (call 2)'],
  ],
  [
    'numbered files of a step',
    ['step_1/0.npz: fc', 'step_1/1.npz: fc', 'step_2/0.npz: fc'],
    ['fc @ 1 (call 0)', 'fc @ 1 (call 1)', 'fc @ 2 (call 0)'],
  ],
  [
    'numbered layers of a step',
    ['step_1/fc_0.npy', 'step_1/fc_1.npy', 'step_2/fc_0.npy'],
    ['fc_0 @ 1', 'fc_0 @ 2', 'fc_1 @ 1'],
  ],
  [
    'a metric is no phase',
    ['epoch_001_train_loss_0.5.npz: fc', 'epoch_002_train_loss_0.4.npz: fc'],
    ['fc @ 1', 'fc @ 2'],
  ],
  ['feature maps by padded epoch', ['feat_e005.npy', 'feat_e010.npy'], ['feat @ 5', 'feat @ 10']],
  [
    'resid_pre and resid_post by layer',
    ['resid_pre_0.npy', 'resid_pre_1.npy', 'resid_post_0.npy', 'resid_post_1.npy'],
    ['resid_post_0 @ 0', 'resid_post_1 @ 0', 'resid_pre_0 @ 0', 'resid_pre_1 @ 0'],
  ],
  [
    'VGG layers of a snapshot',
    ['conv1_1.npy', 'conv1_2.npy', 'conv2_1.npy', 'conv2_2.npy', 'conv3_1.npy'],
    ['conv1_1 @ 0', 'conv1_2 @ 0', 'conv2_1 @ 0', 'conv2_2 @ 0', 'conv3_1 @ 0'],
  ],
  [
    'heads of layers',
    ['attn_L0_H1.npy', 'attn_L0_H2.npy', 'attn_L1_H1.npy'],
    ['attn_L0_H1 @ 0', 'attn_L0_H2 @ 0', 'attn_L1_H1 @ 0'],
  ],
  ['N of M', ['step-100-of-1000.npz: fc', 'step-200-of-1000.npz: fc'], ['fc @ 100', 'fc @ 200']],
  [
    'brackets and epochs',
    ['Epoch[3]_Iter[100].npz: fc', 'Epoch[3]_Iter[200].npz: fc'],
    ['fc @ 100', 'fc @ 200'],
  ],
  [
    'subjects and sessions',
    ['sub-01/ses-1/fc.npy', 'sub-02/ses-1/fc.npy'],
    ['sub-01/ses-1/fc @ 0', 'sub-02/ses-1/fc @ 0'],
  ],
  [
    'tasks with epochs',
    ['task_1/epoch_1/fc.npy', 'task_2/epoch_1/fc.npy'],
    ['task_1/fc @ 1', 'task_2/fc @ 1'],
  ],
  [
    'learning rates with steps',
    ['lr1e-3/step_1/fc.npy', 'lr1e-4/step_1/fc.npy'],
    ['lr1e-3/fc @ 1', 'lr1e-4/fc @ 1'],
  ],
  ['a version and a step', ['v0.1_step_5.npz: fc', 'v0.1_step_6.npz: fc'], ['fc @ 5', 'fc @ 6']],
  [
    'phase and number',
    ['acts_train_0.npz: fc', 'acts_train_1.npz: fc', 'acts_val_0.npz: fc'],
    ['fc @ 0 (train)', 'fc @ 0 (val)', 'fc @ 1 (train)'],
  ],
  [
    'tp and pp ranks in words',
    ['iter_0000500/tp_rank_00_pp_rank_000/a.pt: l', 'iter_0000500/tp_rank_01_pp_rank_000/a.pt: l'],
    ['l @ 500 (rank 0)', 'l @ 500 (rank 1)'],
  ],
];

const further: readonly RunLayout[] = [
  [
    'samples in front of layers',
    ['img_001_conv1.npy', 'img_002_conv1.npy', 'img_001_fc.npy', 'img_002_fc.npy'],
    ['conv1 @ 0 (call 1)', 'conv1 @ 0 (call 2)', 'fc @ 0 (call 1)', 'fc @ 0 (call 2)'],
  ],
  ['groups of times', ['acts.h5: 2024-01-31T10:15:00/fc, 2024-01-31T10:20:00/fc'], ['fc @ 0', 'fc @ 1']],
  [
    'data sets by phase in the middle',
    ['mnist_train_acts.npz: fc', 'mnist_test_acts.npz: fc'],
    ['fc @ 0 (test)', 'fc @ 0 (train)'],
  ],
  [
    'two data sets of one phase',
    ['cifar10_train.npz: fc', 'cifar100_train.npz: fc'],
    ['cifar100_train/fc @ 0', 'cifar10_train/fc @ 0'],
  ],
  ['10k without a word', ['10k/fc.npy', '20k/fc.npy'], ['fc @ 10000', 'fc @ 20000']],
  ['10k behind a word', ['acts_10k.npz: fc', 'acts_20k.npz: fc'], ['fc @ 10000', 'fc @ 20000']],
  ['experiments by number', ['exp_001.npz: fc', 'exp_002.npz: fc'], ['exp_001/fc @ 0', 'exp_002/fc @ 0']],
  [
    'generator and discriminator',
    ['netG_epoch_1.pt: conv', 'netD_epoch_1.pt: conv'],
    ['netD/conv @ 1', 'netG/conv @ 1'],
  ],
  ['EMA beside the model', ['ema_step_10.npz: fc', 'step_10.npz: fc'], ['ema/fc @ 10', 'fc @ 10']],
  [
    'two models of one step',
    ['resnet50_step100.npz: layer1', 'vit_b_16_step100.npz: layer1'],
    ['resnet50/layer1 @ 100', 'vit_b_16/layer1 @ 100'],
  ],
  [
    'groups of layers, then steps',
    ['acts.h5: layer_0/step_100, layer_0/step_200, layer_1/step_100'],
    ['layer_0 @ 100', 'layer_0 @ 200', 'layer_1 @ 100'],
  ],
];

export const CORPUS: readonly RunLayout[] = [
  ...forwardHooks,
  ...shortForms,
  ...frameworks,
  ...phases,
  ...traps,
  ...momentsAndPairs,
  ...samples,
  ...arrays,
  ...odd,
  ...mixed,
  ...ofOneStep,
  ...further,
  ...MORE_LAYOUTS,
];
