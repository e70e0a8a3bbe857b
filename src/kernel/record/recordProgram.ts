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
import { NUMBERS } from './packedSketch';
import { channelSumsOf, type Measure, measureOf, type PackedPlan, packedPlan } from './programParts';
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

/** What a program is written from. */
type Parts = NonNullable<ReturnType<typeof partsOf>>;

function programOf(
  base: number,
  axes: TensorAxes,
  dtype: DType,
  options: ProgramOptions,
  only: Method | undefined,
): RecordProgram | undefined {
  const parts = partsOf(axes, options, only);
  if (parts === undefined) return undefined;
  const packed = packedPlan(axes, parts.plans, parts.layout);
  const at = addressesOf(base, axes, dtype, parts);
  if (at.imageEnd - base > MAX_IMAGE_BYTES || at.limit - base > MAX_BYTES) return undefined;
  const image = new Uint8Array(at.imageEnd - base);
  writeImage(image, base, axes, dtype, options.epsilon, parts, packed, at);
  return {
    base,
    image,
    bytes: at.limit - base,
    source: at.source,
    sourceBytes: ITEM_SIZE[dtype] * axes.size,
    values: at.values,
    sample: at.sample,
    sampled: at.sampled,
    moments: parts.layout.fines.map((name, i) => ({
      name,
      address: at.moments[i],
      units: parts.measures[i].units,
    })),
    others: packed.others,
  };
}

/** Where everything is: first what the image contains, then rooms. */
function addressesOf(base: number, axes: TensorAxes, dtype: DType, { layout, measures, sums, runs }: Parts) {
  let end = base;
  const take = (bytes: number) => {
    const address = end;
    end = Math.ceil((end + bytes) / 16) * 16;
    return address;
  };
  const sampled = samplePlaces(axes).places.length;
  const units = layout.unique.map(({ partition }) => partition.units);
  take(PROGRAM.bytes);
  const image = {
    measures: take(MEASURE_BYTES * measures.length),
    fills: take(FILL_BYTES * units.length),
    targets: take(TARGET_BYTES * units.length),
    places: take(4 * sampled),
    roles: take((12 * axes.size) / runs.length),
    numbers: take(8 * NUMBERS),
    own: take(layout.bytes),
  };
  // The rest of the methods' room is not part of the image.
  const sample = image.own + layout.sample;
  const source = take(ITEM_SIZE[dtype] * axes.size + PAST_BYTES);
  const rooms = {
    source,
    values: dtype === 'float32' ? source : take(4 * axes.size + PAST_BYTES),
    moments: measures.map((each) => take(momentsBytes(each.units))),
    columnSums: measures.map((each) => (each.columns === undefined ? 0 : take(40 * each.units))),
    scales: units.map((many) => take(8 * many + PAST_BYTES)),
    unitPlaces: units.map((many) => take(12 * many + PAST_BYTES)),
    maps: units.map((many, i) => (sums[i].mapsPerRow === 0 ? 0 : take(16 * many))),
    channelSums: sums.map(({ mapsPerRow }) => (mapsPerRow === 0 ? 0 : take(32 * axes.channels))),
  };
  const imageEnd = sample + (8 + 3 * 4) * sampled;
  return { ...image, ...rooms, sample, sampled, imageEnd, scratch: end, limit: end + SCRATCH_BYTES };
}

/** Writes the structures of src/kernel/simd/assembly, whose fields are in this order. */
function writeImage(
  image: Uint8Array<ArrayBuffer>,
  base: number,
  axes: TensorAxes,
  dtype: DType,
  epsilon: number,
  { plans, layout, measures, sums, segments, runs }: Parts,
  packed: PackedPlan,
  at: ReturnType<typeof addressesOf>,
): void {
  const { unique, ownChannels } = layout;
  const { samples, channels, positions, size } = axes;
  const many = size / runs.length;
  const int32 = (address: number, length: number) => new Int32Array(image.buffer, address - base, length);
  const float64 = (address: number, length: number) => new Float64Array(image.buffer, address - base, length);
  const fields = methodFields(layout, at.own, at.moments);
  const fieldOf = (method: number, field: number) => fields[FIELDS * method + field];

  for (const [i, { width, units, columns }] of measures.entries()) {
    const { rows = 0, times = 0, step = 0 } = columns ?? {};
    int32(at.measures + MEASURE_BYTES * i, MEASURE_BYTES / 4).set([
      ...[columns === undefined ? 0 : 1, width, units, at.moments[i]],
      ...[at.columnSums[i], rows, times, step],
    ]);
  }
  for (const [i, { method, partition }] of unique.entries()) {
    const { nStride, pStride, units } = partition;
    int32(at.fills + FILL_BYTES * i, 9).set([
      ...[nStride, pStride, fieldOf(i, FIELD.channelUnit), segments[i], units],
      ...[fieldOf(i, FIELD.maps), at.scales[i], 0, at.unitPlaces[i]],
    ]);
    const { mapsPerRow, segment } = sums[i];
    int32(at.targets + TARGET_BYTES * i, 7).set([
      ...[packed.numbersAt[i], packed.channelsAt[i], method === 'none' ? 1 : 0],
      ...[mapsPerRow, segment, at.maps[i], at.channelSums[i]],
    ]);
  }
  const { places, n, c, p } = samplePlaces(axes);
  int32(at.places, at.sampled).set(places);
  const roles = int32(at.sample + 8 * at.sampled, 3 * at.sampled);
  roles.set(n);
  roles.set(c, at.sampled);
  roles.set(p, 2 * at.sampled);
  writeOrigins(runs.outer, 0, 0, int32(at.roles, 3 * many));
  float64(at.numbers, NUMBERS).set(packed.numbers);
  int32(at.own, layout.constants.length).set(layout.constants);
  const tables = at.own + layout.tables;
  int32(tables, fields.length).set(fields);

  const instance = definedPlans(plans).findIndex(({ method }) => method === 'instance');
  const peak = layout.fines.indexOf('samplePosition');
  int32(base, PROGRAM.integers).set([
    ...[CODES[dtype] ?? 0, size, at.source, at.values, at.measures, measures.length],
    ...[at.places, at.sampled, at.sample, samples, channels],
    ...[unique.length, tables, at.fills, at.targets, at.own],
    ...(ownChannels === undefined
      ? [0, 0, 0]
      : [at.own + ownChannels.offset, at.moments[ownChannels.fine], ownChannels.units]),
    instance < 0 ? 0 : fieldOf(layout.uniqueOf[instance], FIELD.moments),
    ...(peak < 0 ? [0, 0] : [at.moments[peak], measures[peak].units]),
    ...[positions, runs.length, many, Math.max(1, Math.floor(CHUNK_VALUES / runs.length)), at.roles],
    ...[at.numbers, packed.numbers.byteLength, packed.cellsAt, at.scratch, at.limit],
  ]);
  float64(base + PROGRAM.float64, 2).set([epsilon, BIN_MASS]);
}
