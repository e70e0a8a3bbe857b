import { t } from '@vscode/l10n';
import type { RecordSummary } from '../../src/model/analysis';
import { count, NON_FINITE_SYMBOLS, percent } from '../format';

/** What the record in view has that distributions leave out or hide: non-finite values and zeros. */
export function CountsLine({
  summary,
  dashed = t('Dashed: the reference step.'),
}: {
  summary: RecordSummary | undefined;
  /** What is dashed. */
  dashed?: string | undefined;
}) {
  if (summary === undefined) return <p class="counts muted">{t('This step has not been computed yet.')}</p>;
  const { count: all, finite, nan } = summary;
  return (
    <p class="counts" data-counts>
      {valuesAndZeros(summary)}{' '}
      {finite < all ? (
        <strong class="error">{nonFiniteValues(summary)}</strong>
      ) : (
        <span class="muted">
          {Number.isNaN(nan) ? t('NaN and infinite values were not counted.') : t('All values are finite.')}
        </span>
      )}{' '}
      <span class="hints">
        <span data-no-picture>{t('Drag across a histogram to zoom.')}</span> {dashed}
      </span>
    </p>
  );
}

function valuesAndZeros({ count: all, zeros }: RecordSummary): string {
  if (Number.isNaN(zeros)) return t('{0} values.', count(all));
  return t('{0} values; zeros: {1} ({2}).', count(all), count(zeros), percent(zeros, all));
}

function nonFiniteValues({ nan, posInf, negInf, firstNonFinite }: RecordSummary): string {
  const counts = [
    ...(nan > 0 ? [t('{0} NaN', count(nan))] : []),
    ...(posInf > 0 ? [t('{0} +Inf', count(posInf))] : []),
    ...(negInf > 0 ? [t('{0} −Inf', count(negInf))] : []),
  ].join(', ');
  if (firstNonFinite === undefined) return t('Excluded from the statistics: {0}.', counts);
  const { kind, index } = firstNonFinite;
  return t(
    'Excluded from the statistics: {0}; the first is {1} at [{2}].',
    counts,
    NON_FINITE_SYMBOLS[kind],
    index.join(', '),
  );
}
