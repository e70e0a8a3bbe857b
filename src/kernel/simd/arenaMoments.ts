import { acquireBuffer } from '../statistics/bufferPool';
import { MOMENT_COLUMNS, type Moments } from '../statistics/moments';
import type { WasmArena } from './wasmArena';

/**
 * Moments in an arena's memory, one column after the other, valid until that memory is freed. Each column is a view that
 * the arena's next allocation may invalidate: take it once, not for every unit.
 */
export class ArenaMoments implements Moments {
  constructor(
    readonly arena: WasmArena,
    readonly address: number,
    readonly units: number,
  ) {}

  get count(): Float64Array {
    return this.column(0);
  }

  get mean(): Float64Array {
    return this.column(1);
  }

  get m2(): Float64Array {
    return this.column(2);
  }

  get min(): Float64Array {
    return this.column(3);
  }

  get max(): Float64Array {
    return this.column(4);
  }

  private column(number: number): Float64Array {
    return this.arena.float64(this.address + 8 * number * this.units, this.units);
  }
}

/** Bytes of the moments of this number of units. */
export function momentsBytes(units: number): number {
  return 8 * MOMENT_COLUMNS.length * units;
}

/** The same moments, copied if they are in an arena's memory. */
export function ownedMoments(moments: Moments): Moments {
  if (!(moments instanceof ArenaMoments)) return moments;
  const { arena, address, units } = moments;
  const length = MOMENT_COLUMNS.length * units;
  const all = new Float64Array(acquireBuffer(momentsBytes(units)), 0, length);
  all.set(arena.float64(address, length));
  const [count, mean, m2, min, max] = MOMENT_COLUMNS.map((_, i) => all.subarray(i * units, (i + 1) * units));
  return { units, count, mean, m2, min, max };
}

/** Returns the address of moments in the arena's memory, after copying them there if needed; undefined if there is no room. */
export function addressOfMoments(arena: WasmArena, moments: Moments): number | undefined {
  if (moments instanceof ArenaMoments && moments.arena === arena) return moments.address;
  const { units } = moments;
  const at = arena.room(momentsBytes(units));
  if (at === undefined) return undefined;
  const target = arena.float64(at, MOMENT_COLUMNS.length * units);
  for (const [i, column] of MOMENT_COLUMNS.entries()) target.set(moments[column], i * units);
  return at;
}
