import { t } from '@vscode/l10n';
import type { Layout } from '../model/catalog';

/** A layout that a person can choose, and its meaning. */
export interface LayoutChoice {
  readonly layout: Layout;
  readonly description: string;
}

/**
 * The most likely layout of a tensor, given its shape and, if known, its module's type.
 *
 * Rank 1 is `C`, 2 `NC`, 3 `NLC`, 4 `NCHW`, 5 `NCDHW`; higher ranks are `NC` and spatial letters. Channels are last
 * (`NHWC`, `NDHWC`) only if the shape makes it clear:
 * - axes 1 and 2 (rank 5: 2 and 3) are equal and the last one differs: square images of channels. (A cube, with all
 *   axes equal, is ambiguous.) In rank 5, the depth must also not exceed the height, unless the last axis has length 1,
 *   3, or 4;
 * - or the images are not square, and the last axis is 1, 3 or 4 long while axis 1 is longer than 4;
 * - or the images are not square, and the last axis is the longest, at least 32, and a multiple of 16, as channel
 *   counts are, while axis 1 is not a multiple of 8 and within a factor of 2 of axis 2, as heights are.
 *
 * One-dimensional convolutions and norms (`torch.nn.Conv1d`, `BatchNorm1d`) make rank 3 `NCL`; modules of
 * `torch.nn` for two and three dimensions always put channels first. With `isSequenceFirst`, which Megatron's dumps are,
 * rank 3 is `LNC`.
 */
export function guessLayout(shape: readonly number[], module?: string, isSequenceFirst = false): Layout {
  const rank = shape.length;
  const dimensions = spatialDimensions(module);
  if (rank === 3 && isSequenceFirst) return 'LNC';
  if (rank === 3 && dimensions === 1) return 'NCL';
  const channelsFirst = dimensions === rank - 2;
  if (rank === 4 && !channelsFirst && endsInChannels(shape)) return 'NHWC';
  if (rank === 5 && !channelsFirst && volumeEndsInChannels(shape)) return 'NDHWC';
  return DEFAULTS[rank] ?? `NC${SPATIAL.slice(0, rank - 2).padEnd(rank - 2, 'S')}`;
}

/**
 * Other layouts that fit as well as a guessed one, the likeliest first; empty if shape or module determine the layout.
 *
 * Rank 3 is `NLC` or `NCL` if the module does not determine it; `LNC` is offered if the first axis is longer than the
 * second (there are usually more positions than samples), and `NLC` if `LNC` is the guess. Rank 4 is certainly `NCHW`
 * only for square images (axes 2 and 3 equal, axis 1 different) and never certainly `NHWC`. The same holds for rank 5,
 * where the depth is not known either.
 */
export function otherLayouts(
  shape: readonly number[],
  module?: string,
  isSequenceFirst = false,
): readonly Layout[] {
  const rank = shape.length;
  const guess = guessLayout(shape, module, isSequenceFirst);
  const dimensions = spatialDimensions(module);
  if (dimensions === rank - 2) return [];
  // With a single channel or a single position, both are the same.
  if (shape.slice(1).filter((length) => length > 1).length < 2) return [];
  if (rank === 3) {
    if (guess === 'LNC') return ['NLC'];
    const swapped = isSequenceModule(module) ? [] : [guess === 'NLC' ? 'NCL' : 'NLC'];
    return shape[0] > shape[1] ? [...swapped, 'LNC'] : swapped;
  }
  const [, a, b, c, d] = shape;
  if (rank === 4) return guess === 'NHWC' ? ['NCHW'] : b === c && a !== b ? [] : ['NHWC'];
  if (rank === 5) return guess === 'NDHWC' ? ['NCDHW'] : c === d && a !== c ? [] : ['NDHWC'];
  return [];
}

/** Names of layers in Megatron Core's models, whose tensors are [position, sample, feature]. */
const MEGATRON_LAYER =
  /(?:^|[./])(?:self_attention|cross_attention|mlp)\.(?:linear_(?:qkv|proj|fc[12])|core_attention)(?:[./]|$)/u;

/** Whether a layer's name is one of Megatron Core's. */
export function isMegatronLayer(name: string): boolean {
  return MEGATRON_LAYER.test(name);
}

/** Modules of transformers, which put features last. */
function isSequenceModule(module: string | undefined): boolean {
  return /(?:^|\.)(?:LayerNorm|RMSNorm|\w*RMSNorm|Linear|\w*Attention|Embedding|Transformer\w*|GELU)$/u.test(
    module ?? '',
  );
}

/** By rank. A tensor of rank 0 has no channel axis and never becomes a layer. */
const DEFAULTS = ['', 'C', 'NC', 'NLC', 'NCHW', 'NCDHW'];
const SPATIAL = 'DEFGHIJKLMOPQRSTUVWXYZAB';

/** 1, 2, or 3 for torch.nn modules made for that number of spatial dimensions. */
function spatialDimensions(module: string | undefined): number | undefined {
  const match = /(?:^|\.)\w*(?:Conv|ConvTranspose|Norm|Pool|Dropout)([123])d$/u.exec(module ?? '');
  return match === null ? undefined : Number(match[1]);
}

function endsInChannels([, a, b, c]: readonly number[]): boolean {
  if (a === b) return c !== a;
  if (b === c) return false;
  if (isColorCount(c)) return a > 4;
  const wide = c > a && c > b && c >= 32 && c % 16 === 0;
  return wide && a % 8 !== 0 && Math.max(a, b) <= 2 * Math.min(a, b);
}

function volumeEndsInChannels([, depth, height, width, last]: readonly number[]): boolean {
  return height === width && width !== last && (depth <= height || isColorCount(last));
}

function isColorCount(length: number): boolean {
  return length === 1 || length === 3 || length === 4;
}

/** Why `layout` does not fit a tensor of `shape`, as a sentence; undefined if it fits. */
export function layoutProblem(layout: Layout, shape: readonly number[]): string | undefined {
  const problem = layoutTextProblem(layout);
  if (problem !== undefined) return problem;
  if (layout.length !== shape.length) {
    return t(
      'Layout {0} has {1} axes, but the tensor has {2}: [{3}].',
      layout,
      layout.length,
      shape.length,
      shape.join(', '),
    );
  }
  return undefined;
}

/** Why a text is not a layout for any shape, as a sentence; undefined if it is one. */
export function layoutTextProblem(layout: string): string | undefined {
  const shown = JSON.stringify(layout.length > 40 ? `${layout.slice(0, 40)}…` : layout);
  if (!/^[A-Z]{1,64}$/u.test(layout)) {
    return t('Layout {0} is invalid: expected one capital letter per axis, such as NCHW.', shown);
  }
  const count = (letter: string) => layout.split(letter).length - 1;
  if (count('C') !== 1)
    return t('Layout {0} must have exactly one C (channel) axis, but has {1}.', shown, count('C'));
  if (count('N') > 1)
    return t('Layout {0} must have at most one N (sample) axis, but has {1}.', shown, count('N'));
  return undefined;
}

/** The layout of a complex tensor whose last axis is the real and the imaginary part: these are the channels. */
export function complexLayout(rank: number): Layout {
  return ['', 'C', 'NC', 'NLC'][rank] ?? channelsLast(rank);
}

/** The plausible layouts for tensors of a rank, the usual one first; empty for rank 0. */
export function layoutsFor(rank: number): readonly LayoutChoice[] {
  if (rank < 1) return [];
  return (
    choices()[rank] ?? [
      {
        layout: guessLayout(new Array<number>(rank).fill(2)),
        description: t('samples, channels, spatial axes'),
      },
      { layout: channelsLast(rank), description: t('samples, spatial axes, channels') },
    ]
  );
}

function channelsLast(rank: number): Layout {
  return `N${SPATIAL.slice(0, rank - 2).padEnd(rank - 2, 'S')}C`;
}

/** By rank. */
const choices = (): readonly (readonly LayoutChoice[] | undefined)[] => [
  undefined,
  [{ layout: 'C', description: t('features of one sample') }],
  [
    { layout: 'NC', description: t('samples, features: linear layers') },
    { layout: 'CN', description: t('features, samples') },
    { layout: 'LC', description: t('positions, features of one sequence') },
    { layout: 'CL', description: t('channels, positions of one signal') },
  ],
  [
    { layout: 'NLC', description: t('samples, positions, features: transformers with batch_first=True') },
    {
      layout: 'LNC',
      description: t('positions, samples, features: PyTorch transformers and recurrent layers by default'),
    },
    { layout: 'NCL', description: t('samples, channels, positions: 1D convolutions') },
    { layout: 'CHW', description: t('channels, height, width of one image') },
    { layout: 'HWC', description: t('height, width, channels of one image') },
  ],
  [
    { layout: 'NCHW', description: t('samples, channels, height, width: PyTorch convolutions') },
    {
      layout: 'NHWC',
      description: t('samples, height, width, channels: TensorFlow, Keras, and JAX convolutions'),
    },
    { layout: 'NLHC', description: t('samples, positions, heads, features') },
    { layout: 'NHLC', description: t('samples, heads, positions, features: attention') },
  ],
  [
    { layout: 'NCDHW', description: t('samples, channels, depth, height, width: PyTorch convolutions') },
    { layout: 'NDHWC', description: t('samples, depth, height, width, channels: TensorFlow and Keras') },
    { layout: 'NTCHW', description: t('samples, time, channels, height, width: video') },
  ],
];
