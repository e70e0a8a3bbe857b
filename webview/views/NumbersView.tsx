import { isDefined, METHODS } from '../../src/model/analysis';
import { figure, METHOD_NAMES } from '../format';
import { exactCell, numbersAsText, numbersRows } from '../state/numbers';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { IconButton } from './Icon';

/** The statistics of the record in view, for every method. */
export function NumbersView({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const { layer, record, reference, summary } = selection;
  const rows = numbersRows(selection, data.options.percentiles);
  const from = reference === undefined ? 'itself' : `step ${reference.step}`;
  return (
    <section class="numbers" aria-label="Numbers">
      <h2>
        Numbers
        <IconButton icon="copy" label="Copy the numbers" onClick={() => actions.copy(numbersAsText(rows))} />
      </h2>
      <p class="muted">
        {layer.name}, step {record.step}, shift from {from}
        {summary?.estimate !== undefined &&
          `, estimated from ${summary.estimate.samples} of ${summary.estimate.of} samples`}
        {summary !== undefined &&
          METHODS.some((method) => method !== 'none' && isDefined(summary.methods[method])) &&
          `, ε ${figure(summary.epsilon, 2)}, layer and RMS per ${summary.layerScope}${summary.affine ? ', with γ and β' : ''}${summary.running ? ', batch by running statistics' : ''}`}
      </p>
      <section class="table-scroll" tabIndex={0} aria-label="Numbers, scrollable">
        <table data-table="numbers" data-layer={layer.fullName} data-step={record.step}>
          <thead>
            <tr>
              <th scope="col" />
              {METHODS.map((method) => (
                <th key={method} scope="col">
                  {METHOD_NAMES[method]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ field, label, title, values }) => (
              <tr key={field} data-field={field}>
                <th scope="row" title={title}>
                  {label}
                </th>
                {METHODS.map((method) => (
                  <td key={method} data-method={method} data-value={exactCell(values[method])}>
                    {figure(values[method])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
