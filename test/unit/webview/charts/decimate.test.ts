import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CurvePoint, decimate } from '../../../../webview/charts/decimate';

const COLUMNS = 50;
const pointsOf = (values: readonly number[]): CurvePoint[] => values.map((y, x) => ({ x, y }));
const decimated = (ys: readonly number[], keep: readonly (number | undefined)[] = []) =>
  decimate(
    ys.map((_, x) => x),
    ys,
    COLUMNS,
    keep,
  );

describe('webview: points that pixels can show', () => {
  it('are unchanged if they are few', () => {
    const ys = Array.from({ length: 2 * COLUMNS }, (_, i) => Math.sin(i));
    assert.deepEqual(decimated(ys), pointsOf(ys));
    assert.deepEqual(decimated([1, Number.NaN, 3]), [
      { x: 0, y: 1 },
      { x: 2, y: 3 },
    ]);
  });

  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 200, maxLength: 2000 });

  it('include the ends, the extremes of every column and the requested points, in order', () => {
    fc.assert(
      fc.property(values, fc.nat(), (ys, seed) => {
        const points = pointsOf(ys);
        const keep = seed % ys.length;
        const kept = decimated(ys, [keep, undefined]);
        assert.ok(kept.length <= 4 * COLUMNS + 1);
        assert.deepEqual([kept[0], kept.at(-1)], [points[0], points.at(-1)]);
        assert.ok(kept.some(({ x }) => x === keep));
        assert.ok(kept.every((point, i) => point.y === ys[point.x] && (i === 0 || point.x > kept[i - 1].x)));
        const width = (ys.length - 1) / COLUMNS;
        const column = ({ x }: CurvePoint) => Math.min(COLUMNS - 1, Math.floor(x / width));
        for (let at = 0; at < COLUMNS; at++) {
          const range = (of: readonly CurvePoint[]) => {
            const inColumn = of.filter((point) => column(point) === at).map(({ y }) => y);
            return [Math.min(...inColumn), Math.max(...inColumn)];
          };
          assert.deepEqual(range(kept), range(points));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are the same in reused points', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 2, maxLength: 4 }), (curves) => {
        const into: CurvePoint[] = [];
        for (const ys of curves) {
          const before = [...into];
          const xs = ys.map((_, x) => x);
          assert.equal(decimate(xs, ys, COLUMNS, [], into), into);
          assert.deepEqual(into, decimated(ys));
          assert.ok(into.every((point, at) => at >= before.length || point === before[at]));
        }
      }),
      { numRuns: 30 },
    );
  });
});
