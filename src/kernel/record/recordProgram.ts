import { ITEM_SIZE } from '../../formats/dtype';
import type { Method, NotApplicable } from '../../model/analysis';
import type { DType } from '../../model/catalog';
import {
  definedPlans,
  type FineName,
  finePartitions,
  planMethods,
  type UnitOptions,
} from '../methods/methodPlan';
import { momentsBytes } from '../simd/arenaMoments';
import { CHUNK_VALUES } from '../simd/wasmArena';
import { BIN_MASS } from '../statistics/distances';
import type { TensorAxes } from '../tensor/layoutAxes';
import { writeOrigins } from '../tensor/traversal';
import { blockPlan } from './blocks';
import { FIELD, FIELDS, methodFields, methodLayout } from './methodLayout';
import { channelSumsOf, type Measure, measureOf, packedPlan } from './programParts';
import { samplePlaces } from './sample';
import { runsOf } from './simdHistogram';

/**
 * What an arena's code computes of a layer's records in one call: `RecordProgram` of
 * src/kernel/simd/assembly/record.ts, and what it points to. It is plain data.
 */
export interface RecordProgram {
  /** Address of the program. */
  readonly base: number;
  /** What is at the base before it runs; up to `bytes`, the rest is room. */
  readonly image: Uint8Array;
  readonly bytes: number;
  /** Where the bytes of the values are read to. */
  readonly source: number;
  readonly sourceBytes: number;
  /** Once it has run: the values (float32), the sampled ones (float64), and moments of fine units. */
  readonly values: number;
  readonly sample: number;
  readonly sampled: number;
  readonly moments: readonly FineMomentsAt[];
  /** Methods that do not apply; undefined if all do. */
  readonly others: Partial<Record<Method, NotApplicable>> | undefined;
}

interface FineMomentsAt {
  readonly name: FineName;
  readonly address: number;
  readonly units: number;
}

/** Options of records without learned parameters. */
export type ProgramOptions = UnitOptions & { readonly epsilon: number };

/** Types of values, by their numbers in the program. */
const CODES: Partial<Record<DType, number>> = { float32: 0, float16: 1, bfloat16: 2 };
/** More values take so long that they are better computed step by step. */
const MAX_VALUES = 1 << 20;
/** Larger images, of very many channels or runs, take long to copy for every record. */
const MAX_IMAGE_BYTES = 1 << 20;
/** Room for tables, whose size depends on the values; and all memory: an arena that needs more is not kept. */
const SCRATCH_BYTES = 1 << 22;
const MAX_BYTES = 24 << 20;
/** Decoders and loops over pairs go a little past the end. */
const PAST_BYTES = 64;

/** Bytes of the structures of src/kernel/simd/assembly, and where their float64 fields begin. */
const PROGRAM = { bytes: 144, integers: 32, float64: 128 } as const;
const FILL_BYTES = 80;
const MEASURE_BYTES = 32;
const TARGET_BYTES = 40;

/** Maximum number of programs to keep for the same axes: with a slider for ε, there may be many. */
const MAX_KEPT = 4;
/** Programs by the rest of what they depend on, of axes that the records of a layer share. */
const programs = new WeakMap<TensorAxes, Map<string, RecordProgram | undefined>>();

/**
 * Returns the program at this address for records with these axes and values of this type (little-endian). With
 * `only`, it computes this method alone. Returns undefined if they must be computed step by step.
 */
export function recordProgram(
  base: number,
  axes: TensorAxes,
  dtype: DType,
  options: ProgramOptions,
  only?: Method,
): RecordProgram | undefined {
  const { layerScope, groups, epsilon } = options;
  const ofAxes = programs.get(axes) ?? new Map<string, RecordProgram | undefined>();
  programs.set(axes, ofAxes);
  const key = `${base} ${dtype} ${layerScope} ${groups} ${epsilon} ${only}`;
  if (ofAxes.has(key)) return ofAxes.get(key);
  const { size } = axes;
  const isKnown = CODES[dtype] !== undefined && size > 0 && size <= MAX_VALUES;
  const program = isKnown ? programOf(base, axes, dtype, options, only) : undefined;
  if (ofAxes.size === MAX_KEPT) ofAxes.clear();
  ofAxes.set(key, program);
  return program;
}

/** The loops that a program calls; undefined if there are none for these axes. */
function partsOf(axes: TensorAxes, options: ProgramOptions, only: Method | undefined) {
  if (options.layerScope === 'example' && blockPlan(axes) !== undefined) return undefined;
  const partitions = finePartitions(axes, options);
  const all = planMethods(axes, options);
  const plans = only === undefined ? all : all.filter(({ method }) => method === only);
  const layout = methodLayout(plans, axes.channels, (name) => partitions.get(name)?.units ?? 0);
  if (layout === undefined || layout.unique.length === 0) return undefined;
  const measures = layout.fines.map((name) => {
    const partition = partitions.get(name);
    return partition && measureOf(axes, partition);
  });
  const sums = layout.unique.map((plan) => channelSumsOf(axes, plan));
  const units = layout.unique.map(({ partition }) => partition);
  const runs = runsOf(axes, units);
  if (runs === undefined || runs.length > CHUNK_VALUES) return undefined;
  const segments = units.map((partition) => runs.segmentOf(partition));
  return isComplete<Measure>(measures) && isComplete(sums) && isComplete(segments)
    ? { plans, layout, measures, sums, segments, runs }
    : undefined;
}

function isComplete<T>(parts: (T | undefined)[]): parts is T[] {
  return !parts.includes(undefined);
}

function programOf(
  base: number,
  axes: TensorAxes,
  dtype: DType,
  options: ProgramOptions,
  only: Method | undefined,
): RecordProgram | undefined {
  const parts = partsOf(axes, options, only);
  if (parts === undefined) return undefined;
  const { plans, layout, measures, sums, segments, runs } = parts;
  const { unique, fines, ownChannels } = layout;
  const { samples, channels, positions, size } = axes;
  const { places, n, c, p } = samplePlaces(axes);
  const sampled = places.length;
  const many = size / runs.length;
  const packed = packedPlan(axes, plans, layout);

  let end = base;
  const take = (bytes: number) => {
    const address = end;
    end = Math.ceil((end + bytes) / 16) * 16;
    return address;
  };
  take(PROGRAM.bytes);
  const measuresAt = take(MEASURE_BYTES * measures.length);
  const fillsAt = take(FILL_BYTES * unique.length);
  const targetsAt = take(TARGET_BYTES * unique.length);
  const placesAt = take(4 * sampled);
  const rolesAt = take(12 * many);
  const numbersAt = take(packed.numbers.byteLength);
  const own = take(layout.bytes);
  const sample = own + layout.sample;
  const imageBytes = sample + (8 + 3 * 4) * sampled - base;
  if (imageBytes > MAX_IMAGE_BYTES) return undefined;
  const image = new Uint8Array(imageBytes);
  const source = take(ITEM_SIZE[dtype] * size + PAST_BYTES);
  const values = dtype === 'float32' ? source : take(4 * size + PAST_BYTES);
  const moments = fines.map((name, i) => {
    const { units } = measures[i];
    return { name, units, address: take(momentsBytes(units)) };
  });
  const int32 = (at: number, length: number) => new Int32Array(image.buffer, at - base, length);
  const float64 = (at: number, length: number) => new Float64Array(image.buffer, at - base, length);

  for (const [i, { width, units, columns }] of measures.entries()) {
    const { rows = 0, times = 0, step = 0 } = columns ?? {};
    const sumsAt = columns === undefined ? 0 : take(40 * units);
    int32(measuresAt + MEASURE_BYTES * i, MEASURE_BYTES / 4).set([
      ...[columns === undefined ? 0 : 1, width, units, moments[i].address],
      ...[sumsAt, rows, times, step],
    ]);
  }
  const fields = methodFields(
    layout,
    own,
    moments.map(({ address }) => address),
  );
  const fieldOf = (method: number, field: number) => fields[FIELDS * method + field];
  for (const [i, { method, partition }] of unique.entries()) {
    const { nStride, pStride, units } = partition;
    const [scales, unitPlaces] = [take(8 * units + PAST_BYTES), take(12 * units + PAST_BYTES)];
    int32(fillsAt + FILL_BYTES * i, 9).set([
      ...[nStride, pStride, fieldOf(i, FIELD.channelUnit), segments[i], units],
      ...[fieldOf(i, FIELD.maps), scales, 0, unitPlaces],
    ]);
    const { mapsPerRow, segment } = sums[i];
    const isSummed = mapsPerRow > 0;
    int32(targetsAt + TARGET_BYTES * i, 7).set([
      ...[packed.numbersAt[i], packed.channelsAt[i], method === 'none' ? 1 : 0, mapsPerRow, segment],
      ...[isSummed ? take(16 * units) : 0, isSummed ? take(32 * channels) : 0],
    ]);
  }
  int32(placesAt, sampled).set(places);
  writeOrigins(runs.outer, 0, 0, int32(rolesAt, 3 * many));
  float64(numbersAt, packed.numbers.length).set(packed.numbers);
  int32(own, layout.constants.length).set(layout.constants);
  int32(own + layout.tables, fields.length).set(fields);
  const roles = int32(sample + 8 * sampled, 3 * sampled);
  roles.set(n);
  roles.set(c, sampled);
  roles.set(p, 2 * sampled);

  const instance = definedPlans(plans).findIndex(({ method }) => method === 'instance');
  const errorMoments = instance < 0 ? 0 : fieldOf(layout.uniqueOf[instance], FIELD.moments);
  const peak = moments.find(({ name }) => name === 'samplePosition');
  const scratch = end;
  const limit = scratch + SCRATCH_BYTES;
  int32(base, PROGRAM.integers).set([
    ...[CODES[dtype] ?? 0, size, source, values, measuresAt, measures.length, placesAt, sampled, sample],
    ...[samples, channels, unique.length, own + layout.tables, fillsAt, targetsAt, own],
    ...(ownChannels === undefined
      ? [0, 0, 0]
      : [own + ownChannels.offset, moments[ownChannels.fine].address, ownChannels.units]),
    errorMoments,
    ...(peak === undefined ? [0, 0] : [peak.address, peak.units]),
    ...[positions, runs.length, many, Math.max(1, Math.floor(CHUNK_VALUES / runs.length)), rolesAt],
    ...[numbersAt, packed.numbers.byteLength, packed.cellsAt, scratch, limit],
  ]);
  float64(base + PROGRAM.float64, 2).set([options.epsilon, BIN_MASS]);
  if (limit - base > MAX_BYTES) return undefined;
  return {
    ...{ base, image, bytes: limit - base, source, sourceBytes: ITEM_SIZE[dtype] * size },
    ...{ values, sample, sampled, moments, others: packed.others },
  };
}
