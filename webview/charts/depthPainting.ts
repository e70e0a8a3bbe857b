import type { Theme } from '../theme';
import { type DepthProfile, worstPoint } from './depthProfile';
import type { MapColors } from './mapColors';
import { type Context, type RowLayout, rowsInView } from './mapPainting';

interface Depth extends RowLayout {
  readonly profile: DepthProfile;
  readonly theme: Theme;
  readonly colors: MapColors;
}

/** Pixels beside the bars, for marks at the ends. */
export const DEPTH_MARGIN = 4;
/** Thickest bar, in pixels, and its share of a row. */
const THICKEST = 12;
const SHARE = 0.55;

/**
 * Paints one bar for each row in view: from 0, or from the lowest percentile to the highest with a line at the middle
 * one. A line across is the reference. An arrow marks the largest jump.
 */
export function paintDepth(context: Context, depth: Depth, width: number, height: number): void {
  const { profile, theme, colors } = depth;
  const x = (value: number) => DEPTH_MARGIN + profile.scale.place(value) * (width - 3 * DEPTH_MARGIN);
  for (const { row, top, bottom } of rowsInView(depth, height)) {
    if (row.module?.isOpen) continue;
    const point = worstPoint(profile, row.layers);
    const { y, thickness } = barOf(top, bottom);
    if (point !== undefined) {
      const [low, middle, high] = ofThree(point.now);
      const origin = x(profile.origin);
      const from = low === undefined ? Math.min(origin, x(middle)) : x(low);
      const to = high === undefined ? Math.max(origin, x(middle)) : x(high);
      context.fillStyle = point.isQuiet ? colors.quiet : theme.muted;
      context.fillRect(from, y, Math.max(1, to - from), thickness);
      context.fillStyle = theme.foreground;
      if (low !== undefined) context.fillRect(x(middle) - 1, y - 1, 2, thickness + 2);
      context.fillStyle = theme.accent;
      for (const value of point.before) context.fillRect(Math.round(x(value)), y - 2, 1, thickness + 4);
    }
    if (profile.jump !== undefined && row.layers.includes(profile.jump.layer)) {
      context.fillStyle = theme.foreground;
      for (let i = 0; i < 5; i++) context.fillRect(width - 6 + i, y + thickness / 2 - i, 1, 2 * i + 1);
    }
  }
}

/** The bar of a row: in its middle, or all of a row that has no room beside it. */
function barOf(top: number, bottom: number): { y: number; thickness: number } {
  const rowHeight = bottom - top;
  const thickness = Math.min(THICKEST, Math.round(rowHeight * SHARE));
  if (thickness > 1) return { y: Math.round(top + (rowHeight - thickness) / 2), thickness };
  const y = Math.round(top);
  return { y, thickness: Math.max(1, Math.round(bottom) - y - (rowHeight < 2 ? 0 : 1)) };
}

function ofThree(values: readonly number[]): [number | undefined, number, number | undefined] {
  return values.length === 3 ? [values[0], values[1], values[2]] : [undefined, values[0], undefined];
}
