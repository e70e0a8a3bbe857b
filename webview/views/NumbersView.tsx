import { t } from '@vscode/l10n';
import { isDefined, METHODS, NORMALIZING } from '../../src/model/analysis';
import { formulaAt } from '../../src/model/layerFormulas';
import { figure, methodName } from '../format';
import { comparedNumbers } from '../state/comparedNumbers';
import { numbersAsText, withoutRounding } from '../state/numbers';
import { referenceWords } from '../state/referenceWords';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { FigureCell, FigureHead } from './FigureTable';
import { CopyButton } from './Icon';

/** The statistics of the record in view, for every method. */
export function NumbersView({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const { layer, record } = selection;
  const rows = comparedNumbers(selection, data.options.percentiles);
  return (
    <section class="numbers" aria-label={t('Numbers')}>
      <p class="muted tab-line">
        {describeNumbers(selection).join(' · ')}
        <CopyButton label={t('Copy the numbers')} onClick={() => actions.copy(numbersAsText(rows))} />
      </p>
      <Formula data={data} selection={selection} />
      <section class="table-scroll" tabIndex={0} aria-label={t('Numbers, scrollable')}>
        <table data-table="numbers" data-layer={layer.fullName} data-step={record.step}>
          <FigureHead
            columns={[
              { key: 'statistic', label: t('statistic') },
              ...METHODS.map((method) => ({ key: method, label: methodName(method) })),
            ]}
          />
          <tbody>
            {rows.map(({ field, label, title, values, scale }) => (
              <tr key={field} data-field={field}>
                <th scope="row" title={title}>
                  {label}
                </th>
                {METHODS.map((method) => (
                  <FigureCell key={method} data-method={method} value={values[method]}>
                    {figure(withoutRounding(values[method], scale(method)))}
                  </FigureCell>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** What a normalization layer computes, or why that is not known; nothing for other layers. */
function Formula({ data, selection }: { data: RunData; selection: Selection }) {
  const known = formulaAt(data.diagnosis.diagnosis?.formulas ?? [], selection.record);
  if (known === undefined) return null;
  const { formula, notes } = known;
  return (
    <p class="formula">
      {formula !== undefined && <code>{t('y = {0}', formula)}</code>}{' '}
      {notes.length > 0 && <span class="muted">{notes.join(' ')}</span>}
    </p>
  );
}

/** What the numbers belong to, and how they were computed. */
function describeNumbers(selection: Selection): readonly string[] {
  const { summary } = selection;
  const parts = [placeWords(selection)];
  if (summary?.estimate !== undefined)
    parts.push(t('estimated from {0} of {1} samples', summary.estimate.samples, summary.estimate.of));
  if (summary === undefined) return parts;
  if (!NORMALIZING.some((method) => isDefined(summary.methods[method]))) return parts;
  parts.push(t('ε {0}', figure(summary.epsilon, 2)));
  parts.push(
    summary.layerScope === 'position' ? t('layer and RMS per position') : t('layer and RMS per sample'),
  );
  if (summary.affine) parts.push(t('with γ and β'));
  if (summary.running) parts.push(t('batch by running statistics'));
  return parts;
}

function placeWords(selection: Selection): string {
  const { layer, record, reference, other } = selection;
  const { step } = record;
  const from = referenceWords(selection);
  if (other !== undefined)
    return from === undefined
      ? t('{0}, step {1}; nothing in {2} belongs to it', layer.name, step, other.name)
      : t('{0}, step {1}, distance from {2}', layer.name, step, from);
  return reference === undefined
    ? t('{0}, step {1} (the reference)', layer.name, step)
    : t('{0}, step {1}, shift from step {2}', layer.name, step, reference.step);
}
