/**
 * Statistics of a layer's channels at several steps, of the raw values. Every array has a row for each record, and a
 * column for each channel of {@link channels}; see {@link figureAt}. NaN: the channel has no finite value, or the record
 * could not be read.
 */
export interface ChannelFigures {
  readonly layer: number;
  readonly variant: number;
  /** Record ids, steps ascending. */
  readonly records: Int32Array;
  /** The channels of the columns, ascending. */
  readonly channels: Int32Array;
  /** Number of channels of the layer. Of a wide layer, only those with the largest parts of a shift are included. */
  readonly of: number;
  readonly mean: Figures;
  /** Biased standard deviation. */
  readonly deviation: Figures;
  /** Largest |x|. */
  readonly greatest: Figures;
  /** √(Δµ² + Δσ²)/σ_s from the reference step, where σ_s is the deviation of the whole layer there. */
  readonly shift: Figures;
}

/** Half as many bytes, unless some figure is out of the range of float32. */
type Figures = Float32Array | Float64Array;

/** The figures that a channel map can show. */
export const CHANNEL_FIGURES = ['shift', 'mean', 'deviation', 'greatest'] as const;
export type ChannelFigure = (typeof CHANNEL_FIGURES)[number];

/** A figure of the channel in a column, at the record in a row. */
export function figureAt(
  figures: ChannelFigures,
  figure: ChannelFigure,
  row: number,
  column: number,
): number {
  return figures[figure][row * figures.channels.length + column];
}

/**
 * Each channel's part of a layer's shift, 0 to 1: its share of Σ(Δµ² + Δσ²), the squared Fréchet distance between
 * Gaussians with the channels' moments [Dowson & Landau 1982, diagonal]. Channels without a shift have part 0.
 * `shifts`: √(Δµ² + Δσ²) in any unit.
 */
export function partsOf(shifts: Figures): Float64Array {
  let greatest = 0;
  for (const shift of shifts) if (shift > greatest) greatest = shift;
  // Scaled, so that squares cannot overflow. An infinite shift leaves nothing to the others.
  const squares = Float64Array.from(shifts, (shift) => {
    if (!(shift > 0)) return 0;
    return greatest === Number.POSITIVE_INFINITY ? Number(shift === greatest) : (shift / greatest) ** 2;
  });
  const sum = squares.reduce((total, square) => total + square, 0);
  return sum > 0 ? squares.map((square) => square / sum) : squares;
}

/** The smallest number of channels that together have at least this share of the parts; 0 if there is no shift. */
export function channelsWithShare(parts: Float64Array, share: number): number {
  const descending = parts.slice().sort().reverse();
  let sum = 0;
  for (let i = 0; i < descending.length && descending[i] > 0; i++) {
    sum += descending[i];
    // Parts are rounded, so their sum may be slightly smaller than the share.
    if (sum >= share * (1 - 1e-9)) return i + 1;
  }
  return 0;
}
