import type { Range } from '../../src/model/analysis';
import type { QuantityScale } from '../../src/model/mapQuantities';
import type { GroupRun, KindBand } from '../../src/model/runGroup';
import type { Theme } from '../theme';
import { fade } from './colors';
import { decimate } from './decimate';
import { linearScale, type MapScale, sizeScale, tickLabel } from './mapScale';

type Context = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'closePath'
  | 'fill'
  | 'fillRect'
  | 'fillStyle'
  | 'fillText'
  | 'font'
  | 'lineJoin'
  | 'lineTo'
  | 'lineWidth'
  | 'measureText'
  | 'moveTo'
  | 'stroke'
  | 'strokeStyle'
  | 'textAlign'
  | 'textBaseline'
>;

/** Room for the values beside the chart, for the steps below it, and around a curve, in pixels. */
const LEFT = 44;
const BOTTOM = 14;
const MARGIN = 4;
const FONT_SIZE = 10;

/** The axes that all charts of a group share. */
export interface GroupAxes {
  readonly kind: QuantityScale;
  readonly scale: MapScale;
  /** First and last step. */
  readonly steps: Range;
}

/** The axes of these runs: from the least to the greatest finite figure; undefined if there is none. */
export function groupAxes(runs: readonly GroupRun[], kind: QuantityScale): GroupAxes | undefined {
  let [min, max, least] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { steps, figures } of runs) {
    for (const row of figures)
      row.forEach((value, i) => {
        if (!Number.isFinite(value)) return;
        [min, max] = [Math.min(min, value), Math.max(max, value)];
        if (value > 0) least = Math.min(least, value);
        [first, last] = [Math.min(first, steps[i]), Math.max(last, steps[i])];
      });
  }
  if (min > max) return undefined;
  const range = kind === 'signed' ? { min, max } : positive(min, max, least);
  const scale = kind === 'signed' ? linearScale(range) : sizeScale(range);
  return { kind, scale, steps: { min: first, max: last } };
}

/** Figures that span decades are on a logarithmic axis, on which 0 is at the lower end; otherwise the axis begins at 0. */
function positive(min: number, max: number, least: number): Range {
  const isWide = least < Number.POSITIVE_INFINITY && max / least >= 10;
  return isWide ? { min: least, max } : { min: Math.min(0, min), max };
}

interface Painted {
  readonly run: GroupRun;
  readonly axes: GroupAxes;
  /** What the runs of its kind span. */
  readonly band: KindBand | undefined;
  /** The step in view. */
  readonly step: number;
  readonly theme: Theme;
}

/** Paints one run of a group: its curve, or the middle one strong, over what runs of its kind span. */
export function paintRun(context: Context, painted: Painted, width: number, height: number): void {
  const { run, axes, band, step, theme } = painted;
  const { min, max } = axes.steps;
  const room = Math.max(1, width - LEFT - 2 * MARGIN);
  const xOf = (at: number) => LEFT + MARGIN + (max > min ? (at - min) / (max - min) : 0.5) * room;
  const yOf = (value: number) =>
    height - BOTTOM - MARGIN - axes.scale.place(value) * (height - BOTTOM - 2 * MARGIN);
  paintAxes(context, axes, theme, { width, height, yOf });
  if (step >= min && step <= max) {
    context.fillStyle = fade(theme.accent, 0.6);
    context.fillRect(Math.round(xOf(step)), 0, 1, height - BOTTOM);
  }
  if (band !== undefined && band.steps.length > 0) paintBand(context, band, xOf, yOf, theme);
  context.lineJoin = 'round';
  const middle = run.figures.length >> 1;
  run.figures.forEach((row, figure) => {
    context.strokeStyle = figure === middle ? theme.foreground : fade(theme.foreground, 0.5);
    context.lineWidth = figure === middle ? 1.5 : 1;
    context.fillStyle = context.strokeStyle;
    paintCurve(context, decimate(run.steps, row, room, [step]), xOf, yOf);
  });
}

function paintCurve(
  context: Context,
  points: readonly { readonly x: number; readonly y: number }[],
  xOf: (step: number) => number,
  yOf: (value: number) => number,
): void {
  if (points.length === 1) {
    context.fillRect(xOf(points[0].x) - 1.5, yOf(points[0].y) - 1.5, 3, 3);
    return;
  }
  context.beginPath();
  points.forEach(({ x, y }, i) => {
    if (i === 0) context.moveTo(xOf(x), yOf(y));
    else context.lineTo(xOf(x), yOf(y));
  });
  context.stroke();
}

function paintBand(
  context: Context,
  { steps, low, high }: KindBand,
  xOf: (step: number) => number,
  yOf: (value: number) => number,
  theme: Theme,
): void {
  context.fillStyle = fade(theme.methods.batch, 0.25);
  if (steps.length === 1) {
    context.fillRect(xOf(steps[0]) - 3, yOf(high[0]), 6, Math.max(1, yOf(low[0]) - yOf(high[0])));
    return;
  }
  context.beginPath();
  steps.forEach((step, i) => {
    if (i === 0) context.moveTo(xOf(step), yOf(high[i]));
    else context.lineTo(xOf(step), yOf(high[i]));
  });
  for (let i = steps.length - 1; i >= 0; i--) context.lineTo(xOf(steps[i]), yOf(low[i]));
  context.closePath();
  context.fill();
}

function paintAxes(
  context: Context,
  { scale, kind, steps }: GroupAxes,
  theme: Theme,
  { width, height, yOf }: { width: number; height: number; yOf: (value: number) => number },
): void {
  context.font = `${FONT_SIZE}px ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  let free = Number.POSITIVE_INFINITY;
  for (const tick of scale.ticks) {
    const y = yOf(tick);
    context.fillStyle = fade(theme.foreground, 0.1);
    context.fillRect(LEFT, Math.round(y), width - LEFT, 1);
    const middle = Math.min(Math.max(FONT_SIZE / 2, y), height - BOTTOM - FONT_SIZE / 2);
    if (middle > free) continue;
    context.fillStyle = theme.muted;
    context.fillText(tickLabel(kind, tick), LEFT - 4, middle);
    free = middle - FONT_SIZE - 2;
  }
  context.textBaseline = 'top';
  context.fillStyle = theme.muted;
  context.textAlign = 'left';
  context.fillText(String(steps.min), LEFT, height - BOTTOM + 3);
  if (steps.max === steps.min) return;
  context.textAlign = 'right';
  context.fillText(String(steps.max), width - 1, height - BOTTOM + 3);
}
