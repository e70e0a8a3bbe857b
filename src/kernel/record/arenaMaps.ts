import type { Normalization } from '../methods/methodPlan';
import type { Partition, UnitMaps } from '../methods/partition';
import type { WasmArena } from '../simd/wasmArena';
import type { Moments } from '../statistics/moments';

/**
 * A method's maps in an arena's memory, valid until that memory is freed. Each column is a view that the arena's next
 * allocation may invalidate: take it when it is used.
 */
export class ArenaMaps implements Normalization, UnitMaps {
  constructor(
    readonly arena: WasmArena,
    readonly partition: Partition,
    readonly moments: Moments,
    /** Address of the shift of every unit; their scales follow. */
    readonly address: number,
    /** Address of the partition's `channelUnit`. */
    readonly channelUnitAt: number,
  ) {}

  get shift(): Float64Array {
    return this.arena.float64(this.address, this.partition.units);
  }

  get scale(): Float64Array {
    const { units } = this.partition;
    return this.arena.float64(this.address + 8 * units, units);
  }
}

/** The same maps in memory that no allocation invalidates. */
export function ownedMaps(maps: UnitMaps): UnitMaps {
  if (!(maps instanceof ArenaMaps)) return maps;
  const { partition, shift, scale } = maps;
  return { partition, shift: shift.slice(), scale: scale.slice() };
}

/** Where maps are in an arena's memory; no offsets are at 0. */
export interface MapAddresses {
  readonly channelUnitAt: number;
  readonly shiftAt: number;
  readonly scaleAt: number;
  readonly offsetAt: number;
}

/** Returns the addresses of maps in the arena's memory, after copying them there if needed; undefined if there is no room. */
export function addressesOfMaps(arena: WasmArena, maps: UnitMaps): MapAddresses | undefined {
  const { units, channelUnit } = maps.partition;
  if (maps instanceof ArenaMaps && maps.arena === arena) {
    const { channelUnitAt, address } = maps;
    return { channelUnitAt, shiftAt: address, scaleAt: address + 8 * units, offsetAt: 0 };
  }
  const { shift, scale, offset } = maps;
  const columns = offset === undefined ? [shift, scale] : [shift, scale, offset];
  const shiftAt = arena.room(8 * columns.length * units);
  const channelUnitAt = arena.room(4 * channelUnit.length);
  if (shiftAt === undefined || channelUnitAt === undefined) return undefined;
  arena.int32(channelUnitAt, channelUnit.length).set(channelUnit);
  const target = arena.float64(shiftAt, columns.length * units);
  for (let i = 0; i < columns.length; i++) target.set(columns[i].subarray(0, units), i * units);
  const scaleAt = shiftAt + 8 * units;
  return { channelUnitAt, shiftAt, scaleAt, offsetAt: offset === undefined ? 0 : scaleAt + 8 * units };
}
