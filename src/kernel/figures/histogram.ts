import {
  type DistributionPair,
  type Histogram,
  isDefined,
  METHODS,
  type Method,
  type Range,
} from '../../model/analysis';
import type { RecordSketch } from '../record/recordSketch';
import { percentilesOf } from '../statistics/percentile';
import { type Cells, cellsOf, type ExplicitHistogram, type Sketch } from '../statistics/sketch';

/** Percentiles that bound the default view. */
const VIEW = [0.1, 99.9];

/**
 * Histograms of one record, and of its reference over the same bins, for every method. `bins` is their number for many values;
 * few values have fewer.
 * Without a range, the bins span the middle 99.8 % of both.
 */
export function histogramPairs(
  current: RecordSketch,
  reference: RecordSketch | undefined,
  bins: number,
  ranges: Partial<Record<Method, Range>>,
): Record<Method, DistributionPair> {
  return Object.fromEntries(
    METHODS.map((method) => {
      const sketches = { current: sketchOf(current, method), reference: sketchOf(reference, method) };
      const present = [sketches.current, sketches.reference].filter((each) => each !== undefined);
      if (present.length === 0) return [method, {}];
      const range = ranges[method] ?? viewRange(present);
      const fitting = fittingBins(Math.max(...present.map(({ count }) => count)), bins);
      const pair: { current?: Histogram; reference?: Histogram } = {};
      if (sketches.current !== undefined) pair.current = histogram(cellsOf(sketches.current), range, fitting);
      if (sketches.reference !== undefined)
        pair.reference = histogram(cellsOf(sketches.reference), range, fitting);
      return [method, pair];
    }),
  ) as Record<Method, DistributionPair>;
}

/** The distribution of a method; undefined if it is not defined or has no value. */
export function sketchOf(
  record: RecordSketch | undefined,
  method: Method,
): Sketch | ExplicitHistogram | undefined {
  const each = record?.methods[method];
  return each === undefined || !isDefined(each) || each.sketch.count === 0 ? undefined : each.sketch;
}

/** Bins for n values: 2·∛n, rounded up [Rice rule: Lane, Online Statistics Education, ch. 2], at least 4. */
export function fittingBins(values: number, most: number): number {
  return Math.min(most, Math.max(4, Math.ceil(2 * Math.cbrt(values))));
}

function viewRange(sketches: readonly (Sketch | ExplicitHistogram)[]): Range {
  const views = sketches.map((sketch) => percentilesOf(sketch, VIEW));
  const min = Math.min(...views.map(([low]) => low));
  const max = Math.max(...views.map(([, high]) => high));
  if (max > min) return { min, max };
  const margin = Math.max(...sketches.map(cellWidth)) * 4;
  return { min: min - margin, max: max + margin };
}

/** Returns the cell width of a constant, which a ready-made histogram holds in one cell. */
function cellWidth(sketch: Sketch | ExplicitHistogram): number {
  if (!('cells' in sketch)) return sketch.width;
  const { edges } = sketch.cells;
  return edges[edges.length - 1] - edges[0];
}

/**
 * Divides the cells' counts among equal bins over [min, max]. A cell that spans several bins contributes to each in
 * proportion.
 */
export function histogram({ edges, cumulative }: Cells, { min, max }: Range, bins: number): Histogram {
  const perBin = bins / (max - min);
  const result = new Float64Array(bins);
  let below = 0;
  let above = 0;
  for (let i = 0; i < edges.length - 1; i++) {
    const count = cumulative[i + 1] - cumulative[i];
    if (count === 0) continue;
    const density = count / (edges[i + 1] - edges[i]);
    const from = Math.max(edges[i], min);
    const to = Math.min(edges[i + 1], max);
    below += density * Math.max(0, Math.min(edges[i + 1], min) - edges[i]);
    above += density * Math.max(0, edges[i + 1] - Math.max(edges[i], max));
    if (to <= from) continue;
    const firstBin = Math.min(bins - 1, Math.floor((from - min) * perBin));
    const lastBin = Math.min(bins - 1, Math.floor((to - min) * perBin));
    for (let bin = firstBin; bin <= lastBin; bin++) {
      const binFrom = bin === firstBin ? from : min + bin / perBin;
      const binTo = bin === lastBin ? to : min + (bin + 1) / perBin;
      result[bin] += density * (binTo - binFrom);
    }
  }
  return { min, max, counts: result, below, above };
}
