import { t } from '@vscode/l10n';
import type { RecordEntry } from '../model/catalog';
import { type DistanceAndNoise, distanceAndNoise, type ElementDifference } from '../model/comparison';
import { type InTurns, inTurns, withoutTurns } from '../model/inTurns';
import { type ComparedRun, type FindingsInput, figure } from './input';
import { layerNames } from './layerWords';
import { type Origin, originOf, type Seen } from './origin';

/** A distance of more than this many noise floors counts, however many records are compared. */
const CLEAR = 2;
/**
 * So does a distance of at least this many σ, if at most this share of random divisions is as far apart. Where a few
 * samples cause the distance, such as outliers, its floor is nearly as large.
 */
const FAR = { w1: 1, p: 0.01 };
/**
 * Two runs part if more than this share of their records are above noise. Records of one run resemble each other, so chance
 * puts more than 5 % of them there in some pairs: 3 of 51 pairs of seeds are called apart (npm run comparison).
 */
const MANY = 0.2;

/** Where two runs part. */
export interface Parting {
  /** Records that were compared element by element, and those of them that are equal. */
  readonly compared: number;
  readonly equal: number;
  /** Records that only their distributions compare. */
  readonly incomparable: number;
  /** Records whose distance and noise are known, and those of them above noise. */
  readonly measured: number;
  readonly above: number;
  /** The last step before the first difference; absent if there is none. */
  readonly equalUntil?: number;
  readonly firstDifference?: FirstDifference;
  /** The first record above noise; absent if chance alone puts as many there. */
  readonly aboveNoise?: AboveNoise;
}

export interface FirstDifference {
  /** The first record in the order of the network, if that is known. */
  readonly record: RecordEntry;
  /** All layers that differ at this step. */
  readonly layers: readonly number[];
  readonly isOrderKnown: boolean;
  /** Whether some layer before it, or some earlier step, is equal. */
  readonly isAfterEqual: boolean;
  readonly difference: Extract<ElementDifference, { kind: 'different' }>;
}

export interface AboveNoise extends DistanceAndNoise {
  readonly record: RecordEntry;
}

/** {@link partingInTurns} in one piece. */
export function partingOf(input: Pick<FindingsInput, 'catalog' | 'shifts'>, compared: ComparedRun): Parting {
  return withoutTurns(partingInTurns(input, compared));
}

/** A record that differs in its bits. */
interface Different {
  readonly record: RecordEntry;
  readonly difference: FirstDifference['difference'];
}

/**
 * Finds where two runs part: the first record that differs in its bits, and the first whose distance is above noise. Only
 * records of equal steps are asked for equal bits, if there are any.
 */
export function* partingInTurns(
  { catalog, shifts }: Pick<FindingsInput, 'catalog' | 'shifts'>,
  { join, comparisons }: ComparedRun,
): InTurns<Parting> {
  // At equal steps, and at others.
  const different: [Different[], Different[]] = [[], []];
  const equal: [RecordEntry[], RecordEntry[]] = [[], []];
  const above: AboveNoise[] = [];
  let incomparable = 0;
  let measured = 0;
  yield* inTurns(comparisons.values(), (comparison) => {
    const record = catalog.records[comparison.record];
    const other = join.other.records[comparison.other];
    if (record === undefined || other === undefined) return;
    const { difference, chance } = comparison;
    const at = record.step === other.step ? 0 : 1;
    if (difference.kind === 'equal') equal[at].push(record);
    else if (difference.kind === 'different') different[at].push({ record, difference });
    else incomparable++;
    const metrics = shifts.get(record.id)?.methods.none;
    // A record without noise says nothing of it.
    if (metrics === undefined || (chance === undefined && metrics.noiseFloor === undefined)) return;
    measured++;
    const distance = distanceAndNoise(metrics, chance);
    if (distance.isAbove && difference.kind !== 'equal') above.push({ ...distance, record });
  });
  const used = different[0].length + equal[0].length > 0 ? 0 : 1;
  const first = firstDifference(catalog, different[used], equal[used]);
  yield;
  const firstAbove = firstAboveNoise(catalog, above, measured);
  const until = first?.record.step ?? Number.POSITIVE_INFINITY;
  const equalUntil = equal[used].reduce(
    (last, { step }) => (step < until ? Math.max(last, step) : last),
    Number.NEGATIVE_INFINITY,
  );
  return {
    compared: different[used].length + equal[used].length,
    equal: equal[used].length,
    incomparable,
    measured,
    above: above.length,
    ...(Number.isFinite(equalUntil) && { equalUntil }),
    ...(first !== undefined && { firstDifference: first }),
    ...(firstAbove !== undefined && { aboveNoise: firstAbove }),
  };
}

function firstDifference(
  catalog: FindingsInput['catalog'],
  different: readonly Different[],
  equal: readonly RecordEntry[],
): FirstDifference | undefined {
  const origin = earliestOf(catalog, different);
  if (origin === undefined) return undefined;
  const { atStep, first } = origin;
  const { record, difference } = (first ?? atStep[0]).of;
  const isEarlier = ({ step, layer }: RecordEntry) =>
    step < record.step || (step === record.step && first !== undefined && layer < record.layer);
  return {
    record,
    difference,
    layers: atStep.map(({ layer }) => layer),
    isOrderKnown: first !== undefined,
    isAfterEqual: equal.some(isEarlier),
  };
}

function firstAboveNoise(
  catalog: FindingsInput['catalog'],
  above: readonly AboveNoise[],
  measured: number,
): AboveNoise | undefined {
  const isMoreThanChance = above.length > MANY * measured;
  const isClear = ({ w1, floor = 0, p = 1 }: AboveNoise) =>
    w1 > CLEAR * floor || (w1 >= FAR.w1 && p <= FAR.p);
  const counted = isMoreThanChance ? above : above.filter(isClear);
  const origin = earliestOf(catalog, counted);
  return (origin?.first ?? origin?.atStep[0])?.of;
}

/** Where in the network the earliest of some observations are. */
function earliestOf<T extends { readonly record: RecordEntry }>(
  catalog: FindingsInput['catalog'],
  all: readonly T[],
): Origin<Seen & { readonly of: T }> | undefined {
  const step = all.reduce((least, { record }) => Math.min(least, record.step), Number.POSITIVE_INFINITY);
  return originOf(
    catalog,
    all.flatMap((of) => {
      const { layer, variant, step: own } = of.record;
      return own === step ? [{ layer, variant, step, of }] : [];
    }),
  );
}

/** Where two runs part, in one line. */
export function partingLine(
  { catalog }: Pick<FindingsInput, 'catalog'>,
  { compared, equal, incomparable, measured, above, equalUntil, firstDifference, aboveNoise }: Parting,
): string {
  const sentences: string[] = [];
  if (compared > 0 && equal === compared)
    sentences.push(
      compared === 1
        ? t('The one record is equal to the bit.')
        : t('All {0} records are equal to the bit.', compared),
    );
  else if (equalUntil !== undefined) sentences.push(t('Equal to the bit until step {0}.', equalUntil));
  if (firstDifference !== undefined) sentences.push(differenceSentence(catalog, firstDifference));
  if (incomparable > 0)
    sentences.push(
      incomparable === 1
        ? t('One record compares only by its distribution.')
        : t('{0} records compare only by their distributions.', incomparable),
    );
  if (aboveNoise !== undefined) {
    const { record, w1, floor } = aboveNoise;
    sentences.push(
      t(
        'Above noise from step {0}: {1} is {2} σ away, with a noise floor of {3} σ.',
        ...[record.step, catalog.layers[record.layer].name, figure(w1), figure(floor ?? 0)],
      ),
    );
  } else if (measured > 0 && equal < compared + incomparable) {
    if (above === 0) sentences.push(t('Nowhere above noise.'));
    else if (above === 1)
      sentences.push(t('1 of {0} records is above noise, as many as chance can make.', measured));
    else
      sentences.push(t('{0} of {1} records are above noise, as many as chance can make.', above, measured));
  }
  return sentences.join(' ');
}

function differenceSentence(
  catalog: FindingsInput['catalog'],
  { record, layers, isOrderKnown, difference: { ulps } }: FirstDifference,
): string {
  const { step } = record;
  const name =
    isOrderKnown || layers.length === 1 ? catalog.layers[record.layer].name : layerNames(catalog, layers);
  if (!isOrderKnown && layers.length > 1)
    return t(
      'At step {0}, {1} layers differ first: {2}. Their order is not known.',
      step,
      layers.length,
      name,
    );
  if (!Number.isFinite(ulps))
    return t('{0} first differs at step {1}, where only one of the runs is finite.', name, step);
  if (ulps === 0) return t('{0} first differs at step {1}, only in signs of zeros or in NaN.', name, step);
  return ulps === 1
    ? t('{0} first differs at step {1}, by one ulp.', name, step)
    : t('{0} first differs at step {1}, by {2} ulps.', name, step, figure(ulps));
}
