/** A point of a curve. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * The points of a curve, those without a finite y left out. Of more points than pixels, those that draw the same line:
 * of each column of pixels the first, the least, the greatest and the last [Jugel et al. 2014, M4], and those at the
 * x values in `keep`. `xs` ascend.
 */
export function decimate(
  xs: readonly number[],
  ys: readonly number[],
  columns: number,
  keep: readonly (number | undefined)[] = [],
): readonly CurvePoint[] {
  const there: number[] = [];
  for (let i = 0; i < xs.length; i++) if (Number.isFinite(ys[i])) there.push(i);
  const pointAt = (i: number): CurvePoint => ({ x: xs[i], y: ys[i] });
  if (there.length <= 2 * columns) return there.map(pointAt);
  const start = xs[there[0]];
  const width = (xs[there[there.length - 1]] - start) / columns;
  const columnOf = (i: number) => Math.min(columns - 1, Math.floor((xs[i] - start) / width));
  const kept: CurvePoint[] = [];
  for (let at = 0; at < there.length; ) {
    const first = there[at];
    const column = columnOf(first);
    let least = first;
    let greatest = first;
    let last = first;
    const chosen = [];
    for (; at < there.length && columnOf(there[at]) === column; at++) {
      last = there[at];
      if (ys[last] < ys[least]) least = last;
      if (ys[last] > ys[greatest]) greatest = last;
      if (keep.includes(xs[last])) chosen.push(last);
    }
    chosen.push(first, least, greatest, last);
    for (const i of [...new Set(chosen)].sort((a, b) => a - b)) kept.push(pointAt(i));
  }
  return kept;
}
