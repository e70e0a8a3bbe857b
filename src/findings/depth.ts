import { t } from '@vscode/l10n';
import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns, type InTurns } from '../model/inTurns';
import type { Detector } from './detector';
import { type FindingsInput, figure, listed } from './input';
import { type MeasuredLayer, measuredCalls, measuredLayers, signalOf } from './measured';
import { className } from './modules';

/** Minimum number of layers of one kind in a stack. */
const LEAST_LAYERS = 4;
/**
 * Minimum change over the whole stack. PyTorch's default initialization of linear layers divides the signal by √6 at
 * each rectified layer, which is a hundredth after six layers. If such a network learns at all, training corrects
 * this within the first recorded steps.
 */
const WHOLE = 100;
/**
 * Minimum change per layer. A residual stream grows with the square root of depth, or with depth [De & Smith 2020],
 * so after the first few layers the factor per layer is much smaller than this.
 */
const PER_LAYER = 1.5;
/**
 * Minimum change if only the first records show it. It then comes from the initialization, which training mostly
 * corrects.
 */
const WHOLE_AT_START = 10_000;
/** Minimum share of the variance of ln(s) that a straight line explains. */
const LEAST_FIT = 0.8;

/** Layers with the same class and name pattern, in network order, or the calls of one layer. */
interface Stack {
  readonly layers: readonly MeasuredLayer[];
  readonly names: readonly string[];
}

/** Maximum share of the whole change in one layer. A larger share is a jump, not a trend. */
const MOST_IN_ONE = 0.5;

interface Trend {
  readonly step: number;
  readonly layers: readonly LayerEntry[];
  readonly names: readonly string[];
  readonly signal: readonly number[];
  /** Factor from one layer to the next. */
  readonly perLayer: number;
  readonly variant: number;
}

/**
 * Finds stacks of layers whose signal grows or shrinks exponentially with depth at the first or last finite records.
 * Fits s_k = s_0 · a^k by least squares on ln(s). The signal s is the standard deviation within channels (root mean
 * square over channels), because anything constant over inputs, such as a bias, says nothing about the input. Returns
 * one finding per stack.
 */
export const depthFindings: Detector = function* (input) {
  const found: Lasting[] = [];
  for (const stack of [...stacksOf(input), ...callsOf(input)]) {
    const steps = yield* stepsOf(stack);
    const trends = yield* flatMapInTurns(steps, (step) => trendAt(stack, step) ?? []);
    const [trend] = trends;
    if (trend === undefined) continue;
    const isLasting = steps.length === 1 || trends.some(({ step }) => steps.slice(-2).includes(step));
    if (!isLasting && wholeOf(trend) < WHOLE_AT_START) continue;
    found.push({ trend, isLasting, shown: trends.length, looked: steps.length });
  }
  return withoutTwins(found).map(findingOf);
};

interface Lasting {
  readonly trend: Trend;
  readonly isLasting: boolean;
  /** Number of compared steps that show the trend. */
  readonly shown: number;
  readonly looked: number;
}

/**
 * Linear layers and the activations between them form two stacks with the same trend. Keeps the stack with more
 * layers, or the first one if both have the same number.
 */
function withoutTwins(found: readonly Lasting[]): readonly Lasting[] {
  const kept: Lasting[] = [];
  const size = ({ trend }: Lasting) => trend.layers.length;
  for (const each of [...found].sort((a, b) => size(b) - size(a) || firstOf(a) - firstOf(b))) {
    const isTwin = kept.some(
      (other) =>
        firstOf(each) <= lastOf(other) &&
        firstOf(other) <= lastOf(each) &&
        each.trend.perLayer > 1 === other.trend.perLayer > 1,
    );
    if (!isTwin) kept.push(each);
  }
  return kept;
}

/** Ratio of the largest to the smallest signal. */
function wholeOf({ signal }: Trend): number {
  return Math.max(...signal) / Math.min(...signal);
}

function firstOf({ trend: { layers } }: Lasting): number {
  return layers[0].id;
}

function lastOf({ trend: { layers } }: Lasting): number {
  return layers[layers.length - 1].id;
}

/** Layers are of one kind if their class and their names without numbers are equal. */
function stacksOf(input: FindingsInput): readonly Stack[] {
  const byKind = new Map<string, MeasuredLayer[]>();
  for (const measured of measuredLayers(input)) {
    const { layer } = measured;
    // The output scale of a normalization layer is set by γ.
    if (layer.input !== undefined) continue;
    const key = `${className(layer)} ${layer.fullName.replace(/\d+/gu, '#')}`;
    const known = byKind.get(key);
    if (known === undefined) byKind.set(key, [measured]);
    else known.push(measured);
  }
  return [...byKind.values()]
    .filter(({ length }) => length >= LEAST_LAYERS)
    .map((layers) => ({ layers, names: layers.map(({ layer }) => layer.name) }));
}

/**
 * Layers that are called several times per step, as in a recurrent network, where each call reads the previous one.
 */
function callsOf(input: FindingsInput): readonly Stack[] {
  return input.catalog.layers.flatMap((layer): Stack[] => {
    const layers = layer.input === undefined ? measuredCalls(input, layer) : [];
    return layers.length < LEAST_LAYERS
      ? []
      : [{ layers, names: layers.map((_, call) => t('{0} (call {1})', layer.name, call)) }];
  });
}

/** The first two and the last two steps at which all layers of a stack have finite values. */
function* stepsOf({ layers }: Stack): InTurns<readonly number[]> {
  const counts = new Map<number, number>();
  for (const { known } of layers) {
    for (const { record, summary } of known)
      if (Number.isFinite(signalOf(summary))) counts.set(record.step, (counts.get(record.step) ?? 0) + 1);
    yield;
  }
  const steps = [...counts].filter(([, count]) => count === layers.length).map(([step]) => step);
  steps.sort((a, b) => a - b);
  return [...new Set([...steps.slice(0, 2), ...steps.slice(-2)])];
}

function trendAt({ layers, names }: Stack, step: number): Trend | undefined {
  const signal = layers.map(({ known }) => {
    const at = known.find(({ record }) => record.step === step);
    return at === undefined ? Number.NaN : signalOf(at.summary);
  });
  if (!signal.every((each) => each > 0)) return undefined;
  const logs = signal.map(Math.log);
  const { slope, fit } = line(logs);
  const whole = logs[logs.length - 1] - logs[0];
  const largest = Math.max(...logs.slice(1).map((each, i) => Math.abs(each - logs[i])));
  const isExponential =
    Math.abs(whole) >= Math.log(WHOLE) &&
    slope * Math.sign(whole) >= Math.log(PER_LAYER) &&
    fit >= LEAST_FIT &&
    largest <= MOST_IN_ONE * Math.abs(whole);
  if (!isExponential) return undefined;
  const [{ known }] = layers;
  return {
    step,
    layers: layers.map(({ layer }) => layer),
    names,
    signal,
    perLayer: Math.exp(slope),
    variant: known[0].record.variant,
  };
}

/** Least-squares line over 0, 1, 2, …: the slope, and the share of the variance that the line explains (R²). */
function line(values: readonly number[]): { slope: number; fit: number } {
  const n = values.length;
  const [center, mean] = [(n - 1) / 2, values.reduce((sum, each) => sum + each, 0) / n];
  let [products, squares, all] = [0, 0, 0];
  for (const [i, value] of values.entries()) {
    products += (i - center) * (value - mean);
    squares += (i - center) ** 2;
    all += (value - mean) ** 2;
  }
  const slope = products / squares;
  return { slope, fit: (slope * products) / all };
}

function findingOf({ trend, isLasting, shown, looked }: Lasting): Finding {
  const { step, layers, names, signal, perLayer, variant } = trend;
  const [first, last] = [names[0], names[names.length - 1]];
  const isGrowth = perLayer > 1;
  const factor = figure(isGrowth ? perLayer : 1 / perLayer);
  const title = isGrowth
    ? t('The signal grows {0}-fold per layer from {1} to {2} at step {3}', factor, first, last, step)
    : t('The signal shrinks {0}-fold per layer from {1} to {2} at step {3}', ...[factor, first, last, step]);
  return {
    kind: 'depth',
    severity: isLasting ? 'warning' : 'note',
    layer: layers[0].id,
    layers: [...new Set(layers.map(({ id }) => id))],
    step,
    variant,
    title,
    evidence: t(
      'Standard deviations within channels over {0} layers: {1}. {2} of the {3} compared steps show it.',
      ...[layers.length, listed(signal.map(figure), 12), shown, looked],
    ),
    why: isGrowth
      ? t(
          'Gradients grow by the same factor per layer in the backward pass, so no single learning rate fits all layers.',
        )
      : t(
          'Gradients shrink by the same factor per layer in the backward pass, so the first layers hardly learn.',
        ),
    advice: isGrowth
      ? t(
          'Use an initialization that scales with the number of inputs (He or Glorot), or add normalization layers in between.',
        )
      : t(
          'Initialize with the gain of the activation (He for rectifiers, Glorot for tanh), add normalization layers in between, or add residual connections.',
        ),
    refute: t('Layers with similar names that do not follow each other in the network.'),
  };
}
