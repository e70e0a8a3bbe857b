import type { TensorInfo } from '../../formats/tensorFile';
import type { ByteSource } from '../../io/byteSource';
import type { Method } from '../../model/analysis';
import { hasParameterKeys, type RecordOptions } from '../methods/recordOptions';
import { ArenaMoments, ownedMoments } from '../simd/arenaMoments';
import { acquireArena, type WasmArena } from '../simd/wasmArena';
import { acquireBuffer } from '../statistics/bufferPool';
import type { LayoutAxes } from '../tensor/layoutAxes';
import { type PackedSketch, zerosOf } from './packedSketch';
import { type RecordProgram, recordProgram } from './recordProgram';
import type { SufficientStatistics } from './sufficientStatistics';

/** A sketch, and what it was made from if that is kept. */
export interface OneCallResult {
  readonly sketch: PackedSketch;
  readonly statistics?: SufficientStatistics;
}

/**
 * Reads a record and computes its sketch in one call of an arena's code: the same as step by step, which takes several
 * times as long for small records. With `only`, the sketch has this method alone. Returns undefined if there is no
 * {@link recordProgram} for the record, or if it has values that are not finite.
 */
export async function sketchInOneCall(
  axes: LayoutAxes,
  { dtype, littleEndian }: TensorInfo,
  source: ByteSource,
  recordOptions: RecordOptions,
  { keeps, only }: { readonly keeps: boolean; readonly only?: Method | undefined },
): Promise<OneCallResult | undefined> {
  if (!littleEndian || hasParameterKeys(recordOptions)) return undefined;
  const arena = acquireArena();
  if (arena === undefined) return undefined;
  try {
    const program = recordProgram(arena.mark(), axes, dtype, recordOptions, only);
    if (program === undefined || arena.room(program.bytes) === undefined) return undefined;
    await source.read(0, arena.uint8(program.source, program.sourceBytes));
    arena.uint8(program.base, program.image.length).set(program.image);
    const address = arena.code.sketchRecord(program.base);
    if (address === 0) return undefined;
    const buffer = arena.uint8(address, arena.code.sketchLength()).slice().buffer;
    const { others } = program;
    const sketch: PackedSketch = others === undefined ? { buffer } : { buffer, others };
    return keeps
      ? { sketch, statistics: statisticsOf(arena, program, axes, recordOptions, sketch) }
      : { sketch };
  } finally {
    arena.release();
  }
}

/** What {@link measureRecord} would have measured, copied from the arena's memory. */
function statisticsOf(
  arena: WasmArena,
  { values, sample, sampled, moments }: RecordProgram,
  { samples, channels, positions, size, memory, sampleAxis }: LayoutAxes,
  { layerScope }: RecordOptions,
  sketch: PackedSketch,
): SufficientStatistics {
  const kept = new Float32Array(acquireBuffer(4 * size), 0, size);
  kept.set(arena.float32(values, size));
  const fine = moments
    .filter(({ name }) => name !== 'sampleGroup')
    .map(({ name, address, units }) => [name, ownedMoments(new ArenaMoments(arena, address, units))]);
  const part = {
    axes: { samples, channels, positions, size, memory },
    counts: { count: size, finite: size, nan: 0, posInf: 0, negInf: 0, zeros: zerosOf(sketch) },
    moments: Object.fromEntries(fine),
    sample: arena.float64(sample, sampled).slice(),
    contents: { kind: 'values' as const, values: kept },
  };
  return { channels, positions, layerScope, sampleAxis, parts: [part] };
}
