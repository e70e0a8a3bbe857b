import { METHODS } from '../../model/analysis';
import type { Densities, MethodDensities } from '../../model/densities';
import { positionOf, seriesOf } from '../../model/series';
import { spacedIndices } from '../../model/spacedIndices';
import { fittingBins, histogram, sketchOf } from '../figures/histogram';
import { percentilesOf } from '../statistics/percentile';
import { cellsOf, type ExplicitHistogram, type Sketch } from '../statistics/sketch';
import type { ChannelRequest } from './channelFigures';
import { type RunOptions, readable, type SketchStore } from './sketchStore';

/** Maximum number of steps: a chart in a column cannot show more side by side. */
const MAX_STEPS = 120;
const MAX_BINS = 48;
/** Percentiles that bound the bins. */
const VIEW = [1, 99];

/**
 * Returns the distributions of a layer's records under every method, from their sketches: from files only if memory has
 * dropped them. Of a long series, takes evenly spaced records.
 */
export async function densities(
  sketches: SketchStore,
  { catalog }: Pick<RunOptions, 'catalog'>,
  { layer, variant, step }: ChannelRequest,
): Promise<Densities> {
  const series = seriesOf(catalog, layer, variant);
  const wanted = Math.min(positionOf(series, step), series.length - 1);
  const records = spacedIndices(series.length, MAX_STEPS, wanted).map((position) => series[position]);
  const found = (await sketches.ofEach(records)).map(readable);
  const count = Math.max(0, ...found.map((record) => sketchOf(record, 'none')?.count ?? 0));
  const bins = fittingBins(count, MAX_BINS);
  const methods = Object.fromEntries(
    METHODS.flatMap((method) => {
      const of = methodDensities(
        found.map((record) => sketchOf(record, method)),
        bins,
      );
      return of === undefined ? [] : [[method, of]];
    }),
  );
  return { layer, variant, records: Int32Array.from(records, ({ id }) => id), bins, methods };
}

function methodDensities(
  all: readonly (Sketch | ExplicitHistogram | undefined)[],
  bins: number,
): MethodDensities | undefined {
  const views = all.flatMap((sketch) => (sketch === undefined ? [] : [percentilesOf(sketch, VIEW)]));
  if (views.length === 0) return undefined;
  const [low, high] = [Math.min(...views.map(([min]) => min)), Math.max(...views.map(([, max]) => max))];
  // A constant has a bin too.
  const margin = low < high ? 0 : Math.max(Math.abs(low), 1) / 2;
  const range = { min: low - margin, max: high + margin };
  const shares = new Float32Array(all.length * bins).fill(Number.NaN);
  all.forEach((sketch, row) => {
    if (sketch === undefined) return;
    const { counts } = histogram(cellsOf(sketch), range, bins);
    shares.set(
      counts.map((count) => count / sketch.count),
      row * bins,
    );
  });
  return { ...range, shares };
}
