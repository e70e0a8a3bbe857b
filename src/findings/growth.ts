import { t } from '@vscode/l10n';
import type { LayerEntry, RecordEntry, RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import { flatMapInTurns } from '../model/inTurns';
import type { Detector } from './detector';
import { figure, listed } from './input';
import { type MeasuredLayer, measuredLayers, rmsOf, signalOf, sinceWhen } from './measured';
import { earliest } from './origin';
import { holdsIn } from './words';

/** Minimum growth, as a multiple of the first root mean square. */
const GROWN = 10;
/**
 * Minimum baseline: a layer that begins below it must still reach 100. Networks are initialized so that activations
 * are of order 1 [Glorot & Bengio 2010; He et al. 2015]. In healthy training, logits, residual streams that begin at
 * 0.02, and branches whose last scale begins at 0 grow from far below it. Ten rectified layers without normalization
 * grew from 0.06 to 60 while their loss fell to 7e-5 (measured), and so did a regression with targets of order 100.
 */
const UNIT = 10;
/**
 * Growth by this factor to at least this size within the first steps is not healthy training. At a learning rate of
 * 3e-3, the residual stream of a transformer takes 50 steps to grow 12-fold.
 */
const [RAPID_STEPS, RAPID, RAPID_TO] = [20, 100, 10];
/** Minimum factor if only the last recorded step shows the growth. */
const SUDDEN = 100;
/** A jump counts only if the records before it differ by less than this factor (largest over smallest). */
const EVEN = 2;
/** Minimum and maximum number of records before the jump. */
const [LEAST_HISTORY, MOST_HISTORY] = [2, 5];
/**
 * Minimum size after a jump. A smaller jump may be a network that leaves a plateau: the ten layers described above
 * went from 0.09 to 4 in 20 steps.
 */
const JUMP_TO = 10;
/**
 * Maximum share of the first root mean square for a vanished layer. In healthy training, weight decay reduces it to a
 * tenth.
 */
const VANISHED = 1 / 100;
/** If more than a third (1/3) of the previous signal is back at the next record, the batch was the cause. */
const RETURNED = 3;
/** Share of growing layers from which the finding is an error. */
const LARGE_SHARE = 0.5;

interface Grown {
  readonly layer: LayerEntry;
  /** First step that shows the growth, and the recorded step before it. */
  readonly step: number;
  readonly before: number;
  readonly from: number;
  readonly to: number;
  readonly variant: number;
  /** Whether the change is a jump between two records. */
  readonly isJump: boolean;
}

/** A layer that lost its signal at a record. */
interface Lost {
  readonly layer: LayerEntry;
  readonly record: RecordEntry;
  readonly before: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Finds layers whose root mean square changes by orders of magnitude and stays there up to the last finite record.
 * Growth is tenfold and to at least 100, hundredfold within the first steps, or tenfold between two records after a
 * steady history. Vanishing is a fall to a hundredth. Returns one finding for all layers that grow, one for all that
 * vanish, and one for all that lose their signal between two records.
 */
export const growthFindings: Detector = function* (input) {
  // The output scale of a normalization layer is set by γ.
  const layers = measuredLayers(input).filter(({ layer }) => layer.input === undefined);
  const all = yield* flatMapInTurns(layers, grownIn);
  const vanished = yield* flatMapInTurns(layers, vanishedIn);
  const isKnown = new Set(vanished.map(({ layer }) => layer.id));
  const others = measuredLayers(input).filter(({ layer }) => !isKnown.has(layer.id));
  return [
    ...grownFinding(input.catalog, all, layers.length),
    ...vanishedFinding(input.catalog, vanished, layers.length),
    ...lostFinding(yield* flatMapInTurns(others, lostIn)),
  ];
};

interface Point {
  readonly step: number;
  readonly rms: number;
}

function pointsOf({ known }: MeasuredLayer): readonly Point[] {
  return known
    .map(({ record, summary }) => ({ step: record.step, rms: rmsOf(summary) }))
    .filter(({ rms }) => Number.isFinite(rms));
}

function grownIn(measured: MeasuredLayer): Grown[] {
  const points = pointsOf(measured);
  if (points.length < 2) return [];
  const first = points[0].rms;
  const limit = GROWN * Math.max(first, UNIT);
  const since = sinceWhen(points, ({ rms }) => rms >= limit);
  const jump = jumpIn(points);
  const last = points[points.length - 1];
  const isSustained = points.length - since > 1 || last.rms >= SUDDEN * Math.max(first, UNIT) || endsEarly();
  const at = since > 0 && since < points.length && isSustained ? since : undefined;
  const starts = [at, jump, rapidIn(points)].filter((each) => each !== undefined);
  if (starts.length === 0) return [];
  const start = Math.min(...starts);
  const from = start === jump ? points[jump - 1].rms : first;
  return [grown(measured, points, start, from, start === jump)];

  /** Whether later records are mostly not finite. */
  function endsEarly(): boolean {
    return measured.known.at(-1)?.record.step !== last.step;
  }
}

/**
 * Position of the first record with a tenfold jump after a steady history, if the values stay above half of it;
 * otherwise undefined.
 */
function jumpIn(points: readonly Point[]): number | undefined {
  for (let at = LEAST_HISTORY; at < points.length; at++) {
    const { rms } = points[at];
    if (!(rms >= GROWN * points[at - 1].rms && rms >= JUMP_TO)) continue;
    const history = points.slice(Math.max(0, at - MOST_HISTORY), at).map((each) => each.rms);
    const isEven = Math.max(...history) <= EVEN * Math.min(...history);
    const stays = points.slice(at).every((each) => each.rms >= (GROWN / 2) * points[at - 1].rms);
    if (isEven && stays) return at;
  }
  return undefined;
}

/**
 * Position of the first record within the first steps that is far larger than the first record, if the values stay
 * above half of it; otherwise undefined.
 */
function rapidIn(points: readonly Point[]): number | undefined {
  const [first] = points;
  const at = points.findIndex(
    ({ step, rms }) => step - first.step <= RAPID_STEPS && rms >= RAPID_TO && rms >= RAPID * first.rms,
  );
  const stays = points.slice(at).every(({ rms }) => 2 * rms >= points[at]?.rms);
  return at > 0 && first.rms > 0 && stays ? at : undefined;
}

function vanishedIn(measured: MeasuredLayer): Grown[] {
  const points = pointsOf(measured);
  const first = points[0]?.rms ?? 0;
  // A layer whose values are all 0 is reported as dead channels.
  const since = sinceWhen(points, ({ rms }) => rms > 0 && rms <= VANISHED * first);
  if (since === 0 || points.length - since < 2) return [];
  return [grown(measured, points, since, first, false)];
}

/**
 * Finds where the standard deviation within channels falls to a tenth between two records after a steady history, and
 * does not recover by the next record. A layer that stays constant to the end is reported as dead channels.
 */
function lostIn({ layer, known }: MeasuredLayer): Lost[] {
  const points = known
    .map(({ record, summary }) => ({ record, signal: signalOf(summary) }))
    .filter(({ signal }) => Number.isFinite(signal));
  if (!(points[points.length - 1]?.signal > 0)) return [];
  for (let at = LEAST_HISTORY; at < points.length; at++) {
    const { record, signal } = points[at];
    const history = points.slice(Math.max(0, at - MOST_HISTORY), at).map((each) => each.signal);
    const before = history[history.length - 1];
    const isEven = Math.max(...history) <= EVEN * Math.min(...history);
    const isBack = points[at + 1]?.signal > before / RETURNED;
    if (isEven && GROWN * signal <= before && !isBack)
      return [{ layer, record, before: points[at - 1].record.step, from: before, to: signal }];
  }
  return [];
}

function grown(
  { layer, known }: MeasuredLayer,
  points: readonly Point[],
  at: number,
  from: number,
  isJump: boolean,
): Grown {
  const after = points.slice(at).map(({ rms }) => rms);
  const isGrowth = after[after.length - 1] > from;
  return {
    layer,
    step: points[at].step,
    before: points[at - 1].step,
    from,
    to: isGrowth ? Math.max(...after) : Math.min(...after),
    variant: known[0].record.variant,
    isJump,
  };
}

function grownFinding(catalog: RunCatalog, all: readonly Grown[], measured: number): Finding[] {
  if (all.length === 0) return [];
  const origin = earliest(all, (each) => each.step);
  const ids = all.map(({ layer }) => layer.id);
  const isHeadAlone = all.every(({ layer, isJump }) => !isJump && layer.id === catalog.layers.length - 1);
  const share = all.length / measured;
  const { layer, step, before, from, to, variant } = origin;
  const farthest = all.reduce((a, b) => (b.to / b.from > a.to / a.from ? b : a));
  return [
    {
      kind: 'growth',
      // The outputs of a regression grow to the size of the targets.
      severity: isHeadAlone ? 'note' : share >= LARGE_SHARE ? 'error' : 'warning',
      layer: layer.id,
      layers: ids,
      step,
      variant,
      title: t('{0} grows {1}-fold by step {2}', layer.name, figure(to / from), step),
      evidence:
        all.length === 1
          ? t(
              'Its root mean square goes from {0} to {1}: tenfold between steps {2} and {3}, and it stays there. It is the only one of {4} layers that grows tenfold.',
              ...[figure(from), figure(to), before, step, measured],
            )
          : t(
              'Its root mean square goes from {0} to {1}: tenfold between steps {2} and {3}. {4} of {5} layers grow tenfold: {6}. The largest growth is {7}-fold, in {8}.',
              ...[figure(from), figure(to), before, step, all.length, measured],
              ...[listed(all.map((each) => each.layer.name)), figure(farthest.to / farthest.from)],
              farthest.layer.name,
            ),
      why: t(
        'Activations that keep growing make gradients grow with them, until training diverges or a narrow number format overflows.',
      ),
      advice: t(
        'Lower the learning rate or warm it up, clip gradients, and check what happened to this layer’s weights between these steps.',
      ),
      refute: t(
        'A loss that keeps falling, and a root mean square that levels off at the next recorded steps.',
      ),
    },
  ];
}

function vanishedFinding(catalog: RunCatalog, all: readonly Grown[], measured: number): Finding[] {
  if (all.length === 0) return [];
  const origin = earliest(all, (each) => each.step);
  const { layer, step, from, to, variant } = origin;
  return [
    {
      kind: 'growth',
      severity: all.length === 1 ? 'note' : 'warning',
      layer: layer.id,
      layers: all.map((each) => each.layer.id),
      step,
      variant,
      title: t('{0} shrinks {1}-fold by step {2}', layer.name, figure(from / to), step),
      evidence:
        all.length === 1
          ? t(
              'Its root mean square goes from {0} to {1}, below a hundredth since step {2}. It is the only one of {3} layers that does so.',
              ...[figure(from), figure(to), step, measured],
            )
          : t(
              'Its root mean square goes from {0} to {1}, below a hundredth since step {2}. {3} of {4} layers do so: {5}.',
              ...[figure(from), figure(to), step, all.length, measured],
              listed(all.map((each) => catalog.layers[each.layer.id].name)),
            ),
      why: t('A signal this small passes hardly any information and gradient to the layers around it.'),
      advice: t(
        'Check weight decay and the scale before this layer. A normalization layer after it cancels the small scale.',
      ),
      refute: t('A normalization layer directly after it, whose output keeps its scale.'),
    },
  ];
}

function lostFinding(all: readonly Lost[]): Finding[] {
  if (all.length === 0) return [];
  const origin = earliest(all, (each) => each.record.step);
  const { layer, record, before, from, to } = origin;
  const { step, variant } = record;
  return [
    {
      kind: 'growth',
      severity: 'warning',
      layer: layer.id,
      layers: all.map((each) => each.layer.id),
      step,
      variant,
      title: t('{0} loses its signal by step {1}', layer.name, step),
      evidence: holdsIn(
        t(
          'The standard deviation within its channels falls from {0} to {1} between steps {2} and {3}, after records that differ by less than a factor of {4}.',
          ...[figure(from), figure(to), before, step, EVEN],
        ),
        all.map((each) => each.layer.name),
      ),
      why: t('Values that are the same for all inputs carry no information to later layers.'),
      advice: t(
        'Check what happened to this layer’s weights, or to its scale and shift, between these steps.',
      ),
      refute: t('A batch of similar inputs.'),
    },
  ];
}
