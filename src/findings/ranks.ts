import { t } from '@vscode/l10n';
import type { RunCatalog } from '../model/catalog';
import { allSeries } from '../model/series';
import type { Candidate } from './detector';
import { type FindingsInput, listed } from './input';

/** Finds ranks that stop before the others or miss steps. */
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
      const common = {
        kind: 'ranks',
        severity: 'warning',
        layers: [],
        why: t('The figures of all ranks together lack this rank, so they are those of other data.'),
        advice: t(
          'The records of the other ranks are shown without it. Check the log of its process: it may have stopped, run out of disk space, or had no data for these steps.',
        ),
        refute: t('Files of this rank that were not copied to this folder.'),
      } as const;
      // Ranks of a live run do not arrive at the same time, so the newest step alone is not evidence.
      if (after.length > 1 || (after.length === 1 && all.length === 2)) {
        return [
          {
            ...common,
            step: after[0],
            title: t('Rank {0} stops at step {1}', rank, last),
            evidence:
              between.length === 0
                ? t('The other ranks continue to step {0}.', all.at(-1) ?? last)
                : t(
                    'The other ranks continue to step {0}. The rank also misses steps {1}.',
                    all.at(-1) ?? last,
                    listed(between),
                  ),
          },
        ];
      }
      return between.length === 0
        ? []
        : [
            {
              ...common,
              step: between[0],
              title:
                between.length === 1
                  ? t('Rank {0} misses step {1}', rank, between[0])
                  : t('Rank {0} misses {1} steps', rank, between.length),
              evidence: t('Other ranks have records at: {0}.', listed(between)),
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
