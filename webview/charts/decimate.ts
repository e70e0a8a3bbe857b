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
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  columns: number,
  keep: readonly (number | undefined)[] = [],
): readonly CurvePoint[] {
  let finite = 0;
  let start = 0;
  let end = 0;
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(ys[i])) continue;
    if (finite++ === 0) start = xs[i];
    end = xs[i];
  }
  const points: CurvePoint[] = [];
  const push = (i: number) => points.push({ x: xs[i], y: ys[i] });
  if (finite <= 2 * columns) {
    for (let i = 0; i < xs.length; i++) if (Number.isFinite(ys[i])) push(i);
    return points;
  }
  const perColumn = (end - start) / columns;
  /** Of the column so far; -1 before the first. */
  let column = -1;
  let [first, least, greatest, last] = [0, 0, 0, 0];
  let chosen: number[] = [];
  const finish = () => {
    if (column < 0) return;
    chosen.push(first, least, greatest, last);
    chosen.sort((a, b) => a - b);
    chosen.forEach((i, at) => {
      if (i !== chosen[at - 1]) push(i);
    });
    chosen = [];
  };
  for (let i = 0; i < xs.length; i++) {
    const y = ys[i];
    if (!Number.isFinite(y)) continue;
    const its = Math.min(columns - 1, Math.floor((xs[i] - start) / perColumn));
    if (its !== column) {
      finish();
      column = its;
      first = i;
      least = i;
      greatest = i;
    }
    last = i;
    if (y < ys[least]) least = i;
    if (y > ys[greatest]) greatest = i;
    if (keep.includes(xs[i])) chosen.push(i);
  }
  finish();
  return points;
}
