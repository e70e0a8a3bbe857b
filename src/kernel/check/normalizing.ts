import type { Layout, ParameterRole, RecordDType } from '../../model/catalog';

/** One way to normalize a tensor in C order: a guess at what a layer did. */
export interface Normalizing {
  /** Axes whose elements share one mean and variance; ascending. With `groups` the channel axis counts in parts. */
  readonly axes: readonly number[];
  /** Parts of the channel axis that are normalized apart; absent: no groups. */
  readonly groups?: number;
  /** Without subtracting the mean, by the mean of squares. */
  readonly rms?: true;
  /** By the layer's running statistics. */
  readonly running?: true;
  /** Divided by n − 1 in place of n. */
  readonly unbiased?: true;
  /** Not normalized at all: only scale and shift. */
  readonly identity?: true;
  /** Without the learned scale and shift. */
  readonly plain?: true;
  readonly epsilon: number;
}

/** What a layer declares, and what it takes to recompute it. */
export interface Declaration {
  /** What the output may be; the first is what is named. More than one where the mode or ε is not known. */
  readonly accepted: readonly Normalizing[];
  /** Axes that scale and shift run along, in order: an element each. */
  readonly affineAxes: readonly number[];
  readonly kind: 'batch' | 'layer' | 'group' | 'instance' | 'rms';
}

/** ε that PyTorch takes where none is given. */
const DEFAULT_EPSILON = 1e-5;
/** RMS normalization without ε takes the machine epsilon of its input's type [PyTorch, RMSNorm]. */
const RMS_EPSILONS: Partial<Record<RecordDType, number>> = {
  bfloat16: 2 ** -7,
  float16: 2 ** -10,
  float64: 2 ** -52,
};

interface Declared {
  readonly module?: string | undefined;
  readonly epsilon?: number | undefined;
  readonly groups?: number | undefined;
  readonly normalizedShape?: readonly number[] | undefined;
  readonly parameters?: Readonly<Partial<Record<ParameterRole, string>>> | undefined;
}

/**
 * What a module's type, ε, groups and mode say of its output; undefined for modules that are no normalization this
 * knows, and for those that say too little. `training`: undefined where it is not known.
 */
export function declarationOf(
  { module = '', epsilon, groups, normalizedShape, parameters }: Declared,
  shape: readonly number[],
  layout: Layout,
  dtype: RecordDType,
  training: boolean | undefined,
): Declaration | undefined {
  const name = module.slice(module.lastIndexOf('.') + 1);
  const all = shape.map((_, axis) => axis);
  const channel = layout.indexOf('C');
  const samples = layout.indexOf('N');
  const spatial = all.filter((axis) => axis !== channel && axis !== samples);
  const own = epsilon ?? DEFAULT_EPSILON;
  const perChannel = channel < 0 ? undefined : [channel];
  const hasRunning = parameters?.running_mean !== undefined && parameters.running_var !== undefined;
  const byMode = (kind: 'batch' | 'instance', axes: readonly number[]): Declaration | undefined => {
    if (perChannel === undefined) return undefined;
    const live: Normalizing = { axes, epsilon: own };
    const running: Normalizing = {
      axes: all.filter((axis) => axis !== channel),
      running: true,
      epsilon: own,
    };
    const accepted =
      !hasRunning || training === true ? [live] : training === false ? [running] : [live, running];
    return { accepted, affineAxes: perChannel, kind };
  };
  if (/^(Sync)?BatchNorm(1d|2d|3d)?$/u.test(name)) {
    return byMode(
      'batch',
      all.filter((axis) => axis !== channel),
    );
  }
  if (/^InstanceNorm(1d|2d|3d)$/u.test(name)) return byMode('instance', spatial);
  if (name === 'GroupNorm') {
    if (groups === undefined || perChannel === undefined || shape[channel] % groups !== 0) return undefined;
    const axes = all.filter((axis) => axis !== samples);
    return { accepted: [{ axes, groups, epsilon: own }], affineAxes: perChannel, kind: 'group' };
  }
  if (name === 'LayerNorm' || name === 'RMSNorm') {
    const last = all.slice(-(normalizedShape?.length ?? 1));
    if (normalizedShape?.some((extent, i) => shape[last[i]] !== extent)) return undefined;
    if (name === 'LayerNorm')
      return { accepted: [{ axes: last, epsilon: own }], affineAxes: last, kind: 'layer' };
    const epsilons = epsilon === undefined ? [2 ** -23, RMS_EPSILONS[dtype] ?? 2 ** -23] : [epsilon];
    const accepted = [...new Set(epsilons)].map(
      (each): Normalizing => ({ axes: last, rms: true, epsilon: each }),
    );
    return { accepted, affineAxes: last, kind: 'rms' };
  }
  return undefined;
}

/**
 * Everything else that the output might be, the likelier first: other groups, axes, statistics; then without γ and β,
 * by n − 1, and not normalized at all. Under the declared ε.
 */
export function alternatives(
  { accepted: [declared], kind }: Declaration,
  shape: readonly number[],
  layout: Layout,
  hasRunning: boolean,
): Normalizing[] {
  const { epsilon } = declared;
  const channel = layout.indexOf('C');
  const samples = layout.indexOf('N');
  const all = shape.map((_, axis) => axis);
  const rms = kind === 'rms' ? ({ rms: true } as const) : {};
  const found: Normalizing[] = [];
  if (kind === 'batch' || kind === 'instance') {
    if (hasRunning) found.push({ axes: all.filter((axis) => axis !== channel), running: true, epsilon });
    if (declared.running !== true || kind === 'batch') found.push({ axes: declared.axes, epsilon });
  }
  const inGroups = channel < 0 ? [] : divisors(shape[channel]);
  for (const groups of inGroups) {
    if (groups === 1 || groups === shape[channel]) continue;
    found.push({ axes: all.filter((axis) => axis !== samples), groups, ...rms, epsilon });
  }
  const subsets = all.reduce<number[][]>(
    (sets, axis) => sets.concat(sets.map((set) => [...set, axis])),
    [[]],
  );
  // Fewer axes first: normalizing over an axis of one element more is the same.
  for (const axes of subsets.sort((a, b) => a.length - b.length)) {
    if (axes.reduce((size, axis) => size * shape[axis], 1) < 2) continue;
    found.push({ axes, ...rms, epsilon });
  }
  if (kind === 'rms') found.push({ axes: declared.axes, epsilon });
  else found.push({ axes: declared.axes, rms: true, epsilon });
  found.push(
    { ...declared, plain: true },
    { ...declared, unbiased: true },
    { axes: [], identity: true, epsilon },
  );
  const key = (each: Normalizing) => JSON.stringify(Object.entries(each).sort());
  const known = new Set([key(declared)]);
  return found.filter((each) => !known.has(key(each)) && known.add(key(each)));
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}
