import type { ChannelPositions, PositionCell } from '../../src/model/channelPositions';
import type { Theme } from '../theme';
import { frameCell } from './channelPainting';
import { parseColor } from './colors';
import { mapColors, rampColor } from './mapColors';
import { type MapScale, signedScale } from './mapScale';
import { drawPixels, type Frame, type Pixels } from './pixels';

/** The scale from the smallest to the largest mean, as for every signed quantity of the overview. */
export function positionScale({ mean }: Pick<ChannelPositions, 'mean'>): MapScale {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of mean) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min > max ? { place: () => 0, ticks: [] } : signedScale({ min, max });
}

/** The place of the map in a box: all of it, or, of a picture, the largest part in which its cells are square. */
export function positionFrame(
  { kind, rows, columns }: Pick<ChannelPositions, 'kind' | 'rows' | 'columns'>,
  width: number,
  height: number,
): Frame {
  if (kind === 'steps') return { left: 0, top: 0, width, height };
  const cell = Math.min(width / columns, height / rows);
  return {
    left: (width - cell * columns) / 2,
    top: (height - cell * rows) / 2,
    width: cell * columns,
    height: cell * rows,
  };
}

/** The cell at a place of a box, in CSS pixels; the nearest one outside of the map. */
export function positionCellAt(
  positions: Pick<ChannelPositions, 'kind' | 'rows' | 'columns'>,
  box: { readonly width: number; readonly height: number },
  x: number,
  y: number,
): PositionCell {
  const { left, top, width, height } = positionFrame(positions, box.width, box.height);
  const within = (part: number, cells: number) => Math.min(cells - 1, Math.max(0, Math.floor(part * cells)));
  return {
    row: within((y - top) / height, positions.rows),
    column: within((x - left) / width, positions.columns),
  };
}

/** One pixel for each cell. A mean that is not known stays transparent. */
export function positionPixels(positions: ChannelPositions, theme: Theme): Pixels {
  const { rows, columns, mean } = positions;
  const scale = positionScale(positions);
  const colors = mapColors(theme);
  const data = new Uint8ClampedArray(4 * rows * columns);
  mean.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const [r, g, b] = parseColor(rampColor(colors, scale.place(value)));
    data.set([r, g, b, 255], 4 * i);
  });
  return { width: columns, height: rows, data };
}

/** Paints the map, and a frame around the cell in view. */
export function paintPositions(
  context: CanvasRenderingContext2D,
  positions: ChannelPositions,
  inView: PositionCell,
  width: number,
  height: number,
  theme: Theme,
): void {
  const frame = positionFrame(positions, width, height);
  drawPixels(context, positionPixels(positions, theme), frame);
  context.save();
  context.translate(frame.left, frame.top);
  const { rows, columns } = positions;
  frameCell(context, inView, { columns, rows, width: frame.width, height: frame.height }, theme);
  context.restore();
}
