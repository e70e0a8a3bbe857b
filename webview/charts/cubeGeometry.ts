import type { Cube, Place } from '../../src/model/cube';

/** Width and height of the drawing, in its own units: CSS pixels unless there is less room. */
export const CUBE_SIZE = { width: 400, height: 236 };
/** Room for the names of the axes. */
const MARGIN = { left: 22, top: 18, right: 4, bottom: 20 };
/** Largest cells, and how far a sample is behind the one before it. */
const [MAX_CELL, MAX_DEPTH] = [26, 13];

/** A cell that is visible: one element of the tensor, on one side of the cube. */
export interface CubeCell {
  readonly place: Place;
  readonly side: 'front' | 'top' | 'right';
  /** Corners, as an SVG polygon has them. */
  readonly points: string;
}

export interface CubeGeometry {
  readonly cells: readonly CubeCell[];
  /** Outline of the samples in front of the first one that is drawn; absent if there are none. */
  readonly cut?: string;
  /** Where the names of the axes begin; the vertical axis reads upward. */
  readonly across: Point;
  readonly down: Point;
  /** Absent: the sheet has no depth. */
  readonly depth?: Point;
}

type Point = readonly [x: number, y: number];

/**
 * The sides of a cube of samples (into the depth), channels (to the right), and positions (down) that can be seen
 * [Wu & He 2018, fig. 2]. The samples before `front` are cut away, so that every element can come into view. Without
 * positions, it is a sheet of samples (down) and channels.
 */
export function cubeGeometry(
  { n, c, p, positions }: Pick<Cube, 'n' | 'c' | 'p' | 'positions'>,
  front: number,
): CubeGeometry {
  const across = CUBE_SIZE.width - MARGIN.left - MARGIN.right;
  const down = CUBE_SIZE.height - MARGIN.top - MARGIN.bottom;
  if (positions === 1) {
    const cell = Math.min(MAX_CELL, across / c.length, down / n.length);
    const [left, top] = [MARGIN.left, MARGIN.top];
    const cells = n.flatMap((sample, i) =>
      c.map((channel, j): CubeCell => {
        const at = (x: number, y: number): Point => [left + (j + x) * cell, top + (i + y) * cell];
        return { place: { n: sample, c: channel, p: 0 }, side: 'front', points: square(at) };
      }),
    );
    return {
      cells,
      across: [left, top - 6],
      down: [left - 6, top + n.length * cell],
    };
  }
  // The depth goes up and to the right by the same amount.
  const depth = Math.min(MAX_DEPTH, (0.35 * down) / n.length);
  const behind = n.length * depth;
  const width = Math.min(MAX_CELL, (across - behind) / c.length);
  const height = Math.min(MAX_CELL, (down - behind) / p.length);
  const [left, top] = [MARGIN.left, MARGIN.top + behind];
  const point = (i: number, x: number, y: number): Point => [
    left + x * width + i * depth,
    top + y * height - i * depth,
  ];
  const first = Math.max(0, n.indexOf(front));
  const cells: CubeCell[] = [];
  const last = c.length - 1;
  p.forEach((position, k) => {
    c.forEach((channel, j) => {
      const at = (x: number, y: number) => point(first, j + x, k + y);
      cells.push({ place: { n: n[first], c: channel, p: position }, side: 'front', points: square(at) });
    });
  });
  for (let i = n.length - 1; i >= first; i--) {
    c.forEach((channel, j) => {
      const at = (x: number, z: number) => point(i + z, j + x, 0);
      cells.push({ place: { n: n[i], c: channel, p: p[0] }, side: 'top', points: square(at) });
    });
    p.forEach((position, k) => {
      const at = (z: number, y: number) => point(i + z, c.length, k + y);
      cells.push({ place: { n: n[i], c: c[last], p: position }, side: 'right', points: square(at) });
    });
  }
  const corners = (i: number): Point[] => [
    point(i, 0, 0),
    point(i, c.length, 0),
    point(i, c.length, p.length),
    point(i, 0, p.length),
  ];
  const [near, far] = [corners(0), corners(first)];
  return {
    cells,
    ...(first > 0 && { cut: text([near[0], far[0], far[1], far[2], near[2], near[3], near[0]]) }),
    across: [left, top + p.length * height + 14],
    down: [left - 6, top + p.length * height],
    depth: [left + behind, top - behind - 6],
  };
}

function square(at: (x: number, y: number) => Point): string {
  return text([at(0, 0), at(1, 0), at(1, 1), at(0, 1)]);
}

function text(points: readonly Point[]): string {
  return points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
}
