import { t } from '@vscode/l10n';
import { isAboveFloor } from '../model/analysis';
import type { RunCatalog } from '../model/catalog';
import type { Finding, Jump } from '../model/findings';
import { inTurns } from '../model/inTurns';
import { isResolved } from '../model/storage';
import type { Candidate, Detector } from './detector';
import { flatReferences, isFlat } from './flatReference';
import { factor, figure, variantInWords } from './input';
import { betweenWords, layerNames, unknownOrder } from './layerWords';
import { firstJump, originOf, stepBefore } from './origin';

/** Minimum raw shift that is reported, in σ of the reference. */
const NOTABLE = 0.5;
/** If at least this share of the layers has moved, all of them count as moved, because the origin is unclear. */
const NEARLY_ALL = 0.9;
/** With fewer layers, the first one is informative enough. */
const LEAST_LAYERS = 3;
/** Minimum increase along the network that is reported. */
const NOTABLE_JUMP = 2;
/**
 * Minimum ratio of a layer's shift to that of every earlier layer for a clear origin, even if nearly all layers have
 * moved.
 */
const CLEAR_JUMP = 5;

/** The raw shift of one record. */
interface Move {
  readonly layer: number;
  readonly step: number;
  readonly variant: number;
  /** In σ of the reference. */
  readonly w1: number;
  readonly floor: number | undefined;
  /** Step of the reference. */
  readonly from: number;
}

/**
 * Finds where raw activations first moved: the earliest step at which a layer is at least half a σ from its reference
 * and above its noise floor, and the first such layer in the network. If nearly all layers moved before the first
 * recorded step after the reference, the finding says so and names no first layer. Runs only on complete results.
 * Layers whose reference has a σ below ε are a separate finding, because in units of that σ every shift is large.
 */
export const movedFirstFindings: Detector = function* (input) {
  const { catalog, shifts, summaries, isComplete, comparison } = input;
  // A distance from another run does not show that a layer moved.
  if (!isComplete || catalog.layers.length < 2 || comparison !== undefined) return [];
  const moves: Move[] = [];
  const flat = new Map<number, number>();
  yield* inTurns(shifts.values(), ({ record, reference, methods }) => {
    const entry = catalog.records[record];
    const metrics = methods.none;
    if (entry === undefined || metrics === undefined || record === reference) return;
    if ([record, reference].some((id) => !isResolved(summaries.get(id)?.storage))) return;
    if (isFlat(summaries.get(reference))) {
      flat.set(entry.layer, reference);
      return;
    }
    const { layer, step, variant } = entry;
    const floor = metrics.noiseFloor?.w1;
    moves.push({ layer, step, variant, w1: metrics.w1, floor, from: catalog.records[reference].step });
  });
  return [...firstShift(catalog, moves), ...flatReferences(input, flat)];
};

function firstShift(catalog: RunCatalog, moves: readonly Move[]): readonly Candidate[] {
  const hasMoved = ({ w1, floor }: Move) => w1 >= NOTABLE && isAboveFloor({ w1, floor });
  const origin = originOf(catalog, moves.filter(hasMoved));
  if (origin === undefined) return [];
  const { atStep, first } = origin;
  const { step, variant, from } = atStep[0];
  const measured = moves.filter((each) => each.step === step && each.variant === variant);
  const largest = firstJump(
    catalog,
    measured.map(({ layer, w1 }) => ({ layer, value: 1 + w1 })),
  );
  const jump = largest !== undefined && largest.ratio >= NOTABLE_JUMP ? largest : undefined;
  const isClear = jump !== undefined && jump.to === first?.layer && jump.ratio >= CLEAR_JUMP;
  const moved = atStep.filter((each) => each.variant === variant).length;
  const areNearlyAll =
    measured.length >= LEAST_LAYERS &&
    moved >= NEARLY_ALL * measured.length &&
    stepBefore(catalog, atStep[0]) === from;
  const common = {
    kind: 'moved-first',
    severity: 'note',
    isOriginKnown: true,
    layers: atStep.map(({ layer }) => layer),
    step,
    after: from,
    variant,
    ...(jump !== undefined && { jump }),
    why: t(
      'Layers after the first one that shifts read changed inputs, so the change begins in that layer or just before it.',
    ),
    refute: t('A step recorded in between at which other layers moved first.'),
  } as const;
  if (areNearlyAll && !isClear) return [{ ...common, ...allMoved(catalog, atStep, measured.length, jump) }];
  if (first === undefined) return [{ ...common, ...movedTogether(catalog, atStep) }];
  return [{ ...common, layer: first.layer, ...movedBefore(catalog, first, atStep, jump) }];
}

type Words = Pick<Finding, 'title' | 'evidence' | 'advice'>;

/** Text for a known first layer. */
function movedBefore(
  catalog: RunCatalog,
  first: Move,
  atStep: readonly Move[],
  jump: Jump | undefined,
): Words {
  const { layer, step, w1, floor, from, variant } = first;
  const others = atStep.slice(1).map((each) => each.layer);
  const names = layerNames(catalog, others);
  const where = variantInWords(catalog.variants[variant]);
  return {
    title: t('First clear shift: {0}, step {1} ({2} σ)', catalog.layers[layer].name, step, figure(w1)),
    evidence: [
      floor === undefined
        ? t(
            'At step {0}, its raw activations are {1} σ from those at step {2}{3}.',
            step,
            figure(w1),
            from,
            where,
          )
        : t(
            'At step {0}, its raw activations are {1} σ from those at step {2}{3}, with a noise floor of {4} σ.',
            ...[step, figure(w1), from, where, figure(floor)],
          ),
      others.length === 0
        ? t('No other layer has moved by half a σ yet.')
        : others.length === 1
          ? t('One later layer has also moved by half a σ: {0}.', names)
          : t('{0} later layers have also moved by half a σ: {1}.', others.length, names),
      ...jumpSentence(catalog, jump),
    ].join(' '),
    advice: t(
      'Compare the method columns at this step: shift that remains after a method is shift that the method cannot remove.',
    ),
  };
}

/** Text for several layers in unknown order. */
function movedTogether(catalog: RunCatalog, atStep: readonly Move[]): Words {
  const layers = atStep.map(({ layer }) => layer);
  return {
    title: t('First clear shift: step {0}, in {1} layers', atStep[0].step, layers.length),
    evidence: [farthest(catalog, atStep), unknownOrder(catalog, layers)].join(' '),
    advice: t(
      'Record with the recorder, or list the layers under "order" in normscope.json, to see which one is the first.',
    ),
  };
}

/** Text if nearly all layers moved before the first recorded step after the reference. */
function allMoved(
  catalog: RunCatalog,
  atStep: readonly Move[],
  measured: number,
  jump: Jump | undefined,
): Words {
  const { step, from } = atStep[0];
  return {
    title:
      atStep.length === measured
        ? t('All {0} layers moved between steps {1} and {2}', measured, from, step)
        : t('{0} of {1} layers moved between steps {2} and {3}', atStep.length, measured, from, step),
    evidence: [farthest(catalog, atStep), ...jumpSentence(catalog, jump)].join(' '),
    advice: t('Record more often between steps {0} and {1} to see which layer moves first.', from, step),
  };
}

function farthest(catalog: RunCatalog, atStep: readonly Move[]): string {
  const most = atStep.reduce((a, b) => (b.w1 > a.w1 ? b : a));
  return t(
    'At step {0}, they are at least half a σ from step {1}. {2} has moved farthest ({3} σ).',
    ...[most.step, most.from, catalog.layers[most.layer].name, figure(most.w1)],
  );
}

function jumpSentence(catalog: RunCatalog, jump: Jump | undefined): readonly string[] {
  if (jump === undefined) return [];
  const where = betweenWords(catalog, jump.from, jump.to);
  return [t('The first large increase along the network is {0} (× {1}).', where, factor(jump.ratio))];
}
