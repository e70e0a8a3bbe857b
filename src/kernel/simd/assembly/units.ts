// Moments of all fine units of a record: what src/kernel/record/momentsPass.ts collects, in one call.

import { columnMoments, finishColumns } from './columnMoments';
import { countZeros } from './elements';
import { stretchMoments } from './moments';

/**
 * A division into units whose moments are measured: stretches of `width` neighbors, or `width` columns of rows.
 * src/kernel/record/recordProgram.ts writes it.
 */
@unmanaged
class Measure {
  isColumns: i32;
  width: i32;
  units: i32;
  moments: usize;
  /** Of columns, the sums; `rows` rows at a time, `times` times, each with units that are `step` after the last. */
  sums: usize;
  rows: i32;
  times: i32;
  step: i32;
}

/**
 * Measures `many` divisions of `size` float32 values into fine units. Returns the number of zeros; -1 if a value is not
 * finite.
 */
export function measureUnits(measures: usize, many: i32, values: usize, size: i32): i32 {
  let zeros = -1;
  let mayHaveZeros = false;
  for (let i = 0; i < many; i++) {
    const own = changetype<Measure>(measures + <usize>i * offsetof<Measure>());
    if (own.isColumns) {
      const met = measureColumns(values, own);
      if (met & 1) return -1;
      mayHaveZeros = mayHaveZeros || met !== 0;
    } else {
      zeros = stretchMoments(values, own.width, own.units, own.moments);
      if (zeros < 0) return -1;
    }
  }
  if (zeros >= 0) return zeros;
  return mayHaveZeros ? countZeros(values, size) : 0;
}

function measureColumns(values: usize, own: Measure): i32 {
  const units = own.units;
  const column = (<usize>units) << 3;
  const shift = own.sums;
  const least = shift + 4 * column;
  const greatest = least + (column >> 1);
  memory.fill(shift, 0, 4 * column);
  for (let at = least; at < greatest; at += 4) {
    store<f32>(at, Infinity);
    store<f32>(at + (column >> 1), -Infinity);
  }
  const stride = (<usize>own.width * <usize>own.rows) << 2;
  let met = 0;
  for (let time = 0; time < own.times; time++) {
    const wide = (<usize>(time * own.step)) << 3;
    const narrow = wide >> 1;
    met |= columnMoments(
      values,
      own.width,
      own.rows,
      shift + wide,
      shift + column + wide,
      shift + 2 * column + wide,
      shift + 3 * column + wide,
      least + narrow,
      greatest + narrow,
    );
    values += stride;
  }
  finishColumns(shift, units, own.moments);
  return met;
}
