import type { Range } from '../../src/model/analysis';
import type { ScalarCurve } from '../../src/model/scalars';
import type { Theme } from '../theme';
import { decimate } from './decimate';
import { type Context, paintColumn } from './mapPainting';
import { type MapScale, sizeScale } from './mapScale';
import { placesOnAxis, type StepAxis } from './stepPlaces';

type PathContext = Context &
  Pick<CanvasRenderingContext2D, 'beginPath' | 'moveTo' | 'lineTo' | 'stroke' | 'lineJoin'>;

/** Space above and below a curve, in pixels; the bar of what is not finite is as high. */
const MARGIN = 3;

interface Painted {
  readonly curve: ScalarCurve;
  readonly axis: StepAxis;
  /** The column of the step in view, of all columns of the map. */
  readonly column: number;
  readonly columns: number;
  readonly theme: Theme;
}

/** The range of the finite values of a curve; undefined if it has none. */
export function finiteRange({ values }: Pick<ScalarCurve, 'values'>): Range | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return min <= max ? { min, max } : undefined;
}

/**
 * Paints a curve over the columns of the map: by its logarithm if it spans a decade, with a bar along the bottom where it
 * is NaN or infinite, and there without a line. A value between two that are not finite is a dot.
 */
export function paintScalar(context: PathContext, painted: Painted, width: number, height: number): void {
  const { curve, axis, column, columns, theme } = painted;
  paintColumn(context, theme, { column, columns }, width, height);
  const xs = placesOnAxis(axis, curve.steps).map((place) => place * width);
  context.fillStyle = theme.foreground;
  curve.values.forEach((value, i) => {
    if (!Number.isFinite(value)) context.fillRect(Math.round(xs[i]) - 1, height - MARGIN, 3, MARGIN);
  });
  const range = finiteRange(curve);
  if (range === undefined) return;
  const yOf = heightOn(sizeScale(range), range, height);
  context.strokeStyle = theme.foreground;
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  context.beginPath();
  for (const [start, end] of finiteParts(curve.values)) {
    if (end - start === 1) {
      context.fillRect(xs[start] - 1, yOf(curve.values[start]) - 1, 2, 2);
      continue;
    }
    const points = decimate(xs.subarray(start, end), curve.values.subarray(start, end), Math.max(1, width));
    points.forEach(({ x, y }, i) => {
      if (i === 0) context.moveTo(x, yOf(y));
      else context.lineTo(x, yOf(y));
    });
  }
  context.stroke();
}

function heightOn(scale: MapScale, { min, max }: Range, height: number): (value: number) => number {
  const room = height - 2 * MARGIN;
  return max > min ? (value) => height - MARGIN - scale.place(value) * room : () => height / 2;
}

/** Starts and ends of the stretches of finite values. */
function* finiteParts(values: Float64Array): Generator<[start: number, end: number]> {
  for (let start = 0; start < values.length; start++) {
    if (!Number.isFinite(values[start])) continue;
    let end = start + 1;
    while (end < values.length && Number.isFinite(values[end])) end++;
    yield [start, end];
    start = end;
  }
}
