import assert from 'node:assert/strict';
import { byteLengthOf } from '../../../src/formats/dtype';
import type { DType } from '../../../src/model/catalog';

describe('formats: bytes of a tensor', () => {
  /** `bytes` is what nbytes of a NumPy array of this shape and type gives. */
  const CASES: readonly [shape: readonly number[], dtype: DType, bytes: number][] = [
    [[2, 3, 4], 'float32', 96],
    [[2, 3, 4], 'float16', 48],
    [[7], 'uint8', 7],
    [[], 'float64', 8],
    [[5, 0, 3], 'int64', 0],
  ];
  for (const [shape, dtype, bytes] of CASES)
    it(`${bytes} bytes in [${shape.join(', ')}] of ${dtype}`, () =>
      assert.equal(byteLengthOf(shape, dtype), bytes));
});
