import type { WasmArena } from '../simd/wasmArena';
import type { Values } from '../statistics/moments';

/** A record's values in memory order, chunk by chunk; can be read more than once. */
export interface ValueStream {
  forEach(visit: (values: Values, from: number) => void): Promise<void>;
  /** The arena whose memory holds the values, if the fast loops can be used. */
  readonly arena?: WasmArena;
}
