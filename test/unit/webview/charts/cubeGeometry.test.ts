import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CUBE_SIZE, type CubeCell, cubeGeometry } from '../../../../webview/charts/cubeGeometry';

const all = (length: number) => Array.from({ length }, (_, i) => i);
const corners = ({ points }: CubeCell) => points.split(' ').map((pair) => pair.split(',').map(Number));
const lengths = fc.record({
  n: fc.integer({ min: 1, max: 6 }),
  c: fc.integer({ min: 1, max: 17 }),
  p: fc.integer({ min: 1, max: 10 }),
});

describe('webview: the drawing of the cube', () => {
  it('has every element of the front sample, and fits its size', () => {
    fc.assert(
      fc.property(lengths, fc.nat(), ({ n, c, p }, any) => {
        const front = any % n;
        const { cells } = cubeGeometry({ n: all(n), c: all(c), p: all(p), positions: p }, front);
        const onFront = cells.filter(({ side }) => side === 'front');
        assert.equal(onFront.length, p === 1 ? n * c : c * p);
        if (p > 1) for (const { place } of onFront) assert.equal(place.n, front);
        for (const cell of cells)
          for (const [x, y] of corners(cell)) {
            assert.ok(x >= 0 && x <= CUBE_SIZE.width, cell.points);
            assert.ok(y >= 0 && y <= CUBE_SIZE.height, cell.points);
          }
      }),
    );
  });

  it('cuts away the samples before the one in front', () => {
    const cube = { n: [0, 3, 9], c: [0, 1], p: [0, 1], positions: 2 };
    const samplesAt = (front: number, side: string) =>
      new Set(
        cubeGeometry(cube, front)
          .cells.filter((cell) => cell.side === side)
          .map(({ place }) => place.n),
      );
    assert.deepEqual(samplesAt(0, 'top'), new Set([9, 3, 0]));
    assert.equal(cubeGeometry(cube, 0).cut, undefined);
    assert.deepEqual(samplesAt(3, 'right'), new Set([9, 3]));
    assert.ok(cubeGeometry(cube, 3).cut !== undefined);
  });
});
