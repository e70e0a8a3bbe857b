import type { ComponentChildren } from 'preact';
import { histogramPoints } from '../charts/distributionChart';
import { figure, METHOD_NAMES } from '../format';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { bandsFor } from './MethodColumns';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** The twin of every chart: what it draws, as a table. */
export function DataTables(props: Props) {
  return (
    <section class="data-tables" aria-label="Data tables">
      <BandsTable {...props} />
      <DistributionTable {...props} />
      <ShiftMapTable {...props} />
    </section>
  );
}

function BandsTable({ data, view, selection }: Props) {
  const { percentiles } = data.options;
  return (
    <DataTable
      name="bands"
      caption={`Percentiles of ${selection.layer.name} over training`}
      columns={['method', 'step', ...percentiles.map((p) => `p${p}`)]}
    >
      {view.methods.flatMap((method) => {
        const bands = bandsFor(data, selection, method);
        return bands.steps.map((step, i) => (
          <tr key={`${method} ${step}`} data-method={method} data-step={step}>
            <th scope="row">{METHOD_NAMES[method]}</th>
            <td>{step}</td>
            {bands.percentiles.map(({ percentile, values }) => (
              <td key={percentile} data-percentile={percentile} data-value={String(values[i])}>
                {figure(values[i])}
              </td>
            ))}
          </tr>
        ));
      })}
    </DataTable>
  );
}

function DistributionTable({ data, view, selection }: Props) {
  const { record, layer } = selection;
  const distributions = data.distributions?.record === record.id ? data.distributions : undefined;
  return (
    <DataTable
      name="distribution"
      caption={`Distribution of ${layer.name} at step ${record.step}`}
      columns={['method', 'value', 'count', 'count at the reference']}
    >
      {view.methods.flatMap((method) => {
        const { current, reference } = distributions?.methods[method] ?? {};
        if (current === undefined) return [];
        return histogramPoints(current, false).map(({ x, y }, i) => (
          <tr key={`${method} ${x}`} data-method={method}>
            <th scope="row">{METHOD_NAMES[method]}</th>
            <td data-value={String(x)}>{figure(x)}</td>
            <td data-value={String(y)}>{figure(y)}</td>
            <td data-value={String(reference?.counts[i] ?? '')}>{figure(reference?.counts[i])}</td>
          </tr>
        ));
      })}
    </DataTable>
  );
}

function ShiftMapTable({ data, view, selection }: Props) {
  const { catalog, shiftMap } = data;
  if (catalog === undefined) return null;
  const cells = catalog.records.flatMap((record) => {
    const cell = shiftMap.get(record.id);
    return cell === undefined || record.variant !== selection.variant ? [] : [{ record, cell }];
  });
  return (
    <DataTable
      name="shift-map"
      caption={`Shift from the reference, ${METHOD_NAMES[view.mapMethod]}`}
      columns={['layer', 'step', 'W1/σ', 'noise floor']}
    >
      {cells.map(({ record, cell }) => {
        const [w1, floor] = [cell.w1[view.mapMethod], cell.floor[view.mapMethod]];
        const { fullName, name } = catalog.layers[record.layer];
        return (
          <tr key={record.id} data-layer={fullName} data-step={record.step}>
            <th scope="row">{name}</th>
            <td>{record.step}</td>
            <td data-field="w1" data-value={String(w1)}>
              {figure(w1)}
            </td>
            <td data-field="floor" data-value={String(floor)}>
              {figure(floor)}
            </td>
          </tr>
        );
      })}
    </DataTable>
  );
}

interface DataTableProps {
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly string[];
  readonly children: ComponentChildren;
}

function DataTable({ name, caption, columns, children }: DataTableProps) {
  return (
    <section class="table-scroll" tabIndex={0} aria-label={`${caption}, scrollable`}>
      <table data-table={name}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
