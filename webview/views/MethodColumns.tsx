import { t } from '@vscode/l10n';
import { useCallback, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import {
  isAboveFloor,
  isDefined,
  type Method,
  type Range,
  type RecordSummary,
  type ShiftMetrics,
} from '../../src/model/analysis';
import { storageRemark } from '../../src/model/storage';
import { type Bands, bandsRange } from '../charts/bandsChart';
import { BandTable } from '../charts/bandTable';
import { ChartCanvas } from '../charts/ChartCanvas';
import { distributionChart } from '../charts/distributionChart';
import { figure, methodName } from '../format';
import { PAUSES } from '../scheduling/pacing';
import { usePaced } from '../scheduling/usePaced';
import { methodBadge } from '../state/methodBadge';
import { referenceWords } from '../state/referenceWords';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import type { ViewState } from '../state/viewState';
import type { Theme } from '../theme';
import { CountsLine } from './CountsLine';
import { usePanel } from './context';
import { Icon, IconButton } from './Icon';
import { type OverTrainingProps, OverTrainingView } from './OverTrainingView';
import { richText } from './richText';

interface Props {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
}

/** One column for each method: its bands over training above its distribution at the step in view. */
export function MethodColumns({ data, view, selection }: Props) {
  const { actions } = usePanel();
  const [table] = useState(() => new BandTable());
  const [otherTable] = useState(() => new BandTable());
  const { series, layer, variant } = selection;
  const { catalog, summaries, options, other } = data;
  // A new snapshot has options of its own.
  const bands = usePaced(
    () => {
      table.take(series, summaries, options.percentiles);
      const { lastKnown } = table;
      return {
        of: (method: Method) => table.bandsOf(method),
        ofOther: bandsOfOther(otherTable, data, selection),
        last: series.at(-1)?.step,
        lastKnown,
      };
    },
    [options, layer.id, variant],
    // The series grows in place.
    [catalog, summaries, other],
    table.known / PAUSES.stepsPerMillisecond,
  );
  const common = useMemo(
    () =>
      view.commonScale
        ? commonRange(
            view.methods.flatMap((method) => [bands.of(method), ...(bands.ofOther?.(method) ?? [])]),
          )
        : undefined,
    [bands, view.commonScale, view.methods],
  );
  useEscape(Object.keys(view.ranges).length > 0, () => {
    for (const method of view.methods) actions.zoom(method, undefined);
  });
  return (
    <section
      class="methods-section"
      aria-label={t('Distributions over training and at this step')}
      // Enter on the map goes here.
      tabIndex={-1}
      data-inspector
    >
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
      <CountsLine summary={selection.summary} dashed={dashedWords(selection)} />
      <EstimatesLine data={data} selection={selection} />
      <StorageLine summary={selection.summary} />
    </section>
  );
}

/** The bands of the layer of the other run that belongs to the one in view: none or one for a method. */
function bandsOfOther(
  table: BandTable,
  { options, other }: RunData,
  selection: Selection,
): ((method: Method) => readonly Bands[]) | undefined {
  const joined = selection.other?.joined;
  if (other === undefined || joined === undefined) return undefined;
  table.take(joined.series, other.summaries, options.percentiles);
  return (method) => (table.lastKnown === undefined ? [] : [table.bandsOf(method)]);
}

/** What the dashed distributions are. */
function dashedWords(selection: Selection): string | undefined {
  const from = selection.other && referenceWords(selection);
  return from === undefined ? undefined : t('Dashed: {0}.', from);
}

/** Calls back on Escape, unless a list, a drawer or a field takes the key. */
function useEscape(isActive: boolean, act: () => void): void {
  // A layout effect: with an effect, a key pressed before the next frame would be lost.
  useLayoutEffect(() => {
    if (!isActive) return undefined;
    const onKeyDown = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key === 'Escape' && !defaultPrevented) act();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}

function commonRange(all: readonly Bands[]): Range | undefined {
  const ranges = all.flatMap((bands) => bandsRange(bands) ?? []);
  if (ranges.length === 0) return undefined;
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

function MethodColumn({ method, data, view, selection, bands, commonRange }: OverTrainingProps) {
  const { summary, shift } = selection;
  const of = summary?.methods[method];
  const metrics = shift?.methods[method];
  const badge = methodBadge(method, summary);
  const undefinedWhy = of !== undefined && !isDefined(of) ? of.reason : undefined;
  return (
    <article class="column" data-method={method} aria-label={methodName(method)}>
      <h2>
        <span class="swatch" style={{ backgroundColor: usePanel().theme.methods[method] }} />
        {methodName(method)}
        {method === 'batch' && summary?.running && <small>{t('running µ and σ²')}</small>}
        {method !== 'none' && summary?.affine && <small>γ, β</small>}
        {badge !== undefined && (
          <small class="badge" title={badge.title}>
            {badge.text}
          </small>
        )}
      </h2>
      <ShiftLine
        metrics={metrics}
        isUndefined={undefinedWhy !== undefined}
        isReference={
          shift !== undefined && selection.reference === undefined && selection.other === undefined
        }
        from={selection.other && (referenceWords(selection) ?? t('nothing there'))}
      />
      {undefinedWhy === undefined ? (
        <>
          <OverTrainingView
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

interface ShiftLineProps {
  readonly metrics: ShiftMetrics | undefined;
  readonly isUndefined: boolean;
  /** Whether the shift is measured from the record itself. */
  readonly isReference: boolean;
  /** The run and step that are compared with, if it is another run. */
  readonly from: string | undefined;
}

/** The headline: the shift from the reference step, beside the difference between two halves of one batch. */
function ShiftLine({ metrics, isUndefined, isReference, from }: ShiftLineProps) {
  // A record is at no distance from itself.
  if (isReference && !isUndefined) return <p class="shift muted">{t('reference step')}</p>;
  if (metrics === undefined)
    return <p class="shift muted">{isUndefined ? t('undefined') : t('no shift yet')}</p>;
  const { w1, noiseFloor } = metrics;
  const isNoise = noiseFloor !== undefined && !isAboveFloor({ w1, floor: noiseFloor.w1 });
  return (
    <p
      class="shift"
      title={
        from === undefined
          ? t(
              'Shift: Wasserstein-1 distance from the reference step, in standard deviations of the reference. Noise: the same distance between two halves of one batch.',
            )
          : t(
              'Wasserstein-1 distance from {0}, in standard deviations of it. Noise: the same distance between two halves of one batch of either run, or between runs of one kind.',
              from,
            )
      }
    >
      <span class={isNoise ? 'muted' : 'strong'}>{t('{0} σ', figure(w1, 3))}</span>
      {noiseFloor !== undefined && <small> {t('noise {0}', figure(noiseFloor.w1, 2))}</small>}
    </p>
  );
}

function DistributionView({
  method,
  data,
  view,
  selection,
}: Omit<OverTrainingProps, 'bands' | 'commonRange'>) {
  const { theme, actions } = usePanel();
  const { record, layer, summary } = selection;
  // Distributions of another record must not appear under this one's name.
  const pair = data.distributions?.record === record.id ? data.distributions.methods[method] : undefined;
  const from = selection.other && referenceWords(selection);
  const config = useCallback(
    (colors: Theme) =>
      distributionChart(pair ?? {}, {
        color: colors.methods[method],
        theme: colors,
        logCounts: view.logCounts,
        reference: from,
        onZoom: (range) => actions.zoom(method, range),
      }),
    [pair, method, view.logCounts, from],
  );
  const of = summary?.methods[method];
  const name = methodName(method);
  const label =
    of !== undefined && isDefined(of)
      ? t(
          '{0}: distribution of {1} at step {2}; mean {3}, variance {4}',
          name,
          layer.name,
          record.step,
          figure(of.mean),
          figure(of.variance),
        )
      : t('{0}: distribution of {1} at step {2}', name, layer.name, record.step);
  const isZoomed = view.ranges[method] !== undefined;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape and the button do the same
    <div class="distribution" onDblClick={() => actions.zoom(method, undefined)}>
      {data.distributions === undefined ? (
        <div class="chart skeleton" />
      ) : (
        <ChartCanvas config={config} theme={theme} label={label} name={`distribution-${method}`} />
      )}
      {isZoomed && (
        <IconButton
          icon="zoom-out"
          label={t('Show the whole distribution (Escape, double click)')}
          onClick={() => actions.zoom(method, undefined)}
        />
      )}
    </div>
  );
}

/** Which points of the bands are estimated from some of the samples. */
function EstimatesLine({ data, selection: { series } }: Pick<Props, 'data' | 'selection'>) {
  const estimates = useMemo(
    () =>
      series.flatMap(({ id, step }) => {
        const { estimate } = data.summaries.get(id) ?? {};
        return estimate === undefined
          ? []
          : [t('step {0}: {1} of {2} samples', step, estimate.samples, estimate.of)];
      }),
    [data.summaries, data.catalog, series],
  );
  if (estimates.length === 0) return null;
  return (
    <p class="counts" data-estimates>
      {richText(
        t('{0} until the tensors are read completely ({1}).'),
        <strong>{t('Estimates')}</strong>,
        estimates.join(', '),
      )}
    </p>
  );
}

/** What the stored type of the record in view lost. */
function StorageLine({ summary }: { summary: RecordSummary | undefined }) {
  const remark = storageRemark([summary?.storage]);
  if (remark === undefined) return null;
  return (
    <p class="remark" data-storage>
      <Icon name="info" /> {remark}
    </p>
  );
}
