import { t } from '@vscode/l10n';
import type { RecordSummary } from '../model/analysis';
import type { RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import { recordAt, seriesOf } from '../model/series';
import { type FindingsInput, listed } from './input';
import { measuredOf, rawOf } from './measured';

/**
 * Finds layers whose first and second call have equal summaries at every step, because the forward pass runs again,
 * as in activation checkpointing [Chen et al. 2016]. Returns one note.
 */
export function recordedTwiceFindings(input: FindingsInput): Finding[] {
  const { catalog } = input;
  const pairs = callPairs(catalog);
  const layers = pairs.length === 0 ? [] : catalog.layers.filter(({ id }) => isTwice(input, id, pairs));
  if (layers.length === 0) return [];
  const [first] = layers;
  return [
    {
      kind: 'recorded-twice',
      severity: 'note',
      layer: first.id,
      layers: layers.map(({ id }) => id),
      step: first.steps[0],
      title:
        layers.length === 1
          ? t('{0} is recorded twice with the same values', first.name)
          : t(
              '{0} layers are recorded twice with the same values, starting with {1}',
              layers.length,
              first.name,
            ),
      evidence: t(
        'At every step, the second call has the same mean, variance, minimum, maximum and percentiles as the first: {0}.',
        listed(layers.map(({ name }) => name)),
      ),
      why: t('Counts and per-call charts show one forward pass as two.'),
      advice: t(
        'Activation checkpointing runs the forward pass again during the backward pass. Use the first call only.',
      ),
      refute: t('A module that is called twice with the same input on purpose.'),
    },
  ];
}

/** Pairs of variants that differ only in the call, in consecutive order. */
function callPairs({ variants }: RunCatalog): readonly (readonly [number, number])[] {
  return variants.flatMap(({ call, phase, rank, ranks }, second) => {
    if (call === undefined) return [];
    const first = variants.findIndex(
      (each) =>
        each.call === call - 1 &&
        each.phase === phase &&
        each.rank === rank &&
        each.ranks?.join() === ranks?.join(),
    );
    return first < 0 ? [] : [[first, second] as const];
  });
}

function isTwice(
  input: FindingsInput,
  layer: number,
  pairs: readonly (readonly [number, number])[],
): boolean {
  let compared = 0;
  for (const [first, second] of pairs) {
    const earlier = seriesOf(input.catalog, layer, first);
    for (const { record, summary } of measuredOf(input, seriesOf(input.catalog, layer, second))) {
      const other = recordAt(earlier, record.step);
      const its = other && input.summaries.get(other.id);
      if (its === undefined) continue;
      if (!areSame(its, summary)) return false;
      compared++;
    }
  }
  return compared > 0;
}

function areSame(a: RecordSummary, b: RecordSummary): boolean {
  const [one, other] = [rawOf(a), rawOf(b)];
  return (
    one !== undefined &&
    other !== undefined &&
    one.variance > 0 &&
    a.count === b.count &&
    (['mean', 'variance', 'min', 'max'] as const).every((key) => one[key] === other[key]) &&
    one.percentiles.every((value, i) => value === other.percentiles[i])
  );
}
