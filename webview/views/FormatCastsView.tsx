import { t } from '@vscode/l10n';
import { decibels, type FormatCasts } from '../../src/model/formatCasts';
import { count, figure, percent } from '../format';
import { castName } from '../state/whatIf';
import { FigureCell, type FigureColumn, FigureHead } from './FigureTable';

/** What casts of the record in view to narrow number formats would lose. */
export function FormatCastsView({ found }: { found: FormatCasts }) {
  const { casts, values, of } = found;
  return (
    <section class="formats-table" tabIndex={0} aria-label={t('Number format, scrollable')}>
      <table data-table="formats">
        <FigureHead columns={columns()} />
        <tbody>
          {casts.map((cast) => {
            const { format, scaling, overflow, flushed } = cast;
            const signal = decibels(cast);
            return (
              <tr key={castName(cast)} data-format={format} data-scaling={scaling}>
                <th scope="row">{castName(cast)}</th>
                <FigureCell data-field="overflow" value={overflow}>
                  {percent(overflow, 1)}
                </FigureCell>
                <FigureCell data-field="flushed" value={flushed}>
                  {percent(flushed, 1)}
                </FigureCell>
                <FigureCell data-field="signal" value={signal}>
                  {figure(signal, 3)}
                </FigureCell>
                <td class="signal-bar" aria-hidden="true">
                  <span style={{ width: `${barWidth(signal)}%` }} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {values < of && <p class="muted">{t('From the first {0} of {1} values.', count(values), count(of))}</p>}
      <p class="muted">
        {t(
          'A scale per tensor or channel maps the largest |x| to the largest number of the format. MX blocks are 32 neighboring channels with a power of two as the scale.',
        )}
      </p>
    </section>
  );
}

/** The best format here, float16, has about 74 dB for normal values. */
const MOST_DECIBELS = 80;

function barWidth(signal: number): number {
  if (Number.isNaN(signal)) return 0;
  return Math.round((100 * Math.min(MOST_DECIBELS, Math.max(0, signal))) / MOST_DECIBELS);
}

function columns(): readonly FigureColumn[] {
  return [
    { key: 'format', label: t('number format') },
    { key: 'overflow', label: t('overflow'), title: t('Share of the values that are too large') },
    {
      key: 'flushed',
      label: t('flushed'),
      title: t('Share of the values that are not 0 and become 0'),
    },
    {
      key: 'signal',
      label: t('dB'),
      title: t(
        'Signal-to-noise ratio 10 log₁₀(Σx²/Σ(x − y)²), with the largest number for values that are too large',
      ),
    },
    { key: 'bar', label: '' },
  ];
}
