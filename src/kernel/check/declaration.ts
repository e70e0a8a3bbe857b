import type { LayerEntry, Layout, RecordDType } from '../../model/catalog';
import type { Formula } from '../../model/formula';

/** PyTorch's default ε. */
const DEFAULT_EPSILON = 1e-5;
/** RMS normalization without ε uses the machine epsilon of its input's type [PyTorch, RMSNorm]. */
const RMS_EPSILONS: Partial<Record<RecordDType, number>> = {
  bfloat16: 2 ** -7,
  float16: 2 ** -10,
  float64: 2 ** -52,
};

/** Default parts of a layer's formula. */
export const USUAL = {
  statistics: 'input',
  centered: true,
  moment: 'variance',
  divisor: 'n',
  place: 'inside',
} as const satisfies Partial<Formula>;

type Declared = Pick<
  LayerEntry,
  'module' | 'ownForward' | 'epsilon' | 'groups' | 'normalizedShape' | 'parameters'
>;

/**
 * Returns the documented formulas of a torch.nn normalization layer. The output may follow any of them; there are
 * several if the mode or ε is unknown. Returns undefined for other modules, for classes with their own forward pass,
 * and if too little is known. `training` is undefined if the mode is unknown.
 */
export function documentedFormulas(
  { module = '', ownForward, epsilon, groups, normalizedShape, parameters }: Declared,
  shape: readonly number[],
  layout: Layout,
  dtype: RecordDType,
  training: boolean | undefined,
): readonly Formula[] | undefined {
  if (ownForward === true) return undefined;
  const name = module.slice(module.lastIndexOf('.') + 1);
  const all = shape.map((_, axis) => axis);
  const channel = layout.indexOf('C');
  const samples = layout.indexOf('N');
  const perChannel = channel < 0 ? undefined : [channel];
  const usual = {
    ...USUAL,
    epsilon: epsilon ?? DEFAULT_EPSILON,
    scale: parameters?.weight === undefined ? 'none' : 'gamma',
    shift: parameters?.bias !== undefined,
  } as const;
  const hasRunning = parameters?.running_mean !== undefined && parameters.running_var !== undefined;
  const others = all.filter((axis) => axis !== channel);
  const byMode = (axes: readonly number[]): readonly Formula[] | undefined => {
    if (perChannel === undefined) return undefined;
    const live: Formula = { ...usual, units: { axes }, affineAxes: perChannel };
    const running: Formula = { ...live, statistics: 'running', units: { axes: others } };
    return !hasRunning || training === true ? [live] : training === false ? [running] : [live, running];
  };
  if (/^(Sync)?BatchNorm(1d|2d|3d)?$/u.test(name)) return byMode(others);
  if (/^InstanceNorm(1d|2d|3d)$/u.test(name)) return byMode(others.filter((axis) => axis !== samples));
  if (name === 'GroupNorm') {
    if (groups === undefined || perChannel === undefined || shape[channel] % groups !== 0) return undefined;
    const axes = all.filter((axis) => axis !== samples);
    const units = { axes, parts: { kind: 'contiguous', count: groups, axes: perChannel } } as const;
    return [{ ...usual, units: groups === 1 ? { axes } : units, affineAxes: perChannel }];
  }
  if (name === 'LayerNorm' || name === 'RMSNorm') {
    const last = all.slice(-(normalizedShape?.length ?? 1));
    if (normalizedShape?.some((extent, i) => shape[last[i]] !== extent)) return undefined;
    const layer: Formula = { ...usual, units: { axes: last }, affineAxes: last };
    if (name === 'LayerNorm') return [layer];
    const epsilons = epsilon === undefined ? [2 ** -23, RMS_EPSILONS[dtype] ?? 2 ** -23] : [epsilon];
    return [...new Set(epsilons)].map((each) => ({
      ...layer,
      centered: false,
      moment: 'square',
      epsilon: each,
    }));
  }
  return undefined;
}
