/** A point of a curve. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Of more points than pixels, those that draw the same line: of each column of pixels the first, the least, the
 * greatest and the last [Jugel et al. 2014, M4], and those at the x values in `keep`. The points' x ascend.
 */
export function decimate(
  points: readonly CurvePoint[],
  columns: number,
  keep: readonly (number | undefined)[] = [],
): readonly CurvePoint[] {
  if (points.length <= 2 * columns) return points;
  const start = points[0].x;
  const width = (points[points.length - 1].x - start) / columns;
  const kept: CurvePoint[] = [];
  for (let from = 0; from < points.length; ) {
    const column = Math.min(columns - 1, Math.floor((points[from].x - start) / width));
    let least = from;
    let greatest = from;
    let end = from;
    const special: number[] = [];
    for (; end < points.length; end++) {
      const { x, y } = points[end];
      if (Math.min(columns - 1, Math.floor((x - start) / width)) !== column) break;
      if (y < points[least].y) least = end;
      if (y > points[greatest].y) greatest = end;
      if (keep.includes(x)) special.push(end);
    }
    const chosen = [...new Set([from, least, greatest, end - 1, ...special])].sort((a, b) => a - b);
    for (const at of chosen) kept.push(points[at]);
    from = end;
  }
  return kept;
}
