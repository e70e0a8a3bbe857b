import { t } from '@vscode/l10n';
import { useCallback, useState } from 'preact/hooks';
import type { Method, Range } from '../../src/model/analysis';
import type { MethodAtSteps } from '../../src/model/densities';
import { type Bands, bandsChart } from '../charts/bandsChart';
import { ChartCanvas } from '../charts/ChartCanvas';
import type { CurvePoint } from '../charts/decimate';
import { densityChart, ridgelineChart } from '../charts/densityChart';
import { methodName } from '../format';
import { densitiesInView } from '../state/densities';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { OVER_TRAINING, type OverTraining, type ViewState } from '../state/viewState';
import type { Theme } from '../theme';
import { usePanel } from './context';

/** The bands of one layer at one time; new bands are a new object. */
export interface LayerBands {
  of(method: Method): Bands;
  /** Those of the other run while runs are compared: one, or none, for a method. */
  readonly ofOther?: ((method: Method) => readonly Bands[]) | undefined;
  /** The last step that they can reach. */
  readonly last: number | undefined;
  /** The last step that they do reach. */
  readonly lastKnown: number | undefined;
}

export interface OverTrainingProps {
  readonly data: RunData;
  readonly view: ViewState;
  readonly selection: Selection;
  readonly method: Method;
  readonly bands: LayerBands;
  readonly commonRange: Range | undefined;
}

/** The distribution of one method over training: its percentiles, or all of it. */
export function OverTrainingView(props: OverTrainingProps) {
  const { data, view, selection, method, bands } = props;
  if (bands.lastKnown === undefined) return <div class="chart skeleton" />;
  if (view.overTraining === 'bands') return <BandsView {...props} />;
  const at = densitiesInView(data, selection, method);
  if (at === undefined) return <div class="chart skeleton" />;
  return view.overTraining === 'density' ? (
    <DensityView {...props} at={at} />
  ) : (
    <RidgelinesView {...props} at={at} />
  );
}

/** Chooses how distributions over training are drawn. */
export function OverTrainingSelect({ value }: { value: OverTraining }) {
  const { actions } = usePanel();
  return (
    <select
      aria-label={t('Distributions over training')}
      data-over-training
      value={value}
      onChange={({ currentTarget }) => {
        const overTraining = OVER_TRAINING.find((each) => each === currentTarget.value);
        if (overTraining !== undefined) actions.setView({ overTraining });
      }}
    >
      <option value="bands">{t('bands')}</option>
      <option value="density">{t('density')}</option>
      <option value="ridgelines">{t('ridgelines')}</option>
    </select>
  );
}

/**
 * The step that a chart marks. A step that has just arrived is at the end of the curves until they are drawn with it, so that
 * following the latest step does not draw them again for each.
 */
function markedStep({ view, selection, bands }: OverTrainingProps): number {
  const end = view.follow ? bands.lastKnown : bands.last;
  return Math.min(selection.record.step, end ?? selection.record.step);
}

function BandsView(props: OverTrainingProps) {
  const { method, data, selection, bands, commonRange } = props;
  const { theme, actions } = usePanel();
  const { reference, layer, series } = selection;
  const step = markedStep(props);
  const [points] = useState<CurvePoint[][]>(() => []);
  const [behind] = bands.ofOther?.(method) ?? [];
  const name = selection.other?.name ?? '';
  const config = useCallback(
    (colors: Theme) =>
      bandsChart(bands.of(method), {
        color: colors.methods[method],
        theme: colors,
        yRange: commonRange,
        step,
        reference: reference?.step,
        onStep: actions.selectStep,
        points,
        ...(behind !== undefined && { other: { bands: behind, name } }),
      }),
    [bands, step, reference, commonRange, method, name],
  );
  const whole = t(
    '{0}: percentiles {1} of {2} over training (steps: {3})',
    methodName(method),
    data.options.percentiles.join(', '),
    layer.name,
    series.length,
  );
  const label = behind === undefined ? whole : t('{0}; dashed: those of {1}', whole, name);
  return <ChartCanvas config={config} theme={theme} label={label} name={`bands-${method}`} />;
}

interface DensityProps extends OverTrainingProps {
  readonly at: MethodAtSteps;
}

function DensityView(props: DensityProps) {
  const { method, selection, bands, commonRange, at } = props;
  const { theme, actions } = usePanel();
  const { reference, layer } = selection;
  const step = markedStep(props);
  const config = useCallback(
    (colors: Theme) => {
      const { steps, percentiles } = bands.of(method);
      const values = percentiles[percentiles.length >> 1]?.values ?? [];
      const middle = steps.flatMap((x, i) => (Number.isNaN(values[i]) ? [] : [{ x, y: values[i] }]));
      return densityChart(at, middle, {
        color: colors.methods[method],
        theme: colors,
        yRange: commonRange,
        step,
        reference: reference?.step,
        onStep: actions.selectStep,
      });
    },
    [at, bands, step, reference, commonRange, method],
  );
  const label = t(
    '{0}: distribution of {1} over training, as density (steps: {2})',
    methodName(method),
    layer.name,
    at.steps.length,
  );
  return <ChartCanvas config={config} theme={theme} label={label} name={`density-${method}`} />;
}

function RidgelinesView(props: DensityProps) {
  const { method, selection, at } = props;
  const { theme, actions } = usePanel();
  const { reference, layer } = selection;
  const step = markedStep(props);
  const config = useCallback(
    (colors: Theme) =>
      ridgelineChart(at, {
        color: colors.methods[method],
        theme: colors,
        step,
        reference: reference?.step,
        onStep: actions.selectStep,
      }),
    [at, step, reference, method],
  );
  const label = t('{0}: distributions of {1} at some steps', methodName(method), layer.name);
  return <ChartCanvas config={config} theme={theme} label={label} name={`ridgelines-${method}`} />;
}
