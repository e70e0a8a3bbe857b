/** Maximum height of a row, in CSS pixels; with more space, the map is not higher than its rows. */
export const MAX_ROW = 120;
/** Height at which a row has room for its name, in font sizes. */
const NAMED_ROW = 1.3;
/** Minimum height of a row, in CSS pixels: enough to see where in a large network something is. */
const MIN_ROW = 1;

/** A difference in zoom that people notice. */
const NOTICEABLE = 0.02;

/** The rows of the map, and the room that there is for them. */
export interface RowSpace {
  readonly rows: number;
  /** In CSS pixels, as is `fontSize`. */
  readonly height: number;
  readonly fontSize: number;
}

/** The height at which all rows fit, or, with many rows, at which each has room for its name. */
function usualRowHeight({ rows, height, fontSize }: RowSpace): number {
  return Math.min(MAX_ROW, Math.max(nameHeight({ fontSize }), height / Math.max(1, rows)));
}

/** The height that is possible and closest to `height`: at the least one, all rows fit or have one pixel each. */
function possibleRowHeight(space: RowSpace, height: number): number {
  const fitting = Math.max(MIN_ROW, space.height / Math.max(1, space.rows));
  const least = Math.min(usualRowHeight(space), fitting);
  return Math.min(MAX_ROW, Math.max(least, height));
}

/** The height of a row that is `zoom` times as high as usual, as far as that is possible. */
export function rowHeightAt(space: RowSpace, zoom: number): number {
  return possibleRowHeight(space, usualRowHeight(space) * zoom);
}

/** How many times as high as usual a row of this height is, as far as that is possible; 1 if that is not noticeable. */
export function rowZoomFor(space: RowSpace, height: number): number {
  const zoom = possibleRowHeight(space, height) / usualRowHeight(space);
  return Math.abs(zoom - 1) < NOTICEABLE ? 1 : zoom;
}

/** The height of a name, in CSS pixels. */
export function nameHeight({ fontSize }: Pick<RowSpace, 'fontSize'>): number {
  return NAMED_ROW * fontSize;
}

/** One of how many rows has its name: all, unless they are too low for that. */
export function rowsPerName(space: Pick<RowSpace, 'fontSize'>, rowHeight: number): number {
  // Rounding must not hide names at the usual height.
  return Math.max(1, Math.ceil(nameHeight(space) / rowHeight - 1e-6));
}
