import {
  type ElementCounts,
  type FirstNonFinite,
  isDefined,
  METHODS,
  type Method,
  type NotApplicable,
  type UnitStatistics,
} from '../../model/analysis';
import type { RecordOptions } from '../methods/recordOptions';
import { Has, MethodAt, RecordAt } from '../simd/assembly/packedFields';
import type { Sketch } from '../statistics/sketch';
import type { MethodSketch, RecordSketch } from './recordSketch';

/**
 * A record's sketch on its way between threads. All of it but texts is in one buffer, which is transferred: to clone a
 * sketch's hundred numbers and twenty arrays takes both threads longer than some of the figures. The buffer holds
 * float64 numbers, which {@link RecordAt} and {@link MethodAt} name, then the channels' figures of each method, then
 * the counts of each method's cells (uint32). The options are not part of it: both sides have them.
 */
export interface PackedSketch {
  readonly buffer: ArrayBuffer;
  readonly firstNonFinite?: FirstNonFinite;
  /** Methods that do not apply. */
  readonly others?: Partial<Record<Method, NotApplicable>>;
  /** Statistics of every unit, by method. */
  readonly units?: Partial<Record<Method, UnitStatistics>>;
}

/** What is sent: cells with arbitrary edges are sent as they are. */
export type SentSketch = PackedSketch | RecordSketch;

/** The packed forms of sketches that are views of them. */
const packedForms = new WeakMap<RecordSketch, PackedSketch>();

/** The same sketch with copies of all arrays in one buffer, which {@link packSketch} does not copy again. */
export function ownedSketch(
  record: RecordSketch<Sketch>,
  recordOptions: RecordOptions,
): RecordSketch<Sketch> {
  const packed = packSketch(record);
  if (!isPacked(packed)) return record;
  return unpackSketch(packed, recordOptions) as RecordSketch<Sketch>;
}

/** Number of float64 numbers that the buffer begins with. */
export const NUMBERS = RecordAt.Length + METHODS.length * MethodAt.Length;
export const NO_SKETCH = -1;

/**
 * Packs a sketch, to send it or to load it into an arena. The buffer of an {@link ownedSketch}, and of one that was
 * unpacked, is its own: transferred, it takes the arrays along.
 */
export function packSketch(record: RecordSketch): SentSketch {
  const known = packedForms.get(record);
  if (known !== undefined) return known;
  const own = ownMethods(record.methods);
  if (own === undefined) return record;
  const buffer = new ArrayBuffer(packedBytes(own));
  const numbers = new Float64Array(buffer);
  writeRecord(numbers, record);
  writeArrays(numbers, own);
  const packed: { -readonly [Key in keyof PackedSketch]: PackedSketch[Key] } = { buffer };
  for (let i = 0; i < METHODS.length; i++) {
    const name = METHODS[i];
    const method: MethodSketch | NotApplicable | undefined = record.methods[name];
    const at = RecordAt.Length + i * MethodAt.Length;
    const each = own[i];
    if (each !== undefined) writeMethod(numbers, at, each);
    if (each?.units !== undefined) packed.units = { ...packed.units, [name]: each.units };
    numbers[at + MethodAt.Same] = method === undefined ? NO_SKETCH : firstOf(own, method);
    if (method !== undefined && !isDefined(method)) packed.others = { ...packed.others, [name]: method };
  }
  if (record.firstNonFinite !== undefined) packed.firstNonFinite = record.firstNonFinite;
  return packed;
}

/** By method, its sketch unless an earlier method has the same. */
type OwnMethods = readonly (MethodSketch<Sketch> | undefined)[];

/** Undefined if the sketch is sent as it is. */
function ownMethods(methods: RecordSketch['methods']): OwnMethods | undefined {
  const own: (MethodSketch<Sketch> | undefined)[] = [];
  let isEmpty = true;
  for (const name of METHODS) {
    const method: MethodSketch | NotApplicable | undefined = methods[name];
    if (method === undefined || !isDefined(method)) {
      own.push(undefined);
      continue;
    }
    if (!isDyadic(method)) return undefined;
    own.push(firstOf(own, method) < 0 ? method : undefined);
    isEmpty = false;
  }
  // Without values, the options may be those of the program that wrote the file.
  return isEmpty ? undefined : own;
}

/** The index of the first method with this sketch. */
function firstOf(own: OwnMethods, method: MethodSketch | NotApplicable): number {
  for (let i = 0; i < own.length; i++) if (own[i] === method) return i;
  return NO_SKETCH;
}

function packedBytes(own: OwnMethods): number {
  let bytes = 8 * NUMBERS;
  for (const each of own) {
    if (each === undefined) continue;
    const { channelMean, channelStd, channelPeak, sketch } = each;
    bytes += channelMean.byteLength + channelStd.byteLength + sketch.counts.byteLength;
    if (channelPeak !== undefined) bytes += channelPeak.byteLength;
  }
  return Math.ceil(bytes / 8) * 8;
}

/** The sketch that was packed. Its arrays are views of the buffer. */
export function unpackSketch(sent: SentSketch, recordOptions: RecordOptions): RecordSketch {
  if (!isPacked(sent)) return sent;
  const numbers = new Float64Array(sent.buffer);
  const record: { -readonly [Key in keyof RecordSketch]: RecordSketch[Key] } = {
    ...recordOptions,
    counts: readCounts(numbers),
    methods: readMethods(numbers, sent),
  };
  if (sent.firstNonFinite !== undefined) record.firstNonFinite = sent.firstNonFinite;
  const samples = numbers[RecordAt.ErrorSamples];
  if (!Number.isNaN(samples))
    record.batchError = {
      samples,
      mean: numbers[RecordAt.ErrorMean],
      deviation: numbers[RecordAt.ErrorDeviation],
    };
  const sample = numbers[RecordAt.PeakSample];
  if (!Number.isNaN(sample)) record.peakPlace = { sample, position: numbers[RecordAt.PeakPosition] };
  packedForms.set(record, sent);
  return record;
}

/** The number of zeros of the record. */
export function zerosOf({ buffer }: PackedSketch): number {
  return new Float64Array(buffer, 0, NUMBERS)[RecordAt.Zeros];
}

/** The buffer of a sketch to send, to be transferred; empty if it has none. */
export function sentBuffers(sent: SentSketch): ArrayBuffer[] {
  return isPacked(sent) ? [sent.buffer] : [];
}

function isPacked(sent: SentSketch): sent is PackedSketch {
  return 'buffer' in sent;
}

function isDyadic(method: MethodSketch): method is MethodSketch<Sketch> {
  return !('cells' in method.sketch);
}

function writeRecord(to: Float64Array, { counts, batchError, peakPlace }: RecordSketch): void {
  to[RecordAt.Count] = counts.count;
  to[RecordAt.Finite] = counts.finite;
  to[RecordAt.Nan] = counts.nan;
  to[RecordAt.PosInf] = counts.posInf;
  to[RecordAt.NegInf] = counts.negInf;
  to[RecordAt.Zeros] = counts.zeros;
  to[RecordAt.ErrorSamples] = batchError?.samples ?? Number.NaN;
  to[RecordAt.ErrorMean] = batchError?.mean ?? Number.NaN;
  to[RecordAt.ErrorDeviation] = batchError?.deviation ?? Number.NaN;
  to[RecordAt.PeakSample] = peakPlace?.sample ?? Number.NaN;
  to[RecordAt.PeakPosition] = peakPlace?.position ?? Number.NaN;
}

function readCounts(from: Float64Array): ElementCounts {
  return {
    count: from[RecordAt.Count],
    finite: from[RecordAt.Finite],
    nan: from[RecordAt.Nan],
    posInf: from[RecordAt.PosInf],
    negInf: from[RecordAt.NegInf],
    zeros: from[RecordAt.Zeros],
  };
}

function writeArrays(to: Float64Array, own: OwnMethods): void {
  let end = NUMBERS;
  for (const each of own) {
    if (each === undefined) continue;
    const { channelMean, channelStd, channelPeak } = each;
    to.set(channelMean, end);
    to.set(channelStd, end + channelMean.length);
    end += channelMean.length + channelStd.length;
    if (channelPeak === undefined) continue;
    to.set(channelPeak, end);
    end += channelPeak.length;
  }
  const cells = new Uint32Array(to.buffer);
  let cellsEnd = 2 * end;
  for (const each of own) {
    if (each === undefined) continue;
    cells.set(each.sketch.counts, cellsEnd);
    cellsEnd += each.sketch.counts.length;
  }
}

function writeMethod(to: Float64Array, at: number, method: MethodSketch<Sketch>): void {
  const { sketch, unitMean, unitVariance, constantUnits, halves, channelPeak } = method;
  to[at + MethodAt.Has] =
    (unitMean === undefined ? 0 : Has.UnitMean) +
    (unitVariance === undefined ? 0 : Has.UnitVariance) +
    (constantUnits === undefined ? 0 : Has.ConstantUnits) +
    (halves === undefined ? 0 : Has.Halves) +
    (channelPeak === undefined ? 0 : Has.ChannelPeak);
  to[at + MethodAt.Mean] = method.mean;
  to[at + MethodAt.Variance] = method.variance;
  to[at + MethodAt.UnitCount] = method.unitCount;
  if (unitMean !== undefined) {
    to[at + MethodAt.UnitMeanMin] = unitMean.min;
    to[at + MethodAt.UnitMeanMax] = unitMean.max;
  }
  if (unitVariance !== undefined) {
    to[at + MethodAt.UnitVarianceMin] = unitVariance.min;
    to[at + MethodAt.UnitVarianceMax] = unitVariance.max;
  }
  if (constantUnits !== undefined) to[at + MethodAt.ConstantUnits] = constantUnits;
  if (halves !== undefined) {
    to[at + MethodAt.HalvesW1] = halves.w1;
    to[at + MethodAt.HalvesKs] = halves.ks;
    to[at + MethodAt.HalvesJs] = halves.js;
  }
  to[at + MethodAt.Channels] = method.channelMean.length;
  to[at + MethodAt.Width] = sketch.width;
  to[at + MethodAt.First] = sketch.first;
  to[at + MethodAt.Below] = sketch.below;
  to[at + MethodAt.Size] = sketch.size;
  to[at + MethodAt.Count] = sketch.count;
  to[at + MethodAt.Min] = sketch.min;
  to[at + MethodAt.Max] = sketch.max;
  to[at + MethodAt.Zeros] = sketch.zeros;
  to[at + MethodAt.Cells] = sketch.counts.length;
}

/** The places where the arrays of the next method begin, in bytes. */
interface ArraysAt {
  channels: number;
  cells: number;
}

function readMethods(
  from: Float64Array,
  { others, units }: Pick<PackedSketch, 'others' | 'units'>,
): RecordSketch['methods'] {
  const methods: Partial<Record<Method, MethodSketch | NotApplicable>> = {};
  const ends: ArraysAt = { channels: 8 * NUMBERS, cells: 8 * NUMBERS };
  for (let i = 0; i < METHODS.length; i++) {
    const at = RecordAt.Length + i * MethodAt.Length;
    if (from[at + MethodAt.Same] === i) ends.cells += 8 * channelFigures(from, at);
  }
  for (let i = 0; i < METHODS.length; i++) {
    const name = METHODS[i];
    const at = RecordAt.Length + i * MethodAt.Length;
    const same = from[at + MethodAt.Same];
    const method =
      same === i
        ? readMethod(from, at, ends, units?.[name])
        : same < 0
          ? others?.[name]
          : methods[METHODS[same]];
    if (method !== undefined) methods[name] = method;
  }
  return methods as RecordSketch['methods'];
}

/** The number of a method's figures of channels. */
function channelFigures(from: Float64Array, at: number): number {
  return from[at + MethodAt.Channels] * ((from[at + MethodAt.Has] & Has.ChannelPeak) === 0 ? 2 : 3);
}

function readMethod(
  from: Float64Array,
  at: number,
  ends: ArraysAt,
  units: UnitStatistics | undefined,
): MethodSketch<Sketch> {
  const buffer = from.buffer;
  const has = from[at + MethodAt.Has];
  const channels = from[at + MethodAt.Channels];
  const { channels: channelsAt, cells: cellsAt } = ends;
  const cells = from[at + MethodAt.Cells];
  ends.channels += 8 * channelFigures(from, at);
  ends.cells += 4 * cells;
  const method: { -readonly [Key in keyof MethodSketch<Sketch>]: MethodSketch<Sketch>[Key] } = {
    sketch: {
      width: from[at + MethodAt.Width],
      first: from[at + MethodAt.First],
      below: from[at + MethodAt.Below],
      size: from[at + MethodAt.Size],
      counts: new Uint32Array(buffer, cellsAt, cells),
      count: from[at + MethodAt.Count],
      min: from[at + MethodAt.Min],
      max: from[at + MethodAt.Max],
      zeros: from[at + MethodAt.Zeros],
    },
    mean: from[at + MethodAt.Mean],
    variance: from[at + MethodAt.Variance],
    unitCount: from[at + MethodAt.UnitCount],
    channelMean: new Float64Array(buffer, channelsAt, channels),
    channelStd: new Float64Array(buffer, channelsAt + 8 * channels, channels),
  };
  if (units !== undefined) method.units = units;
  if ((has & Has.UnitMean) !== 0)
    method.unitMean = { min: from[at + MethodAt.UnitMeanMin], max: from[at + MethodAt.UnitMeanMax] };
  if ((has & Has.UnitVariance) !== 0)
    method.unitVariance = {
      min: from[at + MethodAt.UnitVarianceMin],
      max: from[at + MethodAt.UnitVarianceMax],
    };
  if ((has & Has.ConstantUnits) !== 0) method.constantUnits = from[at + MethodAt.ConstantUnits];
  if ((has & Has.ChannelPeak) !== 0)
    method.channelPeak = new Float64Array(buffer, channelsAt + 16 * channels, channels);
  if ((has & Has.Halves) !== 0)
    method.halves = {
      w1: from[at + MethodAt.HalvesW1],
      ks: from[at + MethodAt.HalvesKs],
      js: from[at + MethodAt.HalvesJs],
    };
  return method;
}
