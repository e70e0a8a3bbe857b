/** Bins at most: between them, distances are exact. */
const BINS = 32;
/** Values of each batch from which the edges are chosen. */
const SAMPLE = 1 << 12;

/**
 * Bins that divide the real numbers so that two batches have about as many values in each. The first and the last bin
 * have no end.
 */
export interface Bins {
  /** Ascending; bin k lies between edge k − 1 and edge k. */
  readonly edges: Float64Array;
}

export function binsFor(batches: readonly Float64Array[]): Bins {
  const sample = Float64Array.from(batches.flatMap((values) => [...spaced(values)])).sort();
  const edges = Float64Array.from({ length: BINS - 1 }, (_, i) => {
    return sample[Math.floor(((i + 1) * sample.length) / BINS)];
  });
  return { edges: edges.filter((edge, i) => i === 0 || edge > edges[i - 1]) };
}

function spaced(values: Float64Array): Float64Array {
  const count = Math.min(SAMPLE, values.length);
  return Float64Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)]);
}

/** Counts and sums of values by unit and bin: what the distances between unions of units follow from. */
export interface BinSums {
  readonly units: number;
  /** One row a unit: the counts of its bins, then their sums. */
  readonly rows: Float64Array;
}

/** Numbers in a row. */
export function rowLength({ edges }: Bins): number {
  return 2 * (edges.length + 1);
}

/** The bin of each value. */
export function binsOf({ edges }: Bins, values: Float64Array): Uint8Array {
  const found = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x < edges[middle]) high = middle;
      else low = middle + 1;
    }
    found[i] = low;
  }
  return found;
}

/** Values, and the bin and unit of each. */
export interface BinnedValues {
  readonly values: Float64Array;
  readonly binOf: Uint8Array;
  readonly unitOf: (i: number) => number;
}

/** Adds up the values of each unit. */
export function binSums(bins: Bins, { values, binOf, unitOf }: BinnedValues, units: number): BinSums {
  const length = rowLength(bins);
  const rows = new Float64Array(units * length);
  for (let i = 0; i < values.length; i++) {
    const at = unitOf(i) * length + binOf[i];
    rows[at]++;
    rows[at + length / 2] += values[i];
  }
  return { units, rows };
}

/**
 * Wasserstein-1 between the values of two rows: Σ |∫ (F_a − F_b)| over the bins. Each integral follows exactly from count
 * and sum, so the result is exact unless F_a and F_b cross within a bin, and never too large.
 */
export function binDistance({ edges }: Bins, a: Float64Array, b: Float64Array): number {
  const bins = edges.length + 1;
  let [totalA, totalB] = [0, 0];
  for (let k = 0; k < bins; k++) {
    totalA += a[k];
    totalB += b[k];
  }
  let distance = 0;
  let below = 0;
  for (let k = 0; k < bins; k++) {
    const share = a[k] / totalA - b[k] / totalB;
    const sum = a[bins + k] / totalA - b[bins + k] / totalB;
    // ∫ F = F(start) · width + Σ (end − x), and of the last bin ∫ (1 − F) = Σ (x − start).
    const area = k < edges.length ? edges[k] * share - sum : sum - edges[k - 1] * share;
    distance += Math.abs(k === 0 || k === edges.length ? area : below * (edges[k] - edges[k - 1]) + area);
    below += share;
  }
  return distance;
}
