import { t } from '@vscode/l10n';
import { useCallback, useMemo } from 'preact/hooks';
import { positionAt, type ScalarCurve } from '../../src/model/scalars';
import type { MapGrid } from '../charts/mapGrid';
import { isLogarithmic } from '../charts/mapScale';
import { type Paint, PaintedCanvas } from '../charts/PaintedCanvas';
import { finiteRange, paintScalar } from '../charts/scalarPainting';
import { type StepAxis, stepAxis } from '../charts/stepPlaces';
import { figure, scalarText } from '../format';
import { BrushedColumns } from './BrushedRange';
import { usePanel } from './context';
import { type Brushed, columnOf, useBrush } from './useBrush';

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
  readonly onBrush: (range: Brushed) => void;
  readonly onShowAll: () => void;
  /** Whether the map shows only some of the steps. */
  readonly isZoomed: boolean;
}

/** Scalars of the run, such as the loss, above the map: one row each, on the map's axis of steps. */
export function ScalarStrip({ names, curves, grid, isZoomed, ...row }: Props) {
  const shown = useMemo(
    () =>
      names.map((name) => {
        const curve = curves.find((each) => each.name === name);
        return { name, curve: curve && isZoomed ? curveWithin(curve, grid) : curve };
      }),
    [names.join('\n'), curves, isZoomed && grid],
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

interface RowProps extends Omit<Props, 'names' | 'curves' | 'isZoomed'> {
  readonly name: string;
  readonly curve: ScalarCurve | undefined;
  readonly axis: StepAxis;
}

function ScalarRow(props: RowProps) {
  const { name, curve, axis, grid, column, step, onPoint, onStep } = props;
  const { theme } = usePanel();
  const columns = grid.columns.length;
  const paint = useCallback<Paint>(
    (context, width, height, colors) => {
      if (curve !== undefined)
        paintScalar(context, { curve, axis, column, columns, theme: colors }, width, height);
    },
    [curve, axis, column, columns],
  );
  const brush = useBrush(columns, props.onBrush);
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
  return (
    <div class="scalar-row" data-scalar={name} data-value={String(value ?? '')} title={sentence}>
      <span class="scalar-name">{name}</span>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the map move through the same steps */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a chart, whose canvas has the label */}
      <div
        class="map-cells"
        {...brush.handlers}
        onDblClick={props.onShowAll}
        onMouseMove={(event) => onPoint(columnOf(event, columns))}
        onMouseLeave={() => onPoint(undefined)}
        onClick={(event) => {
          if (columns > 0 && !brush.wasDragged()) onStep(grid.columns[columnOf(event, columns)].first);
        }}
      >
        <PaintedCanvas paint={paint} theme={theme} label={[sentence, scale].join('. ')} name="scalar" />
        <BrushedColumns brushed={brush.brushed} columns={columns} />
      </div>
      <div class="scalar-figures">
        <span class="scalar-value">{at < 0 ? '' : scalarText(value)}</span>
        {range !== undefined && (
          <span class="scalar-range" title={scale}>
            <span>{figure(range.max, 3)}</span>
            <span>{isLog ? t('log {0}', figure(range.min, 3)) : figure(range.min, 3)}</span>
          </span>
        )}
      </div>
    </div>
  );
}

/** The part of a curve at the steps of a map that shows only some of them. */
function curveWithin({ name, steps, values }: ScalarCurve, { columns }: MapGrid): ScalarCurve {
  const [first, last] = [columns[0]?.first ?? 0, columns.at(-1)?.last ?? 0];
  const start = positionAt({ steps }, first - 1) + 1;
  const end = positionAt({ steps }, last) + 1;
  return { name, steps: steps.subarray(start, end), values: values.subarray(start, end) };
}
