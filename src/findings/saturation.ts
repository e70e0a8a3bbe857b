import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import { isSigmoid, isTanh } from '../model/moduleClasses';
import type { Detector } from './detector';
import { figure, listed } from './input';
import {
  isAtEnd,
  type Measured,
  type MeasuredLayer,
  measuredCalls,
  measuredLayers,
  sinceWhen,
} from './measured';
import { earliest } from './origin';

/**
 * Minimum share of saturated values for tanh. Glorot & Bengio 2010 (§3) see learning stall if whole layers are at the
 * ends of their range. In trained recurrent states and gates, up to half of the values are there, without harm.
 */
const SATURATED = 0.7;
/** Minimum share for sigmoid, because working gates are mostly open or shut. */
const SATURATED_SIGMOID = 0.9;

/** Minimum change of the share between two records that training alone does not cause. */
const SUDDEN = 0.5;
/** Minimum number of records before the jump. They may differ from each other by at most half of `SUDDEN`. */
const HISTORY = 2;
/** Share of a tanh layer that is a fault even if it developed gradually. */
const NEARLY_ALL = 0.9;

interface Saturated {
  readonly measured: MeasuredLayer;
  readonly since: Measured;
  /**
   * True if the layer was saturated from the first record on, or suddenly, or is a nearly fully saturated tanh.
   * Otherwise it developed gradually, as in networks that learn well.
   */
  readonly isFault: boolean;
  /** Share at the last step. */
  readonly share: number;
}

/**
 * Finds tanh and sigmoid layers with most values at the ends of their range up to the last record, at two or more
 * steps if the run has two. For the last layer, unless it is recurrent, only a jump is reported, because a confident
 * classifier or a black-and-white image is saturated too.
 */
export const saturationFindings: Detector = function* (input) {
  const { catalog } = input;
  const bounded = measuredLayers(input)
    .filter(({ layer }) => isTanh(layer) || isSigmoid(layer))
    .map(({ layer }) => ({ layer, calls: measuredCalls(input, layer) }));
  const saturated = yield* flatMapInTurns(bounded, ({ layer, calls }) => {
    const isHead = layer.id === catalog.layers.length - 1 && calls.length === 1;
    return calls.flatMap((each) => saturatedIn(each, isHead)).slice(0, 1);
  });
  return saturated.length === 0 ? [] : [findingOf(catalog, saturated, bounded.length)];
};

function saturatedIn(measured: MeasuredLayer, isHead: boolean): Saturated[] {
  const { layer, series, known } = measured;
  if (!isAtEnd(measured) || isGateOfChannels(measured)) return [];
  const finite = known.filter(({ summary }) => 2 * summary.finite >= summary.count);
  const limit = isTanh(layer) ? SATURATED : SATURATED_SIGMOID;
  const since = sinceWhen(finite, (each) => shareOf(measured, each) >= limit);
  const least = series.length > 1 ? 2 : 1;
  if (finite.length - since < least) return [];
  const shares = finite.map((each) => shareOf(measured, each));
  const share = shares[shares.length - 1];
  const isSudden = isJump(shares, since);
  if (isHead && !isSudden) return [];
  const isFault = since === 0 || isSudden || (isTanh(layer) && share >= NEARLY_ALL);
  return [{ measured, since: finite[since], share, isFault }];
}

function isJump(shares: readonly number[], at: number): boolean {
  if (at < HISTORY || shares[at] - shares[at - 1] < SUDDEN) return false;
  return shares.slice(1, at).every((share, i) => Math.abs(share - shares[i]) <= SUDDEN / 2);
}

function shareOf({ layer }: MeasuredLayer, { summary: { saturation } }: Measured): number {
  if (saturation === undefined) return 0;
  return isTanh(layer) ? saturation.tanh : saturation.sigmoid;
}

/**
 * Whether a sigmoid has one value per channel of an image and no positions, as the gates that scale channels have [Hu
 * et al. 2018].
 */
function isGateOfChannels({ layer }: MeasuredLayer): boolean {
  return isSigmoid(layer) && layer.shape.length > 2 && layer.shape.slice(2).every((extent) => extent === 1);
}

function findingOf(catalog: RunCatalog, all: readonly Saturated[], bounded: number): Finding {
  const origin = earliest(all, (each) => each.since.record.step);
  const { measured, since, share } = origin;
  const { layer } = measured;
  const { step, variant } = since.record;
  const ends = isTanh(layer) ? t('|x| > 0.97') : t('x < 0.03 or x > 0.97');
  return {
    kind: 'saturation',
    severity: all.some(({ isFault }) => isFault) ? 'warning' : 'note',
    layer: layer.id,
    layers: all.map((each) => each.measured.layer.id),
    step,
    variant,
    title: t('{0} has been saturated since step {1}', layer.name, step),
    evidence:
      all.length === 1
        ? t(
            '{0} % of its values have {1} at the last step. It is the only saturated layer of {2} tanh or sigmoid layers.',
            ...[figure(100 * share), ends, bounded],
          )
        : t(
            '{0} % of its values have {1} at the last step. {2} of {3} tanh or sigmoid layers are saturated: {4}.',
            ...[figure(100 * share), ends, all.length, bounded],
            listed(all.map((each) => catalog.layers[each.measured.layer.id].name)),
          ),
    why: t(
      'At the ends of its range the derivative is near 0, so hardly any gradient passes through the layer.',
    ),
    advice: t(
      'Reduce the size of the layer’s input: Glorot initialization, a lower learning rate, scaled inputs, or a normalization layer before it.',
    ),
    refute: t('A gate, which is meant to be fully open or closed.'),
  };
}
