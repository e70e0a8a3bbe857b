import type { Layout } from '../../model/catalog';
import type { Chance } from '../../model/comparison';
import { randomSubsets } from '../statistics/randomSubsets';
import { type OpenTensor, openTensorOf } from '../tensor/recordValues';
import { type BinSums, type Bins, binDistance, binSums, binsFor, binsOf, rowLength } from './binSums';
import type { ReadableRecord } from './elementDifference';
import { type GatheredValues, gatherValues } from './gatherValues';

/** Random divisions: the first ones decide whether more are worth their time. */
const [FEWEST, MOST] = [199, 999];
/** Shares of divisions above which a more precise one does not matter. */
const CLEARLY_CHANCE = 0.1;
/** Units of each record that are exchanged, at most: neighbors are exchanged together. */
const MOST_UNITS = 512;
/** Distances that differ by rounding only. */
const ROUNDING = 1e-9;

/** A record, its files, and how its axes are read. */
export interface LaidOutRecord extends ReadableRecord {
  readonly layout: Layout;
}

/**
 * Tells how likely two records are as far apart by chance, as {@link Chance} defines it: exchanges their samples, which are
 * alike if one network read other data, and their channels, which are alike if other seeds drew the networks. The less
 * significant of the two counts. Undefined if neither can be divided, or if the other record is constant.
 */
export async function chanceOf(
  current: LaidOutRecord,
  other: LaidOutRecord,
  signal: AbortSignal,
): Promise<Chance | undefined> {
  const a = await read(current, signal);
  try {
    const b = await read(other, signal);
    try {
      return chanceBetween(a, b);
    } finally {
      b.gathered.release();
    }
  } finally {
    a.gathered.release();
  }
}

function chanceBetween(a: ReadRecord, b: ReadRecord): Chance | undefined {
  const sigma = deviationOf(b.gathered.values);
  if (a.gathered.values.length === 0 || !(sigma > 0)) return undefined;
  const [hasSamples, hasChannels] = (['samples', 'channels'] as const).map(
    (unit) => a.axes[unit] + b.axes[unit] > 2,
  );
  if (!hasSamples && !hasChannels) return undefined;
  const bins = binsFor([a.gathered.values, b.gathered.values]);
  const [binsA, binsB] = [a, b].map(({ gathered }) => binsOf(bins, gathered.values));
  let worst: Chance | undefined;
  for (const unit of ['samples', 'channels'] as const) {
    // One sample each leaves it to the channels. One channel each tells nothing of other seeds: its p is 1.
    if (unit === 'samples' && !hasSamples) continue;
    const found = divisions(bins, unitSums(bins, a, binsA, unit), unitSums(bins, b, binsB, unit));
    if (found === undefined || (worst !== undefined && found.p <= worst.p)) continue;
    worst = { ...found, floor: found.floor / sigma, unit };
  }
  return worst;
}

interface ReadRecord {
  readonly gathered: GatheredValues;
  readonly axes: OpenTensor['axes'];
}

async function read({ files, record, layout }: LaidOutRecord, signal: AbortSignal): Promise<ReadRecord> {
  const opened = await openTensorOf(files, record, layout);
  try {
    return { gathered: await gatherValues(opened, signal), axes: opened.axes };
  } finally {
    await opened.tensor.close();
  }
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
}

function unitSums(
  bins: Bins,
  { gathered, axes }: ReadRecord,
  binOf: Uint8Array,
  unit: 'samples' | 'channels',
): BinSums {
  const units = Math.min(MOST_UNITS, axes[unit]);
  const { values, [unit]: indices } = gathered;
  // Whole numbers stay exact, which a factor would round.
  const unitOf = (i: number) => Math.floor((indices[i] * units) / axes[unit]);
  return binSums(bins, { values, binOf, unitOf }, units);
}

/** The distance of two batches among those of random divisions of all their units into as many. */
function divisions(
  bins: Bins,
  a: BinSums,
  b: BinSums,
): Pick<Chance, 'p' | 'floor' | 'permutations'> | undefined {
  const units = a.units + b.units;
  if (a.units === 0 || b.units === 0) return undefined;
  const length = rowLength(bins);
  const rows = new Float64Array(units * length);
  rows.set(a.rows);
  rows.set(b.rows, a.rows.length);
  const all = Int32Array.from({ length: units }, (_, unit) => unit);
  const total = sumOf(rows, length, all, new Float64Array(length));
  const [part, rest] = [new Float64Array(length), new Float64Array(length)];
  const distanceOf = (subset: Int32Array): number => {
    sumOf(rows, length, subset, part);
    for (let k = 0; k < length; k++) rest[k] = total[k] - part[k];
    return binDistance(bins, part, rest);
  };
  const observed = distanceOf(all.subarray(0, a.units));
  const distances: number[] = [];
  let asFar = 0;
  const draw = (until: number) => {
    // The same ones, and further ones. Drawing the smaller part is less work.
    const subsets = randomSubsets(units, Math.min(a.units, b.units), until);
    for (const subset of subsets.slice(distances.length)) {
      const distance = distanceOf(subset);
      if (distance >= observed * (1 - ROUNDING)) asFar++;
      distances.push(distance);
    }
  };
  const p = () => (1 + asFar) / (1 + distances.length);
  draw(FEWEST);
  if (p() <= CLEARLY_CHANCE) draw(MOST);
  const ascending = Float64Array.from(distances).sort();
  return {
    p: p(),
    floor: ascending[Math.ceil(0.95 * ascending.length) - 1],
    permutations: distances.length,
  };
}

/** Adds up the rows of some units. */
function sumOf(rows: Float64Array, length: number, units: Int32Array, sum: Float64Array): Float64Array {
  sum.fill(0);
  for (const unit of units) {
    const start = unit * length;
    for (let k = 0; k < length; k++) sum[k] += rows[start + k];
  }
  return sum;
}
