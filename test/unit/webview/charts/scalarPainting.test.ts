import assert from 'node:assert/strict';
import { finiteRange, paintScalar } from '../../../../webview/charts/scalarPainting';
import { stepAxis } from '../../../../webview/charts/stepPlaces';
import { THEME } from '../samples';

const AXIS = stepAxis(
  { columns: [0, 1, 2, 3].map((step) => ({ first: step, last: step })), perColumn: 1 },
  0,
  3,
);

/** What is painted on a canvas of 80 × 26 pixels with four columns. */
function painted(values: readonly number[], column = -1) {
  const lines: string[] = [];
  const boxes: string[] = [];
  const context = {
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 0,
    lineJoin: 'round' as const,
    fillRect: (...box: number[]) => void boxes.push(box.map((each) => Math.round(each)).join(' ')),
    strokeRect: () => {},
    beginPath: () => {},
    moveTo: (x: number, y: number) => void lines.push(`M ${x} ${Math.round(y)}`),
    lineTo: (x: number, y: number) => void lines.push(`L ${x} ${Math.round(y)}`),
    stroke: () => {},
  };
  const curve = {
    name: 'loss',
    steps: Float64Array.from(values, (_, i) => i),
    values: Float64Array.from(values),
  };
  paintScalar(context, { curve, axis: AXIS, column, columns: 4, theme: THEME }, 80, 26);
  return { lines, boxes };
}

describe('webview: the painting of scalars', () => {
  it('is a line from the largest value at the top to the smallest, over the middles of the columns', () => {
    assert.deepEqual(painted([3, 1, 2, 1.5]), {
      lines: ['M 10 3', 'L 30 23', 'L 50 13', 'L 70 18'],
      boxes: [],
    });
  });

  it('is by the logarithm if the values span a decade', () => {
    assert.deepEqual(painted([1, 10, 100, 10]).lines, ['M 10 23', 'L 30 13', 'L 50 3', 'L 70 13']);
  });

  it('has a bar in place of the line where values are not finite, and dots between them', () => {
    assert.deepEqual(painted([1, 2, Number.NaN, 2]), {
      lines: ['M 10 23', 'L 30 3'],
      boxes: ['49 23 3 3', '69 2 2 2'],
    });
    assert.equal(painted([Number.NaN, Number.POSITIVE_INFINITY, 1, 1]).boxes.length, 2);
    assert.deepEqual(painted([Number.NaN]).lines, []);
  });

  it('of equal values is a line in the middle', () => {
    assert.deepEqual(painted([0.1, 0.1]).lines, ['M 10 13', 'L 30 13']);
  });

  it('has the edges of the column in view, where the map has them', () => {
    assert.deepEqual(painted([1, 1], 2).boxes, ['39 0 1 26', '60 0 1 26']);
  });

  it('has a range of finite values, if any', () => {
    const values = Float64Array.of(Number.NaN, 2, Number.NEGATIVE_INFINITY, -1);
    assert.deepEqual(finiteRange({ values }), { min: -1, max: 2 });
    assert.equal(finiteRange({ values: Float64Array.of(Number.NaN) }), undefined);
  });
});
