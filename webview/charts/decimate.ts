/** A point of a curve. */
export interface CurvePoint {
  x: number;
  y: number;
}

/**
 * The points of a curve with a finite y. If there are more points than pixels, those that draw the same line: in each
 * column of pixels the first, the smallest, the largest and the last [Jugel et al. 2014, M4], and those at the x values
 * in `keep`. `xs` ascend. `into`: points to reuse, so that a curve of thousands of points that is drawn again and again
 * makes no garbage.
 */
export function decimate(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  columns: number,
  keep: readonly (number | undefined)[] = [],
  into: CurvePoint[] = [],
): CurvePoint[] {
  let finite = 0;
  let start = 0;
  let end = 0;
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(ys[i])) continue;
    if (finite++ === 0) start = xs[i];
    end = xs[i];
  }
  let length = 0;
  const push = (i: number) => {
    if (length === into.length) into[length] = { x: xs[i], y: ys[i] };
    else {
      into[length].x = xs[i];
      into[length].y = ys[i];
    }
    length++;
  };
  if (finite <= 2 * columns) {
    for (let i = 0; i < xs.length; i++) if (Number.isFinite(ys[i])) push(i);
    into.length = length;
    return into;
  }
  const perColumn = (end - start) / columns;
  /** The current column; -1 before the first. */
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
  into.length = length;
  return into;
}
