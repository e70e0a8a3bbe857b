import { useCallback, useMemo, useState } from 'preact/hooks';
import {
  isAboveFloor,
  isDefined,
  type Method,
  type Range,
  type RecordSummary,
  type ShiftMetrics,
} from '../../src/model/analysis';
import { storageRemark } from '../../src/model/storage';
import { type Bands, bandsChart, bandsRange } from '../charts/bandsChart';
import { BandTable } from '../charts/bandTable';
import { ChartCanvas } from '../charts/ChartCanvas';
import type { CurvePoint } from '../charts/decimate';
import { distributionChart } from '../charts/distributionChart';
import { count, figure, METHOD_NAMES, NON_FINITE_NAMES, percent } from '../format';
import { usePaced } from '../scheduling/usePaced';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import { usePanel } from './context';
import { Icon, IconButton } from './Icon';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** Of so many steps it takes a thousandth part of the time to draw them again, about. */
const STEPS_A_MILLISECOND = 4;

/** One column a method: its bands over training above its distribution at the step in view. */
export function MethodColumns({ data, view, selection }: Props) {
  const [table] = useState(() => new BandTable());
  const { series, layer, variant } = selection;
  const { catalog, summaries, options } = data;
  // A new snapshot has options of its own.
  const bands = usePaced(
    () => {
      table.take(series, summaries, options.percentiles);
      const { lastKnown } = table;
      return { of: (method: Method) => table.bandsOf(method), last: series.at(-1)?.step, lastKnown };
    },
    [options, layer.id, variant],
    // The series grows in place.
    [catalog, summaries],
    table.known / STEPS_A_MILLISECOND,
  );
  const common = useMemo(
    () => (view.commonScale ? commonRange(view.methods.map(bands.of)) : undefined),
    [bands, view.commonScale, view.methods],
  );
  return (
    <section class="methods-section" aria-label="Distributions over training and at the step">
      <div class="columns">
        {view.methods.map((method) => (
          <MethodColumn
            key={method}
            method={method}
            data={data}
            view={view}
            selection={selection}
            bands={bands}
            commonRange={common}
          />
        ))}
      </div>
      <CountsLine summary={selection.summary} />
      <EstimatesLine data={data} selection={selection} />
      <StorageLine summary={selection.summary} />
    </section>
  );
}

function commonRange(all: readonly Bands[]): Range | undefined {
  const ranges = all.flatMap((bands) => bandsRange(bands) ?? []);
  if (ranges.length === 0) return undefined;
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

/** Of one layer at one time; another object where they are others. */
interface LayerBands {
  of(method: Method): Bands;
  /** The last step that they may reach. */
  readonly last: number | undefined;
  /** The last step that they do reach. */
  readonly lastKnown: number | undefined;
}

interface ColumnProps extends Props {
  readonly method: Method;
  readonly bands: LayerBands;
  readonly commonRange: Range | undefined;
}

function MethodColumn({ method, data, view, selection, bands, commonRange }: ColumnProps) {
  const { summary, shift } = selection;
  const of = summary?.methods[method];
  const metrics = shift?.methods[method];
  const undefinedWhy = of !== undefined && !isDefined(of) ? of.reason : undefined;
  return (
    <article class="column" data-method={method} aria-label={METHOD_NAMES[method]}>
      <h2>
        <span class="swatch" style={{ backgroundColor: usePanel().theme.methods[method] }} />
        {METHOD_NAMES[method]}
        {method === 'batch' && summary?.running && <small>eval: running µ and σ²</small>}
        {method !== 'none' && summary?.affine && <small>γ, β</small>}
      </h2>
      <ShiftLine metrics={metrics} isUndefined={undefinedWhy !== undefined} />
      {undefinedWhy === undefined ? (
        <>
          <BandsView
            method={method}
            data={data}
            view={view}
            selection={selection}
            bands={bands}
            commonRange={commonRange}
          />
          <DistributionView method={method} data={data} view={view} selection={selection} />
        </>
      ) : (
        <p class="undefined">{undefinedWhy}</p>
      )}
    </article>
  );
}

/** The headline: how far this is from the reference step, beside what two halves of one batch differ by. */
function ShiftLine({ metrics, isUndefined }: { metrics: ShiftMetrics | undefined; isUndefined: boolean }) {
  if (metrics === undefined) return <p class="shift muted">{isUndefined ? 'undefined' : 'no shift yet'}</p>;
  const { w1, noiseFloor } = metrics;
  const isNoise = noiseFloor !== undefined && !isAboveFloor({ w1, floor: noiseFloor.w1 });
  return (
    <p
      class="shift"
      title="Shift from the reference step: Wasserstein-1 distance in standard deviations of the reference. Noise: the same distance between two halves of one batch."
    >
      <span class={isNoise ? 'muted' : 'strong'}>{figure(w1, 3)} σ</span>
      {noiseFloor !== undefined && <small> noise {figure(noiseFloor.w1, 2)}</small>}
    </p>
  );
}

function BandsView({ method, data, view, selection, bands, commonRange }: ColumnProps) {
  const { theme, actions } = usePanel();
  const { record, reference, layer, series } = selection;
  // A step that has just come is at the end of the curves until they are drawn with it: who follows the latest does not
  // have them drawn again for each.
  const end = view.follow ? bands.lastKnown : bands.last;
  const step = Math.min(record.step, end ?? record.step);
  const [points] = useState<CurvePoint[][]>(() => []);
  const config = useCallback(
    () =>
      bandsChart(bands.of(method), {
        color: theme.methods[method],
        theme,
        yRange: commonRange,
        step,
        reference: reference?.step,
        onStep: actions.selectStep,
        points,
      }),
    [bands, step, reference, commonRange, theme, method],
  );
  const label = `${METHOD_NAMES[method]}: percentiles ${data.options.percentiles.join(', ')} of ${layer.name} over ${series.length} steps`;
  return <ChartCanvas config={config} label={label} name={`bands-${method}`} />;
}

function DistributionView({ method, data, view, selection }: Omit<ColumnProps, 'bands' | 'commonRange'>) {
  const { theme, actions } = usePanel();
  const { record, layer, summary } = selection;
  // Distributions of another record would be drawn under this one's name.
  const pair = data.distributions?.record === record.id ? data.distributions.methods[method] : undefined;
  const config = useCallback(
    () =>
      distributionChart(pair ?? {}, {
        color: theme.methods[method],
        theme,
        logCounts: view.logCounts,
        onZoom: (range) => actions.zoom(method, range),
      }),
    [pair, theme, method, view.logCounts],
  );
  const of = summary?.methods[method];
  const figures =
    of !== undefined && isDefined(of) ? `mean ${figure(of.mean)}, variance ${figure(of.variance)}` : '';
  const isZoomed = view.ranges[method] !== undefined;
  return (
    <div class="distribution">
      <ChartCanvas
        config={config}
        label={`${METHOD_NAMES[method]}: distribution of ${layer.name} at step ${record.step}; ${figures}`}
        name={`distribution-${method}`}
      />
      {isZoomed && (
        <IconButton
          icon="zoom-out"
          label="Show the whole distribution"
          onClick={() => actions.zoom(method, undefined)}
        />
      )}
    </div>
  );
}

/** Which points of the bands are not of all samples yet. */
function EstimatesLine({ data, selection: { series } }: Pick<Props, 'data' | 'selection'>) {
  const estimates = useMemo(
    () =>
      series.flatMap(({ id, step }) => {
        const { estimate } = data.summaries.get(id) ?? {};
        return estimate === undefined ? [] : [`step ${step}: ${estimate.samples} of ${estimate.of} samples`];
      }),
    [data.summaries, data.catalog, series],
  );
  if (estimates.length === 0) return null;
  return (
    <p class="counts" data-estimates>
      <strong>Estimates</strong> until the whole tensors are read ({estimates.join(', ')}).
    </p>
  );
}

/** What the stored type took away of the record in view. */
function StorageLine({ summary }: { summary: RecordSummary | undefined }) {
  const remark = storageRemark([summary?.storage]);
  if (remark === undefined) return null;
  return (
    <p class="remark" data-storage>
      <Icon name="info" /> {remark}
    </p>
  );
}

/** What distributions leave out or hide: non-finite values and zeros, in words. */
function CountsLine({ summary }: { summary: RecordSummary | undefined }) {
  if (summary === undefined) return <p class="counts muted">This step has not been computed yet.</p>;
  const { count: all, finite, zeros, nan, posInf, negInf, firstNonFinite } = summary;
  const nonFinite = [
    [nan, 'NaN'],
    [posInf, '+Inf'],
    [negInf, '−Inf'],
  ] as const;
  return (
    <p class="counts" data-counts>
      {count(all)} values
      {!Number.isNaN(zeros) && `, ${count(zeros)} zeros (${percent(zeros, all)})`}
      {finite === all ? (
        <span class="muted">
          {Number.isNaN(nan) ? '; NaN and infinities were not counted' : ', all finite'}
        </span>
      ) : (
        <strong class="error">
          {nonFinite.map(([many, name]) => (many > 0 ? `, ${count(many)} ${name}` : '')).join('')}: left out
          of the statistics
          {firstNonFinite !== undefined &&
            `; first is ${NON_FINITE_NAMES[firstNonFinite.kind]} at [${firstNonFinite.index.join(', ')}]`}
        </strong>
      )}
      <span class="muted">. Drag across a histogram to zoom. The dashed line is the reference step.</span>
    </p>
  );
}
