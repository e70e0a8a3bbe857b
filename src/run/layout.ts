import type { Layout } from '../model/catalog';

/** A layout that a person may choose, with what it means. */
export interface LayoutChoice {
  readonly layout: Layout;
  readonly description: string;
}

/**
 * The likeliest layout of a tensor from its shape, and from its module's type where that is known.
 *
 * Rank 1 `C`, 2 `NC`, 3 `NLC`, 4 `NCHW`, 5 `NCDHW`, beyond that `NC` and spatial letters. Channels are last
 * (`NHWC`, `NDHWC`) only where the shape shows it plainly:
 * - axes 1 and 2 (rank 5: 2 and 3) are equal and the last one is not: square images of channels. A cube of
 *   which all axes are equal shows nothing. In rank 5 the depth must also not exceed the height, unless the last
 *   axis is 1, 3 or 4 long;
 * - or the images are not square, and the last axis is 1, 3 or 4 long while axis 1 is longer than 4;
 * - or they are not square, and the last axis is the longest, at least 32 and a multiple of 16 as channel counts
 *   are, while axis 1 is no multiple of 8 and within a factor of 2 of axis 2 as heights are.
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
 * The other layouts that a guessed one could as well be, the likeliest first; empty where shape or module show it plainly.
 *
 * Rank 3 without a telling module is `NLC` or `NCL`; `LNC` where the first axis is longer than the second, as positions
 * are beside samples, or, the other way round, where `LNC` is the guess. Rank 4 is plainly `NCHW` only where axes 2 and 3 are
 * equal and axis 1 is not (square images), and never plainly `NHWC`; rank 5 likewise, where the depth is not known either.
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
  // Without a channel axis of more than one, or with one position, both are the same.
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

/** Modules of transformers put features last. */
function isSequenceModule(module: string | undefined): boolean {
  return /(?:^|\.)(?:LayerNorm|RMSNorm|\w*RMSNorm|Linear|\w*Attention|Embedding|Transformer\w*|GELU)$/u.test(
    module ?? '',
  );
}

/** By rank. A tensor of rank 0 has no channel axis and never becomes a layer. */
const DEFAULTS = ['', 'C', 'NC', 'NLC', 'NCHW', 'NCDHW'];
const SPATIAL = 'DEFGHIJKLMOPQRSTUVWXYZAB';

/** 1, 2 or 3 for modules of torch.nn that are made for so many spatial dimensions. */
function spatialDimensions(module: string | undefined): number | undefined {
  const match = /(?:^|\.)\w*(?:Conv|ConvTranspose|Norm|Pool|Dropout)([123])d$/u.exec(module ?? '');
  return match === null ? undefined : Number(match[1]);
}

function endsInChannels([, a, b, c]: readonly number[]): boolean {
  if (a === b) return c !== a;
  if (b === c) return false;
  if (isColourCount(c)) return a > 4;
  const wide = c > a && c > b && c >= 32 && c % 16 === 0;
  return wide && a % 8 !== 0 && Math.max(a, b) <= 2 * Math.min(a, b);
}

function volumeEndsInChannels([, depth, height, width, last]: readonly number[]): boolean {
  return height === width && width !== last && (depth <= height || isColourCount(last));
}

function isColourCount(length: number): boolean {
  return length === 1 || length === 3 || length === 4;
}

/** Why `layout` does not fit a tensor of `shape`, as a sentence; undefined where it fits. */
export function layoutProblem(layout: Layout, shape: readonly number[]): string | undefined {
  const problem = layoutTextProblem(layout);
  if (problem !== undefined) return problem;
  if (layout.length !== shape.length) {
    return `Layout ${layout} names ${axes(layout.length)}, but the tensor has ${axes(shape.length)}: [${shape.join(', ')}].`;
  }
  return undefined;
}

/** Why a text is no layout whatever the shape, as a sentence; undefined where it is one. */
export function layoutTextProblem(layout: string): string | undefined {
  const shown = JSON.stringify(layout.length > 40 ? `${layout.slice(0, 40)}…` : layout);
  if (!/^[A-Z]{1,64}$/u.test(layout)) {
    return `Layout ${shown} is not a row of capital letters, one for each axis, such as NCHW.`;
  }
  const count = (letter: string) => layout.split(letter).length - 1;
  if (count('C') !== 1)
    return `Layout ${shown} must have exactly one C (channel) axis, but has ${count('C')}.`;
  if (count('N') > 1) return `Layout ${shown} must have at most one N (sample) axis, but has ${count('N')}.`;
  return undefined;
}

function axes(count: number): string {
  return count === 1 ? '1 axis' : `${count} axes`;
}

/** The sensible layouts for tensors of a rank, the usual one first; empty for rank 0. */
export function layoutsFor(rank: number): readonly LayoutChoice[] {
  if (rank < 1) return [];
  return (
    CHOICES[rank] ?? [
      { layout: guessLayout(new Array<number>(rank).fill(2)), description: 'samples, channels, then space' },
      { layout: channelsLast(rank), description: 'samples, space, then channels' },
    ]
  );
}

function channelsLast(rank: number): Layout {
  return `N${SPATIAL.slice(0, rank - 2).padEnd(rank - 2, 'S')}C`;
}

const CHOICES: readonly (readonly LayoutChoice[] | undefined)[] = [
  undefined,
  [{ layout: 'C', description: 'one sample of features' }],
  [
    { layout: 'NC', description: 'samples of features: linear layers' },
    { layout: 'CN', description: 'features first, then samples' },
    { layout: 'LC', description: 'positions of one sequence, each with features' },
    { layout: 'CL', description: 'channels of one signal over positions' },
  ],
  [
    { layout: 'NLC', description: 'samples, positions, features: transformers with the batch first' },
    {
      layout: 'LNC',
      description: 'positions, samples, features: transformers and recurrent layers by default',
    },
    { layout: 'NCL', description: 'samples, channels, positions: one-dimensional convolutions' },
    { layout: 'CHW', description: 'channels of one image' },
    { layout: 'HWC', description: 'one image, channels last' },
  ],
  [
    { layout: 'NCHW', description: 'samples, channels, height, width: PyTorch convolutions' },
    {
      layout: 'NHWC',
      description: 'samples, height, width, channels: TensorFlow, Keras and JAX convolutions',
    },
    { layout: 'NLHC', description: 'samples, positions, heads, features' },
    { layout: 'NHLC', description: 'samples, heads, positions, features: attention' },
  ],
  [
    { layout: 'NCDHW', description: 'samples, channels, depth, height, width: PyTorch convolutions' },
    { layout: 'NDHWC', description: 'samples, depth, height, width, channels: TensorFlow and Keras' },
    { layout: 'NTCHW', description: 'samples, time, channels, height, width: video' },
  ],
];
