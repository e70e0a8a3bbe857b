import { isAboveFloor, type ShiftMetrics } from './analysis';

/** How the elements of a record differ from those of the record of another run that belongs to it. */
export type ElementDifference =
  /** The same shape, type and bits. */
  | { readonly kind: 'equal' }
  | {
      readonly kind: 'different';
      /** How many elements differ in their bits, and of how many. */
      readonly elements: number;
      readonly of: number;
      /**
       * The largest distance of two elements, as the number of steps from one representable number of the type to the
       * next; infinite if only one is finite, or both are other infinities. Zeros of other signs and NaN of other
       * payloads differ in their bits, by 0 steps.
       */
      readonly ulps: number;
      /** Index of the first element that differs, in the order of indices; one number an axis. */
      readonly first: readonly number[];
    }
  /** Other shapes or types, which only their distributions compare: a sentence that says so. */
  | { readonly kind: 'incomparable'; readonly reason: string };

/**
 * How likely two batches are as far apart by chance: a permutation test of the raw values' Wasserstein-1 distance
 * [Good 2005, §3.2].
 */
export interface Chance {
  /** (1 + divisions that lie at least as far apart) / (1 + divisions). */
  readonly p: number;
  /** The 95th percentile of the distances of random divisions, in σ of the reference. */
  readonly floor: number;
  readonly permutations: number;
  /** What was exchanged: samples, or channels, which other seeds permute. */
  readonly unit: 'samples' | 'channels';
}

/** One record compared with the record of another run that belongs to it. */
export interface RecordComparison {
  /** Record id in the run. */
  readonly record: number;
  /** Record id in the other run. */
  readonly other: number;
  readonly difference: ElementDifference;
  /** Absent where the batches cannot be divided. */
  readonly chance?: Chance;
}

/** Above this share of random divisions that lie as far apart, a distance is what chance makes. */
export const CHANCE_LEVEL = 0.05;

/** A distance of two records next to what is noise. */
export interface DistanceAndNoise {
  /** In σ of the reference; NaN if unknown. */
  readonly w1: number;
  /** The larger of the noise floor and of that of random divisions, in σ of the reference; absent if unknown. */
  readonly floor?: number;
  readonly p?: number;
  readonly isAbove: boolean;
}

/** Whether the distance of two records of two runs is above noise: above its floor, and not what chance makes. */
export function distanceAndNoise(
  { w1, noiseFloor }: Pick<ShiftMetrics, 'w1' | 'noiseFloor'>,
  chance: Chance | undefined,
): DistanceAndNoise {
  const floors = [noiseFloor?.w1, chance?.floor].flatMap((each) =>
    each === undefined || Number.isNaN(each) ? [] : [each],
  );
  const floor = floors.length === 0 ? undefined : Math.max(...floors);
  const isAbove = isAboveFloor({ w1, floor }) && (chance === undefined || chance.p <= CHANCE_LEVEL);
  return {
    w1,
    ...(floor !== undefined && { floor }),
    ...(chance !== undefined && { p: chance.p }),
    isAbove,
  };
}
