import {
  type Coarsen,
  coarsen,
  type DividedMaps,
  emptyMoments,
  MOMENT_COLUMNS,
  type Moments,
} from '../statistics/moments';
import type { WasmArena } from './wasmArena';

/** Of fewer units, to have them in the arena takes as long as to merge them. */
const MIN_UNITS = 256;

const NO_MAPS: DividedMaps = {
  division: { units: 0, nStride: 0, channelUnit: new Int32Array(0) },
  shift: new Float64Array(0),
  scale: new Float64Array(0),
};

/**
 * {@link coarsen} with the arena's loop, with the same results. Merged moments stay in the arena's memory for reuse
 * until the arena is cleared.
 */
export function coarsenMomentsSimd(arena: WasmArena): Coarsen {
  const sources = new Map<Moments, number | undefined>();

  function sourceOf(moments: Moments): number | undefined {
    if (!sources.has(moments)) {
      const { count, mean, m2, min, max } = moments;
      sources.set(moments, putFloats(arena, [count, mean, m2, min, max], moments.units));
    }
    return sources.get(moments);
  }

  return (source, target, maps) => {
    if (source.units < MIN_UNITS) return coarsen(source, target, maps);
    const { division, shift, scale } = maps ?? NO_MAPS;
    const { units, nStride, channelUnit } = target;
    const sourceAt = sourceOf(source);
    const targetAt = arena.allocate(8 * (MOMENT_COLUMNS.length + 1) * units);
    const unitsAt = putIntegers(arena, channelUnit, division.channelUnit);
    const mapsAt = putFloats(arena, [shift, scale], shift.length);
    if (sourceAt === undefined || targetAt === undefined || unitsAt === undefined || mapsAt === undefined)
      return coarsen(source, target, maps);
    arena.code.coarsen(
      sourceAt,
      source.units,
      channelUnit.length,
      targetAt,
      units,
      nStride,
      unitsAt,
      mapsAt,
      shift.length,
      division.nStride,
      unitsAt + 4 * channelUnit.length,
    );
    const merged = emptyMoments(units);
    const { count, mean, m2, min, max } = merged;
    // In one view, without one for each column: small records have many, which take more time than their numbers.
    const columns = arena.float64(targetAt, MOMENT_COLUMNS.length * units);
    for (let unit = 0; unit < units; unit++) {
      count[unit] = columns[unit];
      mean[unit] = columns[unit + units];
      m2[unit] = columns[unit + 2 * units];
      min[unit] = columns[unit + 3 * units];
      max[unit] = columns[unit + 4 * units];
    }
    return merged;
  };
}

/** Copies columns of one length one after the other into the arena's memory; undefined if there is no room. */
function putFloats(arena: WasmArena, columns: readonly Float64Array[], length: number): number | undefined {
  const at = arena.room(8 * columns.length * length);
  if (at === undefined) return undefined;
  const target = arena.float64(at, columns.length * length);
  for (let i = 0; i < columns.length; i++) target.set(columns[i], i * length);
  return at;
}

/** The same for two arrays of integers. */
function putIntegers(arena: WasmArena, first: Int32Array, second: Int32Array): number | undefined {
  const at = arena.room(4 * (first.length + second.length));
  if (at === undefined) return undefined;
  const target = arena.int32(at, first.length + second.length);
  target.set(first);
  target.set(second, first.length);
  return at;
}
