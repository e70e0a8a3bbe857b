import { t } from '@vscode/l10n';
import type { LayerEntry, RecordEntry, RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import { type Detector, flatMapInTurns } from './detector';
import { figure, listed } from './input';
import { type MeasuredLayer, measuredLayers, rmsOf, signalOf, sinceWhen } from './measured';
import { holdsIn } from './words';

/** Times its first root mean square that a layer has to reach. */
const GROWN = 10;
/**
 * A layer that begins smaller than this counts as if it began here: it has to reach 100. Networks are initialized to order 1
 * [Glorot & Bengio 2010; He et al. 2015]. Logits, residual streams that begin at 0.02, and branches whose last scale begins at
 * 0 grow from far below it in healthy training. Ten rectified layers without normalization went from 0.06 to 60 while
 * their loss fell to 7e-5 (measured), as did a regression whose targets are of order 100.
 */
const UNIT = 10;
/** Growth in so few steps, by so much and to so much, is no training: at 3e-3, a transformer's stream takes 50 steps for 12-fold. */
const [RAPID_STEPS, RAPID, RAPID_TO] = [20, 100, 10];
/** Times that the whole change has to be if only the last recorded step shows it. */
const SUDDEN = 100;
/** A jump from one record to the next, after a history that is as even as this (greatest over least). */
const EVEN = 2;
/** Records of that history, at least and at most. */
const [LEAST_HISTORY, MOST_HISTORY] = [2, 5];
/** A jump to less than this may be a network that leaves a plateau: the ten layers above went from 0.09 to 4 in 20 steps. */
const JUMP_TO = 10;
/** Of its first root mean square, what a layer has to fall to. Weight decay takes a tenth in healthy training. */
const VANISHED = 1 / 100;
/** Part of what was lost that has to be back for it to have been the batch. */
const RETURNED = 3;
/** Share of the layers that make it an error. */
const LARGE_SHARE = 0.5;

interface Grown {
  readonly layer: LayerEntry;
  /** Step at which it first shows, and the recorded step before it. */
  readonly step: number;
  readonly before: number;
  readonly from: number;
  readonly to: number;
  readonly variant: number;
  /** Whether it came from one record to the next, after an even history. */
  readonly isJump: boolean;
}

/** A layer whose signal was lost at a record. */
interface Lost {
  readonly layer: LayerEntry;
  readonly record: RecordEntry;
  readonly before: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Layers whose root mean square grew tenfold and to 100 or more, a hundredfold within the first steps, or tenfold between two
 * records after an even history; and layers that fell to a hundredth. All of it up to the last finite record: one finding for
 * all that grew, one for all that fell.
 */
export const growthFindings: Detector = function* (input) {
  // What a normalization layer puts out has the size that its scale gives it.
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

  /** Whether records follow that are mostly not finite. */
  function endsEarly(): boolean {
    return measured.known.at(-1)?.record.step !== last.step;
  }
}

/** Position of the first record that is ten times the one before, after an even history, and stays above half of that. */
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

/** Position of the first record within some steps of the first that is far larger, and stays above half of that. */
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
  // A layer that is 0 everywhere has dead channels.
  const since = sinceWhen(points, ({ rms }) => rms > 0 && rms <= VANISHED * first);
  if (since === 0 || points.length - since < 2) return [];
  return [grown(measured, points, since, first, false)];
}

/**
 * Where the deviation within channels fell to a tenth from one record to the next, after an even history, and had not
 * come back by the record after that. A layer that is constant up to the end has dead channels.
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

/** The first in the network among those that began at the earliest step. */
function originOf(all: readonly Grown[]): Grown {
  return all.reduce((a, b) => (b.step < a.step ? b : a));
}

function grownFinding(catalog: RunCatalog, all: readonly Grown[], measured: number): Finding[] {
  if (all.length === 0) return [];
  const origin = originOf(all);
  const ids = all.map(({ layer }) => layer.id);
  const isHeadAlone = all.every(({ layer, isJump }) => !isJump && layer.id === catalog.layers.length - 1);
  const share = all.length / measured;
  const { layer, step, before, from, to, variant } = origin;
  const farthest = all.reduce((a, b) => (b.to / b.from > a.to / a.from ? b : a));
  return [
    {
      kind: 'growth',
      // The outputs of a regression grow to the size of their targets.
      severity: isHeadAlone ? 'note' : share >= LARGE_SHARE ? 'error' : 'warning',
      layer: layer.id,
      layers: ids,
      step,
      variant,
      title: t('{0} grows {1}-fold by step {2}', layer.name, figure(to / from), step),
      evidence:
        all.length === 1
          ? t(
              'Its root mean square goes from {0} to {1}: tenfold between steps {2} and {3}, and it stays there. No other of {4} layers grows tenfold.',
              ...[figure(from), figure(to), before, step, measured],
            )
          : t(
              'Its root mean square goes from {0} to {1}: tenfold between steps {2} and {3}. {4} of {5} layers grow tenfold: {6}. The most is {7}-fold, in {8}.',
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
  const origin = originOf(all);
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
              'Its root mean square goes from {0} to {1}, below a hundredth since step {2}. No other layer of {3} does so.',
              ...[figure(from), figure(to), step, measured],
            )
          : t(
              'Its root mean square goes from {0} to {1}, below a hundredth since step {2}. So do {3} of {4} layers: {5}.',
              ...[figure(from), figure(to), step, all.length, measured],
              listed(all.map((each) => catalog.layers[each.layer.id].name)),
            ),
      why: t('A signal this small passes hardly any information and gradient to the layers around it.'),
      advice: t(
        'Check weight decay and the scale in front of this layer; a normalization layer behind it divides the size out again.',
      ),
      refute: t('A normalization layer directly behind it, whose output keeps its size.'),
    },
  ];
}

function lostFinding(all: readonly Lost[]): Finding[] {
  if (all.length === 0) return [];
  const origin = all.reduce((a, b) => (b.record.step < a.record.step ? b : a));
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
          'The deviation within its channels falls from {0} to {1} between steps {2} and {3}, after records that differ by less than a factor of {4}.',
          ...[figure(from), figure(to), before, step, EVEN],
        ),
        all.map((each) => each.layer.name),
      ),
      why: t('Values that are the same for all inputs carry no information to the layers behind.'),
      advice: t(
        'Check what happened to this layer’s weights, or to its scale and shift, between these steps.',
      ),
      refute: t('A batch of inputs that are alike.'),
    },
  ];
}
