import type { RunCatalog } from '../model/catalog';
import { allSeries } from '../model/series';
import type { Candidate } from './detector';
import { type FindingsInput, listed } from './input';

/** Ranks that stop before the others, or miss steps between. */
export function rankFindings({ catalog }: FindingsInput): Candidate[] {
  const stepsOf = stepsByRank(catalog);
  const all = [...new Set([...stepsOf.values()].flatMap((steps) => [...steps]))].sort((a, b) => a - b);
  if (stepsOf.size < 2) return [];
  return [...stepsOf]
    .sort(([a], [b]) => a - b)
    .flatMap(([rank, steps]): Candidate[] => {
      const missing = all.filter((step) => !steps.has(step));
      const last = Math.max(...steps);
      const after = missing.filter((step) => step > last);
      const between = missing.filter((step) => step < last);
      const advice =
        'The other ranks’ records are shown without it. Look at that process’s log: it may have stopped, run out of disk, or had no data for these steps.';
      // While a run is written its ranks do not arrive at one time: the newest step alone says nothing yet.
      if (after.length > 1 || (after.length === 1 && all.length === 2)) {
        return [
          {
            kind: 'ranks',
            severity: 'warning',
            step: after[0],
            title: `Rank ${rank} stops at step ${last}`,
            evidence: `The other ranks go on to step ${all.at(-1)}${between.length === 0 ? '' : `; it also misses steps ${listed(between)}`}.`,
            advice,
          },
        ];
      }
      return between.length === 0
        ? []
        : [
            {
              kind: 'ranks',
              severity: 'warning',
              step: between[0],
              title: `Rank ${rank} misses ${between.length === 1 ? `step ${between[0]}` : `${between.length} steps`}`,
              evidence: `Other ranks have records at step ${listed(between)}.`,
              advice,
            },
          ];
    });
}

function stepsByRank(catalog: RunCatalog): Map<number, Set<number>> {
  const stepsOf = new Map<number, Set<number>>();
  for (const series of allSeries(catalog)) {
    const { rank } = catalog.variants[series[0].variant];
    if (rank === undefined) continue;
    const steps = stepsOf.get(rank) ?? new Set<number>();
    stepsOf.set(rank, steps);
    for (const { step } of series) steps.add(step);
  }
  return stepsOf;
}
