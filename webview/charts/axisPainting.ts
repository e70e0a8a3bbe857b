import type { Theme } from '../theme';
import type { ShownScale } from './comparedFigures';
import { DEPTH_MARGIN } from './depthPainting';
import type { DepthProfile } from './depthProfile';
import type { MapGrid } from './mapGrid';
import { tickLabel } from './mapScale';

type TextContext = Pick<
  CanvasRenderingContext2D,
  'fillStyle' | 'font' | 'textAlign' | 'textBaseline' | 'fillText' | 'measureText' | 'fillRect'
>;

/** Size of labels, in pixels. */
const FONT_SIZE = 10;
/** Pixels between labels, at least. */
const APART = 8;

/** Writes the first steps of columns below the map, as many as there is room for. */
export function paintStepAxis(context: TextContext, { columns }: MapGrid, theme: Theme, width: number): void {
  const middles = columns.map(({ first }, i) => ({
    label: String(first),
    x: ((i + 0.5) * width) / columns.length,
  }));
  write(context, middles, theme, width);
}

/** Writes the values of a scale below the depth chart. */
export function paintDepthAxis(
  context: TextContext,
  { scale }: DepthProfile,
  kind: ShownScale,
  theme: Theme,
  width: number,
): void {
  const ticks = scale.ticks.map((value) => ({
    label: tickLabel(kind, value),
    x: DEPTH_MARGIN + scale.place(value) * (width - 3 * DEPTH_MARGIN),
  }));
  write(context, ticks, theme, width);
}

function write(
  context: TextContext,
  ticks: readonly { label: string; x: number }[],
  theme: Theme,
  width: number,
): void {
  context.fillStyle = theme.muted;
  context.font = `${FONT_SIZE}px ${theme.fontFamily}`;
  context.textAlign = 'left';
  context.textBaseline = 'top';
  let free = Number.NEGATIVE_INFINITY;
  for (const { label, x } of ticks) {
    const size = context.measureText(label).width;
    const left = Math.min(Math.max(0, x - size / 2), width - size);
    if (left < free) continue;
    context.fillRect(Math.round(x), 0, 1, 3);
    context.fillText(label, left, 4);
    free = left + size + APART;
  }
}
