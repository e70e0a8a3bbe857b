import { isDefined, NORMALIZING } from '../../model/analysis';
import type { RecordEntry } from '../../model/catalog';
import { EPSILON_PART, type EpsilonShare, type MethodSweep } from '../../model/methodSweep';
import { referenceRecord } from '../../model/runJoin';
import { positionOf, seriesOf } from '../../model/series';
import { spacedIndices } from '../../model/spacedIndices';
import { divisorsOf } from '../figures/divisors';
import { methodShift } from '../figures/shift';
import type { RecordSketch } from '../record/recordSketch';
import type { RunOptions, SketchStore } from './sketchStore';

/** Numbers of groups, at most: each needs the whole distribution of two records. */
const MAX_GROUPS = 16;

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
  const of = async (groups: number | undefined, each: RecordEntry) => {
    const store = storeOf(groups, other !== undefined && each !== record);
    try {
      // With units, results are not kept: other numbers of groups would take the place of what is in view.
      return await store.of(each, true);
    } finally {
      await store.close();
    }
  };
  const current = await of(undefined, record);
  const epsilon = epsilonShares(current);
  if (reference === undefined || reference === record)
    return { record: id, raw: Number.NaN, groups: [], epsilon };
  const raw = w1Of(await of(undefined, reference), current, 'none');
  const shape = record.parts?.[0].shape ?? record.shape;
  const channels = shape[current.layout.indexOf('C')] ?? 1;
  const all = divisorsOf(channels);
  const chosen = spacedIndices(all.length, MAX_GROUPS, all.indexOf(current.groups)).map((i) => all[i]);
  const groups: MethodSweep['groups'][number][] = [];
  for (const each of chosen)
    groups.push({ groups: each, w1: w1Of(await of(each, reference), await of(each, record), 'group') });
  return { record: id, raw, groups, epsilon };
}

function w1Of(reference: RecordSketch, current: RecordSketch, method: 'none' | 'group'): number {
  const [s, t] = [reference.methods[method], current.methods[method]];
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
