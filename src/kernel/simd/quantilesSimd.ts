import { type Quantiles, quantilesOf, rankOf } from '../statistics/grid';
import type { WasmArena } from './wasmArena';

/** {@link quantilesOf} with the arena's loop. */
export function quantilesSimd(arena: WasmArena, sample: Float64Array): Quantiles {
  const { length } = sample;
  const at = arena.room(8 * length);
  if (at === undefined || length === 0) return quantilesOf(sample);
  arena.float64(at, length).set(sample);
  return (q) => arena.code.orderStatistic(at, length, rankOf(q, length));
}
