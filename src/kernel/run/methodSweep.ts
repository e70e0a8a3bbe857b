import { isDefined, type Method, NORMALIZING, type NotApplicable } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import { EPSILON_PART, type EpsilonShare, type MethodSweep } from '../../model/methodSweep';
import { referenceRecord } from '../../model/runJoin';
import { positionOf, seriesOf } from '../../model/series';
import { spacedIndices } from '../../model/spacedIndices';
import { mapBounded } from '../../rpc/mapBounded';
import { divisorsOf } from '../figures/divisors';
import { methodShift } from '../figures/shift';
import type { MethodSketch, RecordSketch } from '../record/recordSketch';
import type { RunOptions, SketchStore } from './sketchStore';

/** Numbers of groups, at most: each needs a distribution of two whole records. */
const MAX_GROUPS = 16;
/** Of these, as many at a time: one by one, each would wait for other work of the compute workers. */
const TOGETHER = 4;

/**
 * Returns how much of a record's shift group normalization leaves with other numbers of groups, and the units in which ε is
 * large. `storeOf` opens the sketches of the run, or of the other run, under a number of groups; undefined: that of the options.
 */
export async function methodSweep(
  { catalog, options, other }: Pick<RunOptions, 'catalog' | 'options' | 'other'>,
  storeOf: (groups: number | undefined, isOther: boolean) => SketchStore,
  id: number,
): Promise<MethodSweep> {
  const record = catalog.records[id];
  const series = seriesOf(catalog, record.layer, record.variant);
  const reference = referenceRecord(series, positionOf(series, record.step), options.reference, other?.join);
  const store = storeOf(undefined, false);
  // With units, results are not kept.
  const current = await store.of(record, true).finally(() => store.close());
  const epsilon = epsilonShares(current);
  if (reference === undefined || reference === record)
    return { record: id, raw: Number.NaN, groups: [], epsilon };
  // Nor are these: other numbers of groups would take the place of what is in view.
  const only = async (groups: number | undefined, each: RecordEntry, method: Method) => {
    const store = storeOf(groups, other !== undefined && each !== record);
    try {
      return await store.only(each, method);
    } finally {
      await store.close();
    }
  };
  const shiftOf = async (groups: number | undefined, method: 'none' | 'group') =>
    w1Of(...(await Promise.all([only(groups, reference, method), only(groups, record, method)])));
  const raw = await shiftOf(undefined, 'none');
  const shape = record.parts?.[0].shape ?? record.shape;
  const channels = shape[current.layout.indexOf('C')] ?? 1;
  const all = divisorsOf(channels);
  const chosen = spacedIndices(all.length, MAX_GROUPS, all.indexOf(current.groups)).map((i) => all[i]);
  const w1 = await mapBounded(chosen, TOGETHER, (each) => shiftOf(each, 'group'));
  return { record: id, raw, groups: chosen.map((each, i) => ({ groups: each, w1: w1[i] })), epsilon };
}

function w1Of(s: MethodSketch | NotApplicable, t: MethodSketch | NotApplicable): number {
  return isDefined(s) && isDefined(t) ? methodShift(s, t).w1 : Number.NaN;
}

function epsilonShares({ methods, epsilon }: RecordSketch): EpsilonShare[] {
  return NORMALIZING.flatMap((method) => {
    const of = methods[method];
    const spreads = isDefined(of) ? (of.units?.variance ?? of.units?.meanSquare ?? []) : [];
    const known = spreads.filter(Number.isFinite);
    if (known.length === 0) return [];
    const large = known.filter((spread) => epsilon > EPSILON_PART * spread);
    return [{ method, units: known.length, share: large.length / known.length }];
  });
}
