// A record's sketch in one call, from the bytes of its values: what src/kernel/record/measureRecord.ts, deriveSketch.ts, and
// packedSketch.ts do step by step, for records whose values are all finite and fit into memory. JavaScript, which each
// thread compiles anew, only prepares a program for all records of a layer.

import { affineMoments } from './affineMoments';
import { batchError } from './batchError';
import { walkTables } from './counts';
import { decodeBfloat16, decodeFloat16 } from './decode';
import { endFill, fillRuns } from './fill';
import { chooseGrid } from './grid';
// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import { Fill } from './histogram';
import { pairMaps } from './maps';
// biome-ignore lint/style/useImportType: AssemblyScript imports classes as values.
import {
  CONSTANT_UNITS,
  COUNT,
  deriveMethods,
  FIGURES,
  GREATEST_MEAN,
  GREATEST_SPREAD,
  LEAST_MEAN,
  LEAST_SPREAD,
  MethodTable,
  mergeUnits,
  SAMPLED,
} from './methods';
import { Has, MethodAt, RecordAt } from './packedFields';
import { writePlaces } from './places';
import { measureUnits } from './units';

/** Types of values. */
const FLOAT16: i32 = 1;
const BFLOAT16: i32 = 2;

/** What is computed of a layer's records, and where; src/kernel/record/recordProgram.ts writes it. */
@unmanaged
class RecordProgram {
  /** 0 for float32, whose `source` is where the values are; {@link FLOAT16}, or {@link BFLOAT16}. */
  code: i32;
  /** Number of values, where their bytes are, and where they are as float32. */
  size: i32;
  source: usize;
  values: usize;
  /** What `measureUnits` takes. */
  measures: usize;
  measureCount: i32;
  /** Indexes of the sampled values, int32; and the room for the sample of `deriveMethods`. */
  places: usize;
  sampled: i32;
  sample: usize;
  samples: i32;
  channels: i32;
  /** The methods that differ: {@link MethodTable}s, {@link Fill}s, and {@link Target}s. */
  methodCount: i32;
  methods: usize;
  fills: usize;
  targets: usize;
  /** An int32 per channel: its number; zeros follow. */
  ascending: usize;
  /** The channels' own moments, and the `ownUnits` fine ones that they are merged from; 0 if they are not. */
  own: usize;
  ownSource: usize;
  ownUnits: i32;
  /** The moments of unit n · C + c, for `batchError`; 0 if there are none. */
  errorMoments: usize;
  /** The moments of unit n · P + p, of which the one with the peak is wanted; 0 if none is. */
  peakMoments: usize;
  peakUnits: i32;
  positions: i32;
  /** Runs of neighbors as `fillRuns` takes them: their length, their number, how many are counted at a time, their roles. */
  runLength: i32;
  runs: i32;
  runsAtOnce: i32;
  roles: usize;
  /** The numbers of the packed sketch as far as they are known, and their bytes. */
  numbers: usize;
  numbersBytes: usize;
  /** Where the counts of cells begin in the packed sketch. */
  cellsAt: usize;
  /** Memory for tables, whose size depends on the values. */
  scratch: usize;
  limit: usize;
  epsilon: f64;
  binMass: f64;
}

/** Where a method's results go, in bytes from the start of the packed sketch, and what they are made from. */
@unmanaged
class Target {
  numbers: usize;
  channels: usize;
  /** Whether the method is the raw record: no units, but the channels' peaks. */
  isRaw: i32;
  /** Maps per row of channels, from which the channels' figures are summed up; 0 if they follow from the units. */
  mapsPerRow: i32;
  segment: i32;
  /** Rooms for these maps in pairs, and for the sums. */
  maps: usize;
  sums: usize;
  /** Width of a cell. */
  width: f64;
}

/** Results of a walk: totals of even and odd samples, W1, KS, JS, half-width. */
const walked = memory.data(8 * 6, 16);
const errors = memory.data(8 * 3, 16);

/** Half-widths, in cells, below which a percentile is not accurate enough; as `isTooCoarse` of statistics/grid.ts. */
const COARSE: f64 = 100;

/** Bytes of the last packed sketch. */
let length: i32 = 0;

/** Bytes of the sketch that {@link sketchRecord} made last. */
export function sketchLength(): i32 {
  return length;
}

/** Where the room of the record in progress ends. */
let end: usize = 0;

/**
 * Computes the packed sketch of a record and returns its address; 0 if the steps must be done one by one, because a value
 * is not finite, a grid would be too coarse, or there is no room.
 */
export function sketchRecord(address: usize): usize {
  const program = changetype<RecordProgram>(address);
  end = program.scratch;
  if (program.code === BFLOAT16) decodeBfloat16(program.source, program.values, program.size);
  else if (program.code === FLOAT16) decodeFloat16(program.source, program.values, program.size);
  const zeros = measureUnits(program.measures, program.measureCount, program.values, program.size);
  if (zeros < 0) return 0;
  derive(program);
  if (!fillAll(program)) return 0;
  const packed = packedRoom(program);
  if (packed === 0) return 0;
  memory.copy(packed, program.numbers, program.numbersBytes);
  writeRecord(program, packed, zeros);
  return writeMethods(program, packed, zeros) ? packed : 0;
}

/** 16-byte aligned memory; 0 if there is no room. */
function take(bytes: usize): usize {
  const address = end;
  end = (end + bytes + 15) & ~15;
  return address;
}

function methodOf(program: RecordProgram, i: i32): MethodTable {
  return changetype<MethodTable>(program.methods + <usize>i * offsetof<MethodTable>());
}

function fillOf(program: RecordProgram, i: i32): Fill {
  return changetype<Fill>(program.fills + <usize>i * offsetof<Fill>());
}

function targetOf(program: RecordProgram, i: i32): Target {
  return changetype<Target>(program.targets + <usize>i * offsetof<Target>());
}

/** Takes the sample, and derives what follows from the moments. */
function derive(program: RecordProgram): void {
  const sampled = program.sampled;
  const channels = program.channels;
  for (let k = 0; k < sampled; k++) {
    const at = load<u32>(program.places + ((<usize>k) << 2));
    store<f64>(program.sample + ((<usize>k) << 3), <f64>load<f32>(program.values + ((<usize>at) << 2)));
  }
  const zeros = program.ascending + ((<usize>channels) << 2);
  if (program.ownSource !== 0)
    mergeUnits(program.ownSource, program.ownUnits, channels, program.own, channels, 0, program.ascending);
  deriveMethods(
    program.methods,
    program.methodCount,
    channels,
    program.ascending,
    zeros,
    program.epsilon,
    program.sample,
    sampled,
  );
}

/** Counts the values into the cells of every method. */
function fillAll(program: RecordProgram): bool {
  for (let i = 0; i < program.methodCount; i++) if (!beginFill(program, i)) return false;
  const neighbors = program.runLength;
  for (let run = 0; run < program.runs; run += program.runsAtOnce) {
    const many = min<i32>(program.runsAtOnce, program.runs - run);
    const x = program.values + ((<usize>run * <usize>neighbors) << 2);
    const roles = program.roles + <usize>run * 12;
    for (let i = 0; i < program.methodCount; i++) {
      const fill = fillOf(program, i);
      fillRuns(x, neighbors, many, 0, roles, fill);
      endFill(fill);
    }
  }
  return true;
}

/** Chooses the grid of a method, and makes room for its counts. */
function beginFill(program: RecordProgram, i: i32): bool {
  const method = methodOf(program, i);
  const fill = fillOf(program, i);
  const width = chooseGrid(fill, method.figures, method.sample, <i32>load<f64>(method.figures, SAMPLED << 3));
  if (width === 0) return false;
  targetOf(program, i).width = width;
  const bytes = (<usize>(cellsOf(fill) + 3)) << 2;
  fill.placed = 0;
  fill.even = take(bytes);
  fill.odd = take(bytes);
  if (end > program.limit) return false;
  memory.fill(fill.even, 0, end - fill.even);
  writePlaces(fill, method.maps + ((<usize>method.units) << 3), 0, 1 / width);
  return true;
}

function cellsOf(fill: Fill): i32 {
  return fill.below + fill.size + fill.above;
}

/** Room for the packed sketch; 0 if there is none. */
function packedRoom(program: RecordProgram): usize {
  let bytes = program.cellsAt;
  // Before each cell with values, there may be a gap, which takes two entries; a walk writes some past the last one.
  for (let i = 0; i < program.methodCount; i++) bytes += 12 * <usize>cellsOf(fillOf(program, i)) + 64;
  const packed = take(bytes);
  return end > program.limit ? 0 : packed;
}

function put(numbers: usize, place: i32, value: f64): void {
  store<f64>(numbers + ((<usize>place) << 3), value);
}

function writeRecord(program: RecordProgram, packed: usize, zeros: i32): void {
  put(packed, RecordAt.Zeros, zeros);
  const samples = program.samples;
  if (program.errorMoments !== 0 && samples > 1) {
    batchError(program.errorMoments, samples, program.channels, errors);
    const known = load<f64>(errors, 16);
    if (known > 0) {
      put(packed, RecordAt.ErrorSamples, samples);
      put(packed, RecordAt.ErrorMean, sqrt(load<f64>(errors) / known));
      put(packed, RecordAt.ErrorDeviation, sqrt(load<f64>(errors, 8) / known));
    }
  }
  if (program.peakMoments === 0) return;
  const units = program.peakUnits;
  const least = program.peakMoments + ((<usize>(3 * units)) << 3);
  const greatest = least + ((<usize>units) << 3);
  let peak: f64 = -1;
  let place = 0;
  for (let unit = 0; unit < units; unit++) {
    const at = (<usize>unit) << 3;
    const own = max<f64>(abs<f64>(load<f64>(least + at)), abs<f64>(load<f64>(greatest + at)));
    if (own <= peak) continue;
    peak = own;
    place = unit;
  }
  put(packed, RecordAt.PeakSample, place / program.positions);
  put(packed, RecordAt.PeakPosition, place % program.positions);
}

/** Writes the results of all methods; false if a grid is too coarse. */
function writeMethods(program: RecordProgram, packed: usize, zeros: i32): bool {
  let most = 0;
  for (let i = 0; i < program.methodCount; i++) most = max<i32>(most, cellsOf(fillOf(program, i)));
  const room = take(24 * <usize>most + 256);
  if (end > program.limit) return false;
  let cells = packed + program.cellsAt;
  for (let i = 0; i < program.methodCount; i++) {
    const target = targetOf(program, i);
    const figures = methodOf(program, i).figures;
    const fill = fillOf(program, i);
    const entries = walkTables(fill, cells, room, program.binMass, walked);
    const halfWidth = load<f64>(walked, 40);
    const least = load<f64>(figures, (COUNT + 3) << 3);
    const greatest = load<f64>(figures, (COUNT + 4) << 3);
    if (least < greatest && halfWidth > 0 && halfWidth < COARSE) return false;
    cells += (<usize>entries) << 2;
    writeChannels(program, i, packed + target.channels);
    writeNumbers(program, i, packed + target.numbers, entries, target.isRaw ? zeros : 0);
  }
  length = <i32>((cells - packed + 7) & ~7);
  return true;
}

/** The numbers of a method with this many entries of counts. */
function writeNumbers(program: RecordProgram, i: i32, numbers: usize, entries: i32, zeros: i32): void {
  const figures = methodOf(program, i).figures;
  const fill = fillOf(program, i);
  const target = targetOf(program, i);
  const count = load<f64>(figures, COUNT << 3);
  put(numbers, MethodAt.Mean, load<f64>(figures, (COUNT + 1) << 3));
  put(numbers, MethodAt.Variance, load<f64>(figures, (COUNT + 2) << 3) / count);
  if (!target.isRaw) {
    put(numbers, MethodAt.UnitMeanMin, load<f64>(figures, LEAST_MEAN << 3));
    put(numbers, MethodAt.UnitMeanMax, load<f64>(figures, GREATEST_MEAN << 3));
    put(numbers, MethodAt.UnitVarianceMin, load<f64>(figures, LEAST_SPREAD << 3));
    put(numbers, MethodAt.UnitVarianceMax, load<f64>(figures, GREATEST_SPREAD << 3));
    const constantUnits = load<f64>(figures, CONSTANT_UNITS << 3);
    put(numbers, MethodAt.ConstantUnits, constantUnits);
    if (constantUnits > 0) {
      const has = load<f64>(numbers, MethodAt.Has << 3);
      put(numbers, MethodAt.Has, has + <f64>(<i32>Has.ConstantUnits));
    }
  }
  if (program.samples > 1) {
    put(numbers, MethodAt.HalvesW1, load<f64>(walked, 16) * target.width);
    put(numbers, MethodAt.HalvesKs, load<f64>(walked, 24));
    put(numbers, MethodAt.HalvesJs, load<f64>(walked, 32));
  }
  put(numbers, MethodAt.Width, target.width);
  put(numbers, MethodAt.First, fill.first);
  put(numbers, MethodAt.Below, fill.below);
  put(numbers, MethodAt.Size, fill.size);
  put(numbers, MethodAt.Count, load<f64>(walked) + load<f64>(walked, 8));
  put(numbers, MethodAt.Min, load<f64>(figures, (COUNT + 3) << 3));
  put(numbers, MethodAt.Max, load<f64>(figures, (COUNT + 4) << 3));
  put(numbers, MethodAt.Zeros, zeros);
  put(numbers, MethodAt.Cells, entries);
}

/** Mean and deviation of every channel, and its peak in the raw record. */
function writeChannels(program: RecordProgram, i: i32, to: usize): void {
  const channels = program.channels;
  const bytes = (<usize>channels) << 3;
  const method = methodOf(program, i);
  const target = targetOf(program, i);
  if (target.mapsPerRow === 0) {
    memory.copy(to, method.figures + (FIGURES << 3), target.isRaw ? 3 * bytes : 2 * bytes);
    return;
  }
  const rows = program.size / channels;
  const units = rows * target.mapsPerRow;
  const sums = target.sums;
  memory.fill(sums, 0, 4 * bytes);
  pairMaps(method.maps, method.maps + ((<usize>units) << 3), units, target.maps);
  affineMoments(program.values, channels, rows, target.segment, target.maps, sums, bytes);
  for (let at: usize = 0; at < bytes; at += 8) {
    const count = load<f64>(sums + at);
    const sum = load<f64>(sums + 2 * bytes + at);
    const delta = sum / count;
    const m2 = max<f64>(0, load<f64>(sums + 3 * bytes + at) - sum * delta);
    store<f64>(to + at, count === 0 ? NaN : load<f64>(sums + bytes + at) + delta);
    store<f64>(to + bytes + at, count === 0 ? NaN : sqrt(m2 / count));
  }
}
