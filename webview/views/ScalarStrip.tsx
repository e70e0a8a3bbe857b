import { t } from '@vscode/l10n';
import { useCallback, useMemo } from 'preact/hooks';
import { positionAt, type ScalarCurve } from '../../src/model/scalars';
import type { MapGrid } from '../charts/mapGrid';
import { isLogarithmic } from '../charts/mapScale';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { finiteRange, paintScalar } from '../charts/scalarPainting';
import { type StepAxis, stepAxis } from '../charts/stepPlaces';
import { figure, scalarText } from '../format';
import { usePanel } from './context';

interface Props {
  /** Names of the scalars that are shown: their places are kept until their curves arrive. */
  readonly names: readonly string[];
  readonly curves: readonly ScalarCurve[];
  readonly grid: MapGrid;
  /** The column with the cursor, and the step whose values are written. */
  readonly column: number;
  readonly step: number;
  /** The pointer is on a column. */
  readonly onPoint: (column: number | undefined) => void;
  readonly onStep: (step: number) => void;
}

/** Scalars of the run, such as the loss, above the map: one row each, on the map's axis of steps. */
export function ScalarStrip({ names, curves, grid, ...row }: Props) {
  const shown = useMemo(
    () => names.map((name) => ({ name, curve: curves.find((each) => each.name === name) })),
    [names.join('\n'), curves],
  );
  const axis = useMemo(() => {
    const steps = shown.flatMap(({ curve }) =>
      curve === undefined ? [] : [...curve.steps.subarray(0, 1), ...curve.steps.slice(-1)],
    );
    return stepAxis(grid, Math.min(...steps), Math.max(...steps));
  }, [shown, grid]);
  if (names.length === 0) return null;
  return (
    <section class="scalars" aria-label={t('Scalars')}>
      {shown.map(({ name, curve }) => (
        <ScalarRow key={name} {...row} name={name} curve={curve} axis={axis} grid={grid} />
      ))}
    </section>
  );
}

interface RowProps extends Omit<Props, 'names' | 'curves'> {
  readonly name: string;
  readonly curve: ScalarCurve | undefined;
  readonly axis: StepAxis;
}

function ScalarRow({ name, curve, axis, grid, column, step, onPoint, onStep }: RowProps) {
  const { theme } = usePanel();
  const columns = grid.columns.length;
  const paint = useCallback<Paint>(
    (context, width, height, colors) => {
      if (curve !== undefined)
        paintScalar(context, { curve, axis, column, columns, theme: colors }, width, height);
    },
    [curve, axis, column, columns],
  );
  const range = useMemo(() => curve && finiteRange(curve), [curve]);
  const at = curve === undefined ? -1 : positionAt(curve, step);
  const value = curve?.values[at];
  const sentence =
    at < 0 ? name : t('{0} at step {1}: {2}', name, curve?.steps[at] ?? step, scalarText(value));
  const isLog = range !== undefined && isLogarithmic(range);
  const scale =
    range === undefined
      ? ''
      : isLog
        ? t('{0} to {1}, logarithmic', figure(range.min, 3), figure(range.max, 3))
        : t('{0} to {1}', figure(range.min, 3), figure(range.max, 3));
  const columnOf = ({ currentTarget, clientX }: MouseEvent & { currentTarget: HTMLElement }) => {
    const box = currentTarget.getBoundingClientRect();
    return Math.min(columns - 1, Math.max(0, Math.floor(((clientX - box.left) / box.width) * columns)));
  };
  return (
    <div class="scalar-row" data-scalar={name} data-value={String(value ?? '')} title={sentence}>
      <span class="scalar-name">{name}</span>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the map move through the same steps */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a chart, whose canvas has the label */}
      <div
        class="map-cells"
        onMouseMove={(event) => onPoint(columnOf(event))}
        onMouseLeave={() => onPoint(undefined)}
        onClick={(event) => columns > 0 && onStep(grid.columns[columnOf(event)].first)}
      >
        <PaintedCanvas paint={paint} theme={theme} label={[sentence, scale].join('. ')} name="scalar" />
      </div>
      <span class="scalar-value">{at < 0 ? '' : scalarText(value)}</span>
      {range !== undefined && (
        <span class="scalar-range" title={scale}>
          <span>{figure(range.max, 3)}</span>
          <span>{isLog ? t('log {0}', figure(range.min, 3)) : figure(range.min, 3)}</span>
        </span>
      )}
    </div>
  );
}
