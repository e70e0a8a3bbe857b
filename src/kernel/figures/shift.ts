import {
  isDefined,
  METHODS,
  type Method,
  type NoiseFloor,
  type RecordShift,
  type ShiftMetrics,
} from '../../model/analysis';
import { ComparedAt, Known, recordLoops } from '../record/recordLoops';
import type { MethodSketch, RecordSketch } from '../record/recordSketch';
import { fastestComparison } from '../simd/compareSketchesSimd';
import { type Comparison, compareSketches } from '../statistics/compareSketches';
import type { Distances } from '../statistics/distances';

/** Computes the shift of a record at step t from one at the reference step s, for every method that both define. */
export function shiftBetween(reference: RecordSketch, current: RecordSketch): RecordShift['methods'] {
  const from = knownRecord(reference);
  const to = knownRecord(current);
  const { last } = to;
  const shift =
    last === undefined
      ? shiftOfMethods(reference, current)
      : byMethod((method, i) => {
          if (last.from[i] === from.numbers[i] && last.to[i] === to.numbers[i]) return last.shift[method];
          const [s, t] = [reference.methods[method], current.methods[method]];
          return isDefined(s) && isDefined(t) ? methodShift(s, t, fastestComparison()) : undefined;
        });
  to.last = { from: from.numbers, to: to.numbers, shift };
  return shift;
}

/** Compares all methods in one call if loops apply to both records. Methods whose sketches are the same share a shift. */
function shiftOfMethods(reference: RecordSketch, current: RecordSketch): RecordShift['methods'] {
  const compared = recordLoops()?.compare(reference, current);
  return byMethod((method, i, earlier) => {
    const [s, t] = [reference.methods[method], current.methods[method]];
    const at = i * ComparedAt.Length;
    const known = compared?.[at] ?? Known.No;
    if (known === Known.Absent || !isDefined(s) || !isDefined(t)) return undefined;
    if (known < 0) return earlier[METHODS[-1 - known]];
    return compared === undefined || known === Known.No
      ? methodShift(s, t, fastestComparison())
      : metricsOf(s, t, comparisonAt(compared, at), compared[at + ComparedAt.ChannelFrechet]);
  });
}

function comparisonAt(compared: Float64Array, at: number): Comparison {
  return {
    w1: compared[at + ComparedAt.W1],
    ks: compared[at + ComparedAt.Ks],
    js: compared[at + ComparedAt.Js],
    shape: compared[at + ComparedAt.Shape],
    deviation: compared[at + ComparedAt.Deviation],
  };
}

/**
 * A record and its last shift: an option that changes one method leaves those of the others as they are. Numbers stand for
 * the sketches of the reference, so that the shift does not keep it alive, whose memory may be needed.
 */
interface KnownRecord {
  readonly methods: RecordSketch['methods'];
  /** A number of each method's sketch, in the order of METHODS. */
  readonly numbers: readonly number[];
  last?: {
    readonly from: readonly number[];
    readonly to: readonly number[];
    readonly shift: RecordShift['methods'];
  };
}

/** By the sketch of the raw record, which no option changes alone. */
const knownRecords = new WeakMap<object, KnownRecord>();
let sketchesNumbered = 0;

function knownRecord({ methods }: RecordSketch): KnownRecord {
  const known = knownRecords.get(methods.none);
  if (known?.methods === methods) return known;
  const numbers = METHODS.map((method, i) =>
    known?.methods[method] === methods[method] ? known.numbers[i] : sketchesNumbered++,
  );
  const record = { ...known, methods, numbers };
  knownRecords.set(methods.none, record);
  return record;
}

/**
 * Computes the shift of a record from the one of another run that belongs to it. Its noise floor is the largest distance
 * between the halves of either record, and of the reference from its kin, such as the records of other seeds.
 */
export function shiftBetweenRuns(
  reference: RecordSketch,
  current: RecordSketch,
  kin: readonly RecordSketch[],
): RecordShift['methods'] {
  const shifts = shiftOfMethods(reference, current);
  const ofKin = kin.map((each) => shiftOfMethods(reference, each));
  return byMethod((method) => {
    const known = shifts[method];
    const [s, t] = [reference.methods[method], current.methods[method]];
    if (known === undefined || !isDefined(s) || !isDefined(t)) return undefined;
    // Two constants have no σ either, but equal ones are at the same place.
    if (s.variance === 0 && t.variance === 0 && s.mean === t.mean) return nowhere(true);
    const { noiseFloor, ...shift } = known;
    const floors = noiseFloor === undefined ? [] : [noiseFloor];
    if (s.halves !== undefined) floors.push(noiseOf(s.halves, s, t));
    for (const each of ofKin) {
      const other = each[method];
      if (other !== undefined) floors.push(other);
    }
    return floors.length === 0 ? shift : { ...shift, noiseFloor: floors.reduce(larger) };
  });
}

/** The larger of each distance; a NaN, which is unknown, gives way. */
function larger(a: NoiseFloor, b: NoiseFloor): NoiseFloor {
  const of = (key: keyof NoiseFloor) => (b[key] > a[key] || Number.isNaN(a[key]) ? b[key] : a[key]);
  return { w1: of('w1'), ks: of('ks'), js: of('js') };
}

function byMethod(
  shiftOf: (method: Method, index: number, earlier: RecordShift['methods']) => ShiftMetrics | undefined,
): RecordShift['methods'] {
  const methods: Partial<Record<Method, ShiftMetrics>> = {};
  for (let i = 0; i < METHODS.length; i++) {
    const shift = shiftOf(METHODS[i], i, methods);
    if (shift !== undefined) methods[METHODS[i]] = shift;
  }
  return methods;
}

/** Computes all metrics in units of σ_s; see {@link ShiftMetrics}. */
export function methodShift(s: MethodSketch, t: MethodSketch, compare = compareSketches): ShiftMetrics {
  const sigma = Math.sqrt(s.variance);
  if (!(sigma > 0)) return nowhere(s === t);
  const ofS = { shift: s.mean, scale: sigma };
  const ofT = { shift: t.mean, scale: Math.sqrt(t.variance) };
  return metricsOf(s, t, compare(s.sketch, t.sketch, ofS, ofT), channelFrechet(s, t));
}

function metricsOf(
  s: MethodSketch,
  t: MethodSketch,
  { w1, ks, js, shape, deviation }: Comparison,
  channelFrechet: number,
): ShiftMetrics {
  const sigma = Math.sqrt(s.variance);
  const sigmaT = Math.sqrt(t.variance);
  const meanShift = (t.mean - s.mean) / sigma;
  const metrics: Mutable<ShiftMetrics> = {
    w1: w1 / sigma,
    w1Location: Math.abs(meanShift),
    w1Scale: (Math.abs(sigmaT / sigma - 1) * deviation) / sigma,
    w1Shape: shape,
    ks,
    js,
    meanShift,
    logStdRatio: Math.log(sigmaT / sigma),
    channelFrechet,
  };
  if (t.halves !== undefined) metrics.noiseFloor = noiseOf(t.halves, s, t);
  return metrics;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function noiseOf({ w1, ks, js }: Distances, s: MethodSketch, t: MethodSketch): NoiseFloor {
  // In units of σ_s, the distance between the halves of an exploded batch is as large as its shift.
  return { w1: w1 / Math.sqrt(Math.max(s.variance, t.variance)), ks, js };
}

/** A constant reference has no σ to measure in, so only the shift of a record from itself is known. */
function nowhere(same: boolean): ShiftMetrics {
  const value = same ? 0 : Number.NaN;
  return {
    w1: value,
    w1Location: value,
    w1Scale: value,
    w1Shape: value,
    ks: value,
    js: value,
    meanShift: value,
    logStdRatio: value,
    channelFrechet: value,
  };
}

/**
 * Computes the mean over channels of √(Δµ² + Δσ²)/σ_s: the Fréchet distance between Gaussians with each channel's
 * moments [Dowson & Landau 1982, diagonal]. Skips channels that are constant or have no finite value at s.
 */
function channelFrechet(s: MethodSketch, t: MethodSketch): number {
  const { channelMean: meanS, channelStd: stdS } = s;
  const { channelMean: meanT, channelStd: stdT } = t;
  if (meanS.length !== meanT.length) return Number.NaN;
  let sum = 0;
  let channels = 0;
  for (let c = 0; c < meanS.length; c++) {
    const std = stdS[c];
    // Divide by σ_s before squaring, so that squares cannot overflow if the distance does not.
    const mean = (meanT[c] - meanS[c]) / std;
    const spread = (stdT[c] - std) / std;
    const distance = Math.sqrt(mean * mean + spread * spread);
    if (!(distance < Number.POSITIVE_INFINITY)) continue;
    sum += distance;
    channels++;
  }
  return channels === 0 ? Number.NaN : sum / channels;
}
