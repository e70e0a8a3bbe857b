import assert from 'node:assert/strict';
import { checkedByteLength, cOrderStrides, fortranOrderStrides } from '../../../src/formats/shape';
import { ProblemError } from '../../../src/model/problem';

describe('formats: shapes', () => {
  /** NumPy's strides in elements: numpy.zeros(shape, order=…).strides / itemsize. */
  const STRIDES: readonly [shape: number[], c: number[], fortran: number[]][] = [
    [[], [], []],
    [[5], [1], [1]],
    [
      [2, 3],
      [3, 1],
      [1, 2],
    ],
    [
      [2, 3, 4, 5],
      [60, 20, 5, 1],
      [1, 2, 6, 24],
    ],
    [
      [4, 1, 2],
      [2, 2, 1],
      [1, 4, 4],
    ],
  ];
  for (const [shape, c, fortran] of STRIDES) {
    it(`strides of [${shape}]`, () => {
      assert.deepEqual(cOrderStrides(shape), c);
      assert.deepEqual(fortranOrderStrides(shape), fortran);
    });
  }

  it('bytes', () => {
    assert.equal(checkedByteLength([], 'float64', '', ''), 8);
    assert.equal(checkedByteLength([2, 3], 'bfloat16', '', ''), 12);
    assert.equal(checkedByteLength([5, 0, 7], 'float32', '', ''), 0);
    assert.equal(checkedByteLength([2 ** 53 - 1], 'bool', '', ''), 2 ** 53 - 1);
    assert.equal(checkedByteLength(new Array(64).fill(1), 'int8', '', ''), 1);
  });

  const WRONG: readonly number[][] = [
    [-1],
    [-1, -1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [2 ** 53],
    [2 ** 51],
    [2 ** 27, 2 ** 27],
    [1e300, 1e300, 0],
    new Array(65).fill(1),
  ];
  for (const shape of WRONG) {
    it(`not a shape: [${shape.slice(0, 4)}]${shape.length > 4 ? ` of rank ${shape.length}` : ''}`, () => {
      assert.throws(
        () => checkedByteLength(shape, 'float32', 'memory:///a', 'x'),
        (error) => {
          assert.ok(error instanceof ProblemError);
          const { code, path, tensor } = error.problem;
          assert.deepEqual([code, path, tensor], ['malformed', 'memory:///a', 'x']);
          return true;
        },
      );
    });
  }
});
