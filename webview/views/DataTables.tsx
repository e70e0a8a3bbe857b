import { t } from '@vscode/l10n';
import { useMemo } from 'preact/hooks';
import { isDefined, METHODS } from '../../src/model/analysis';
import { distinctSteps } from '../../src/model/catalogDelta';
import { shareAt } from '../../src/model/densities';
import { positionAt } from '../../src/model/scalars';
import { seriesOf } from '../../src/model/series';
import { histogramPoints } from '../charts/distributionChart';
import { type ShownQuantity, shownName, shownQuantity } from '../charts/mapSource';
import { figure, methodName, scalarText } from '../format';
import { cellName, positionsInView, stepAt } from '../state/channelPositions';
import { densitiesInView } from '../state/densities';
import type { RunData } from '../state/runData';
import { shownScalars } from '../state/scalars';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { DataTable } from './DataTable';
import { FigureCell } from './FigureTable';
import { RunsTable } from './RunsTable';
import { useSteps } from './useSteps';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

const TABLES = [
  BandsTable,
  OtherBandsTable,
  DensityTable,
  DistributionTable,
  PositionsTable,
  MapTable,
  ScalarsTable,
  RunsTable,
];

/** What every chart draws, as a table. Tables appear one after another, because all at once take longer than a frame. */
export function DataTables(props: Props) {
  const shown = useSteps(TABLES.length, 1);
  return (
    <section class="data-tables" aria-label={t('Data tables')}>
      {TABLES.slice(0, shown).map((Table) => (
        <Table key={Table} {...props} />
      ))}
    </section>
  );
}

function BandsTable({ data, view, selection }: Props) {
  const { series, layer } = selection;
  return (
    <PercentilesTable
      name="bands"
      caption={t('Percentiles of {0} over training', layer.name)}
      {...{ data, view, series }}
      summaries={data.summaries}
    />
  );
}

/** The bands of the other run, if runs are compared. */
function OtherBandsTable({ data, view, selection }: Props) {
  const { joined, name } = selection.other ?? {};
  if (joined === undefined || data.other === undefined) return null;
  return (
    <PercentilesTable
      name="bands-of-other"
      caption={t('Percentiles of {0} of {1} over training', joined.layer.name, name ?? '')}
      {...{ data, view }}
      series={joined.series}
      summaries={data.other.summaries}
    />
  );
}

interface PercentilesProps extends Pick<Props, 'data' | 'view'>, Pick<Selection, 'series'> {
  readonly name: string;
  readonly caption: string;
  readonly summaries: RunData['summaries'];
}

function PercentilesTable({ name, caption, data, view, series, summaries }: PercentilesProps) {
  const { percentiles } = data.options;
  return (
    <DataTable
      name={name}
      caption={caption}
      columns={[t('method'), t('step'), ...percentiles.map((p) => `p${p}`)]}
      rows={view.methods.length * series.length}
      row={(at) => {
        const method = view.methods[Math.floor(at / series.length)];
        const { id, step } = series[at % series.length];
        const of = summaries.get(id)?.methods[method];
        const values = of !== undefined && isDefined(of) ? of.percentiles : [];
        return (
          <tr key={`${method} ${step}`} data-method={method} data-step={step}>
            <th scope="row">{methodName(method)}</th>
            <td>{step}</td>
            {percentiles.map((percentile, i) => (
              <td key={percentile} data-percentile={percentile} data-value={String(values[i] ?? Number.NaN)}>
                {figure(values[i])}
              </td>
            ))}
          </tr>
        );
      }}
    />
  );
}

/** The cells of the density, if that or the ridgelines are drawn. */
function DensityTable({ data, view, selection }: Props) {
  if (view.overTraining === 'bands') return null;
  const all = view.methods.flatMap((method) => {
    const at = densitiesInView(data, selection, method);
    return at === undefined ? [] : [{ method, at }];
  });
  const cells = all.length === 0 ? 0 : all[0].at.steps.length * all[0].at.densities.bins;
  return (
    <DataTable
      name="density"
      caption={t('Distributions of {0} over training', selection.layer.name)}
      columns={[t('method'), t('step'), t('value'), t('share')]}
      rows={all.length * cells}
      row={(index) => {
        const { method, at } = all[Math.floor(index / cells)];
        const { densities, of, steps } = at;
        const [row, bin] = [Math.floor((index % cells) / densities.bins), index % densities.bins];
        const middle = of.min + ((bin + 0.5) * (of.max - of.min)) / densities.bins;
        return (
          <tr key={index} data-method={method} data-step={steps[row]}>
            <th scope="row">{methodName(method)}</th>
            <td>{steps[row]}</td>
            <FigureCell value={middle} />
            <FigureCell value={shareAt(densities, of, row, bin)} />
          </tr>
        );
      }}
    />
  );
}

function DistributionTable({ data, view, selection }: Props) {
  const { record, layer } = selection;
  const distributions = data.distributions?.record === record.id ? data.distributions : undefined;
  const bars = view.methods.flatMap((method) => {
    const { current, reference } = distributions?.methods[method] ?? {};
    if (current === undefined) return [];
    return histogramPoints(current, false).map((point, i) => ({
      method,
      ...point,
      behind: reference?.counts[i],
    }));
  });
  return (
    <DataTable
      name="distribution"
      caption={t('Distribution of {0} at step {1}', layer.name, record.step)}
      columns={[
        t('method'),
        t('value'),
        t('count'),
        selection.other === undefined ? t('count at the reference') : t('count in {0}', selection.other.name),
      ]}
      rows={bars.length}
      row={(at) => {
        const { method, x, y, behind } = bars[at];
        return (
          <tr key={`${method} ${x}`} data-method={method}>
            <th scope="row">{methodName(method)}</th>
            <td data-value={String(x)}>{figure(x)}</td>
            <td data-value={String(y)}>{figure(y)}</td>
            <td data-value={String(behind ?? '')}>{figure(behind)}</td>
          </tr>
        );
      }}
    />
  );
}

/** The means of one channel by position, if they are drawn. */
function PositionsTable({ data, view, selection }: Props) {
  const positions = positionsInView(data, selection);
  if (positions === undefined || view.tab !== 'channels' || view.channelDetail !== 'positions') return null;
  const { rows, columns, channel, down, right, mean } = positions;
  const axes = right === undefined ? down.letter : `${down.letter}, ${right.letter}`;
  return (
    <DataTable
      name="positions"
      caption={t('Channel {0} of {1} by position', channel, selection.layer.name)}
      columns={[t('position ({0})', axes), t('step'), t('mean')]}
      rows={rows * columns}
      row={(index) => {
        const cell = { row: Math.floor(index / columns), column: index % columns };
        return (
          <tr key={index}>
            <th scope="row">{cellName(positions, cell)}</th>
            <td>{stepAt(positions, cell, selection.series)}</td>
            <FigureCell value={mean[index]} />
          </tr>
        );
      }}
    />
  );
}

function MapTable({ data, view, selection }: Props) {
  const { catalog, shiftMap, quantity } = data;
  const { variant } = selection;
  const shown = shownQuantity(data, view);
  const records = useMemo(
    () =>
      (catalog?.layers ?? []).flatMap(({ id }) =>
        catalog === undefined ? [] : seriesOf(catalog, id, variant).filter((each) => isKnown(shown, each.id)),
      ),
    [catalog, shiftMap, quantity, shown.id, variant],
  );
  if (catalog === undefined) return null;
  const { id: of, method, all } = shown;
  const name = shownName(shown);
  return (
    <DataTable
      name="shift-map"
      caption={
        of === 'shift'
          ? data.other === undefined
            ? t('{0}: shift from the reference step', methodName(METHODS[method]))
            : t('{0}: distance from {1}', methodName(METHODS[method]), data.other.title)
          : t('Map: {0}', name)
      }
      columns={[
        t('layer'),
        t('step'),
        ...(of === 'shift' ? [t('shift (σ)'), t('batch noise (σ)')] : []),
        ...(all.length === 1 ? [name] : []),
        ...(all.length === 3
          ? [t('lowest percentile'), t('middle percentile'), t('highest percentile')]
          : []),
      ]}
      rows={records.length}
      row={(at) => {
        const { id, layer, step } = records[at];
        const values =
          of === 'shift'
            ? [shiftMap.w1Of(id, method), shiftMap.floorOf(id, method)]
            : all.map((figures) => figures.get(id));
        const { fullName, name: short } = catalog.layers[layer];
        return (
          <tr key={id} data-layer={fullName} data-step={step}>
            <th scope="row">{short}</th>
            <td>{step}</td>
            {values.map((value, i) => (
              <td key={i} data-value={String(value)}>
                {figure(value)}
              </td>
            ))}
          </tr>
        );
      }}
    />
  );
}

function isKnown({ figures, shiftMap }: ShownQuantity, record: number): boolean {
  return figures === undefined ? shiftMap.has(record) : !Number.isNaN(figures.get(record));
}

function ScalarsTable({ data, view }: Props) {
  const names = shownScalars(data.catalog, view);
  const curves = useMemo(
    () => data.scalars.filter(({ name }) => names.includes(name)),
    [data.scalars, names.join('\n')],
  );
  const steps = useMemo(() => distinctSteps(curves.flatMap((curve) => [...curve.steps])), [curves]);
  if (curves.length === 0) return null;
  return (
    <DataTable
      name="scalars"
      caption={t('Scalars over training')}
      columns={[t('step'), ...curves.map(({ name }) => name)]}
      rows={steps.length}
      row={(i) => {
        const step = steps[i];
        return (
          <tr key={step} data-step={step}>
            <th scope="row">{step}</th>
            {curves.map((curve) => {
              const at = positionAt(curve, step);
              const value = curve.steps[at] === step ? curve.values[at] : undefined;
              return (
                <td key={curve.name} data-value={String(value ?? '')}>
                  {scalarText(value)}
                </td>
              );
            })}
          </tr>
        );
      }}
    />
  );
}
