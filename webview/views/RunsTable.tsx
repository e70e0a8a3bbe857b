import { t } from '@vscode/l10n';
import type { CoordinateCheck } from '../../src/model/coordinateCheck';
import { quantityOf } from '../../src/model/mapQuantities';
import type { RunData } from '../state/runData';
import { columnsOf, coordinatesInView, groupInView, rowsOf } from '../state/runGroup';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { DataTable } from './DataTable';
import { FigureCell } from './FigureTable';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** The figures of the tab Runs, if that is visible. */
export function RunsTable({ data, view, selection }: Props) {
  if (view.tab !== 'runs') return null;
  const isTraining = view.runView === 'training';
  const group = isTraining ? groupInView(data, selection) : undefined;
  const check = isTraining ? undefined : coordinatesInView(data, selection);
  if (check != null) return <WidthsTable check={check} layer={selection.layer.name} />;
  if (group === undefined) return null;
  const rows = rowsOf(group);
  return (
    <DataTable
      name="runs"
      caption={t(
        '{0} of {1} in {2} runs',
        quantityOf(group.quantity).name(),
        selection.layer.name,
        group.runs.length,
      )}
      columns={[t('run'), t('step'), ...columnsOf(group)]}
      rows={rows.length}
      row={(at) => {
        const { run, step, figures } = rows[at];
        return (
          <tr key={`${run.key} ${step}`} data-run={run.title} data-step={step}>
            <th scope="row">{run.title}</th>
            <td>{step}</td>
            {figures.map((value, i) => (
              <FigureCell key={i} value={value} />
            ))}
          </tr>
        );
      }}
    />
  );
}

function WidthsTable({ check, layer }: { check: CoordinateCheck; layer: string }) {
  const { steps, runs, titles } = check;
  return (
    <DataTable
      name="width-points"
      caption={t('Size of {0} over width', layer)}
      columns={[t('step'), t('run'), t('width'), t('mean |h|'), t('mean |h − h₀|')]}
      rows={steps.length * runs.length}
      row={(at) => {
        const [position, i] = [Math.floor(at / runs.length), at % runs.length];
        const { run, width, size, change } = runs[i];
        return (
          <tr key={at} data-run={titles[run]} data-step={steps[position].step}>
            <th scope="row">{steps[position].step}</th>
            <td>{titles[run]}</td>
            <td>{width}</td>
            <FigureCell value={size[position]} />
            <FigureCell value={change[position]} />
          </tr>
        );
      }}
    />
  );
}
