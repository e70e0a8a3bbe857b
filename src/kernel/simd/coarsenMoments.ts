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
    if (!sources.has(moments))
      sources.set(moments, put(arena, ...MOMENT_COLUMNS.map((column) => moments[column])));
    return sources.get(moments);
  }

  return (source, target, maps) => {
    if (source.units < MIN_UNITS) return coarsen(source, target, maps);
    const { division, shift, scale } = maps ?? NO_MAPS;
    const { units, nStride, channelUnit } = target;
    const sourceAt = sourceOf(source);
    const targetAt = arena.allocate(8 * (MOMENT_COLUMNS.length + 1) * units);
    const unitsAt = put(arena, channelUnit, division.channelUnit);
    const mapsAt = put(arena, shift, scale);
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
    for (const [i, column] of MOMENT_COLUMNS.entries())
      merged[column].set(arena.float64(targetAt + 8 * i * units, units));
    for (let unit = 0; unit < units; unit++) {
      if (merged.count[unit] > 0) continue;
      merged.min[unit] = Number.POSITIVE_INFINITY;
      merged.max[unit] = Number.NEGATIVE_INFINITY;
    }
    return merged;
  };
}

/** Copies arrays one after the other into the arena's memory; undefined if there is no room. */
function put(arena: WasmArena, ...arrays: (Float64Array | Int32Array)[]): number | undefined {
  const at = arena.room(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let to = at ?? 0;
  for (const { buffer, byteOffset, byteLength } of at === undefined ? [] : arrays) {
    arena.uint8(to, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
    to += byteLength;
  }
  return at;
}
