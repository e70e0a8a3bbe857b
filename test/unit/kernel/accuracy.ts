import assert from 'node:assert/strict';
import { acquireArena } from '../../../src/kernel/simd/wasmArena';
import { percentilesOf } from '../../../src/kernel/statistics/percentile';
import { type ElementCounts, METHODS, type Method } from '../../../src/model/analysis';
import { analyseArray, defined, normalValues } from './arrays';

/** What goes wrong in histograms and sums: each maps standard normal values; i is the place, c the channel, n the sample. */
export const KINDS: Readonly<Record<string, (x: number, i: number, c: number, n: number) => number>> = {
  normal: (x) => x,
  rectified: (x) => Math.max(0, x),
  'mostly zeros': (x) => Math.max(0, x - 0.9),
  'clipped at both ends': (x) => Math.min(1, Math.max(-1, x)),
  mixture: (x, i) => (i % 3 === 0 ? x * 0.01 - 4 : x + 5),
  'lognormal, σ = 2': (x) => Math.exp(2 * x),
  'mean 1e4, deviation 1e-2, means by channel': (x, _i, c) => 1e4 * (1 + c / 7) + x * 1e-2,
  'outliers of ±1e30': (x, i) => (i % 9973 === 5 ? 1e30 : i % 8971 === 7 ? -1e30 : x),
  'float32 subnormals': (x) => x * 1e-41,
  'NaN and infinities': (x, i) =>
    i % 5003 === 3
      ? Number.NaN
      : i % 7001 === 11
        ? Number.POSITIVE_INFINITY
        : i % 8009 === 2
          ? Number.NEGATIVE_INFINITY
          : x,
  'bfloat16, mean 3': (x) => bfloat16(3 + x),
  integers: (x) => Math.round(x * 3),
  'uniform, scales by channel': (x, _i, c) => (2 * phi(x) - 1) * 10 ** (c % 4),
  'scales by sample': (x, _i, _c, n) => x * 3 ** (n % 5),
  'means by sample': (x, _i, _c, n) => x - 90 * (n % 3),
};

export interface AccuracyCase {
  readonly layout: string;
  readonly shape: readonly number[];
  /** Names of {@link KINDS}. */
  readonly kinds: readonly string[];
}

const GROUPS = 4;
const EPSILON = 1e-5;
const LEVELS = [0, 1, 5, 15, 25, 50, 75, 85, 95, 99, 100];

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function bfloat16(x: number): number {
  float[0] = x;
  bits[0] = (bits[0] + 0x8000) & 0xffff0000;
  return float[0];
}

/** About the normal distribution function. */
function phi(x: number): number {
  return 1 / (1 + Math.exp(-1.702 * x));
}

/** n, c and p of every element, in C order. */
function rolesOf(layout: string, shape: readonly number[]): { n: Int32Array; c: Int32Array; p: Int32Array } {
  const size = shape.reduce((a, b) => a * b, 1);
  const roles = { n: new Int32Array(size), c: new Int32Array(size), p: new Int32Array(size) };
  for (let i = 0; i < size; i++) {
    let rest = i;
    let scale = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = (rest - index) / shape[axis];
      if (layout[axis] === 'N') roles.n[i] = index;
      else if (layout[axis] === 'C') roles.c[i] = index;
      else {
        roles.p[i] += index * scale;
        scale *= shape[axis];
      }
    }
  }
  return roles;
}

interface Units {
  /** Unit of every element. */
  readonly of: Int32Array;
  readonly count: number;
}

interface Reference {
  /** Of {@link LEVELS}. */
  readonly percentiles: readonly number[];
  readonly variances: Float64Array;
}

/** Two passes over every unit's values, and their order: nothing of the kernel. */
function reference(values: Float32Array, method: Method, { of, count: units }: Units): Reference {
  const count = new Float64Array(units);
  const first = new Float64Array(units);
  const mean = new Float64Array(units);
  const variances = new Float64Array(units);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    // From each unit's first value, so that a large mean costs no digits.
    if (count[of[i]]++ === 0) first[of[i]] = values[i];
    mean[of[i]] += values[i] - first[of[i]];
  }
  for (let u = 0; u < units; u++) mean[u] = first[u] + mean[u] / count[u];
  if (method === 'rms') mean.fill(0);
  for (let i = 0; i < values.length; i++) {
    const d = values[i] - mean[of[i]];
    if (Number.isFinite(values[i])) variances[of[i]] += d * d;
  }
  for (let u = 0; u < units; u++) variances[u] /= count[u];
  const roots = variances.map((variance) => Math.sqrt(variance + EPSILON));
  const normalized = new Float64Array(values.length);
  let finite = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const unit = of[i];
    normalized[finite++] = method === 'none' ? values[i] : (values[i] - mean[unit]) / roots[unit];
  }
  return { percentiles: exactPercentiles(normalized.subarray(0, finite)), variances };
}

/** NumPy's default percentiles at {@link LEVELS}. */
function exactPercentiles(values: Float64Array): number[] {
  const ranks = LEVELS.map((level) => (level / 100) * (values.length - 1));
  const wanted = ranks.flatMap((rank) => [
    Math.floor(rank),
    Math.min(Math.floor(rank) + 1, values.length - 1),
  ]);
  const orderStatistic = orderStatistics(values, wanted);
  return ranks.map((rank) => {
    const below = Math.floor(rank);
    const [low, high] = [below, Math.min(below + 1, values.length - 1)].map(orderStatistic);
    return low + (rank - below) * (high - low);
  });
}

/** Bits that tell values apart before they are sorted. */
const KEY_BITS = 18;
/** Fewer values are sorted as a whole. */
const MANY = 500_000;

/** Values by their rank, for the ranks asked for: only those are sorted that share their upper bits with one of these. */
function orderStatistics(values: Float64Array, ranks: readonly number[]): (rank: number) => number {
  if (values.length < MANY) {
    const sorted = values.slice().sort();
    return (rank) => sorted[rank];
  }
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const half = 2 ** (KEY_BITS - 1);
  // The bits of a positive float64 ascend with it, those of a negative one descend.
  const keyOf = (i: number) => {
    const upper = words[2 * i + 1] >>> (32 - KEY_BITS);
    return upper < half ? upper + half : 2 * half - 1 - upper;
  };
  const starts = new Uint32Array(2 * half + 1);
  for (let i = 0; i < values.length; i++) starts[keyOf(i) + 1]++;
  for (let key = 0; key < 2 * half; key++) starts[key + 1] += starts[key];
  const keys = new Map(ranks.map((rank) => [rank, lastNotAbove(starts, rank)]));
  const sorted = new Map<number, Float64Array>();
  for (const key of keys.values()) sorted.set(key, new Float64Array(starts[key + 1] - starts[key]));
  const isWanted = new Uint8Array(2 * half);
  for (const key of sorted.keys()) isWanted[key] = 1;
  const taken = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    const key = keyOf(i);
    if (isWanted[key] === 0) continue;
    const at = taken.get(key) ?? 0;
    (sorted.get(key) ?? [])[at] = values[i];
    taken.set(key, at + 1);
  }
  for (const own of sorted.values()) own.sort();
  return (rank) => {
    const key = keys.get(rank) ?? 0;
    return sorted.get(key)?.[rank - starts[key]] ?? Number.NaN;
  };
}

/** Index of the last of ascending numbers that is not above a limit. */
function lastNotAbove(ascending: Uint32Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function countsOf(values: Float32Array): ElementCounts {
  const counts = { count: values.length, finite: 0, nan: 0, posInf: 0, negInf: 0, zeros: 0 };
  for (const x of values) {
    if (Number.isFinite(x)) counts.finite++;
    else if (Number.isNaN(x)) counts.nan++;
    else if (x > 0) counts.posInf++;
    else counts.negInf++;
    if (x === 0) counts.zeros++;
  }
  return counts;
}

/** One test for each kind of each case: the kernel's figures against two passes in float64 and the order of all values. */
export function itIsAccurate(cases: readonly AccuracyCase[]): void {
  for (const { layout, shape, kinds } of cases) {
    const size = shape.reduce((a, b) => a * b, 1);
    const { n, c, p } = rolesOf(layout, shape);
    const [samples, channels, positions] = [n, c, p].map((each) => each.reduce((a, b) => Math.max(a, b)) + 1);
    const perPosition = layout === 'NLC';
    const units = (count: number, unitOf: (i: number) => number): Units => {
      const of = new Int32Array(size);
      for (let i = 0; i < size; i++) of[i] = unitOf(i);
      return { of, count };
    };
    const layer = perPosition
      ? units(samples * positions, (i) => n[i] * positions + p[i])
      : units(samples, (i) => n[i]);
    const unitsOf: Readonly<Record<Method, Units>> = {
      none: units(1, () => 0),
      batch: units(channels, (i) => c[i]),
      layer,
      instance: units(samples * channels, (i) => n[i] * channels + c[i]),
      group: units(samples * GROUPS, (i) => n[i] * GROUPS + Math.floor((c[i] * GROUPS) / channels)),
      rms: layer,
    };
    const normal = normalValues(size, 5);
    for (const kind of kinds) {
      const toValue = KINDS[kind];
      it(`${layout} [${shape.join(', ')}], ${kind}`, async () => {
        const values = new Float32Array(size);
        for (let i = 0; i < size; i++) values[i] = toValue(normal[i], i, c[i], n[i]);
        const arena = acquireArena();
        assert.ok(arena !== undefined);
        const record = await analyseArray(
          values,
          shape,
          layout,
          { groups: GROUPS },
          { arena, chunk: 50_000 },
        );
        arena.release();
        const counts = countsOf(values);
        assert.deepEqual(record.counts, counts);
        for (const method of METHODS) {
          if ('reason' in record.methods[method]) continue;
          const own = defined(record, method);
          const expected = reference(values, method, unitsOf[method]);
          assert.equal(own.sketch.count, counts.finite, `${method}: count`);
          const found = own.units?.variance ?? own.units?.meanSquare ?? [own.variance];
          for (const [unit, variance] of expected.variances.entries()) {
            const error = Math.abs(found[unit] - variance);
            assert.ok(
              error <= 1e-9 * variance,
              `${method}: variance of ${unit} ${found[unit]}, not ${variance}`,
            );
          }
          checkPercentiles(method, percentilesOf(own.sketch, LEVELS), expected.percentiles);
        }
      });
    }
  }
}

/** To 1 % of the half-width, or of the distance if that exceeds thirty half-widths. */
function checkPercentiles(method: Method, found: readonly number[], expected: readonly number[]): void {
  const [low, middle, high] = [15, 50, 85].map((level) => expected[LEVELS.indexOf(level)]);
  const halfWidth = (high - low) / 2;
  for (const [i, level] of LEVELS.entries()) {
    const exact = expected[i];
    const isFar = Math.abs(exact - middle) > 30 * halfWidth;
    const allowed = isFar ? 0.01 * Math.abs(exact) : 0.01 * halfWidth;
    const error = Math.abs(found[i] - exact);
    assert.ok(
      error <= allowed,
      `${method} p${level}: ${found[i]}, not ${exact}: off by ${error}, ${((error / allowed) * 100).toFixed(0)} % of what is allowed`,
    );
  }
}
