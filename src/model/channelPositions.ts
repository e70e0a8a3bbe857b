/**
 * Means over samples of one channel by position. Of tensors with one axis of positions, such as sequences: positions ×
 * steps. Of others: the last two axes of positions, such as H × W, at one step; earlier axes are averaged.
 */
export interface ChannelPositions {
  readonly layer: number;
  readonly variant: number;
  readonly channel: number;
  readonly kind: 'steps' | 'picture';
  /** Record ids: of every column, steps ascending; of a picture, its one record. */
  readonly records: Int32Array;
  /** Length of the axis that goes down, and its letter in the layout. */
  readonly down: PositionAxis;
  /** The axis that goes to the right in a picture. */
  readonly right?: PositionAxis;
  /** Cells that the axis down is divided into: neighboring positions share one if there are many. */
  readonly rows: number;
  readonly columns: number;
  /** Mean of the finite values of each cell, [row][column]; NaN if there are none. */
  readonly mean: Float64Array;
}

export interface PositionAxis {
  readonly letter: string;
  readonly length: number;
}

/** A cell of the map of positions. */
export interface PositionCell {
  readonly row: number;
  readonly column: number;
}

/** The cell of an index, of an axis of `length` indices that is divided into `cells`. */
export function cellOf(index: number, length: number, cells: number): number {
  return Math.floor((index * cells) / length);
}

/** The first index of a cell. */
export function firstIndexOf(cell: number, length: number, cells: number): number {
  return Math.ceil((cell * length) / cells);
}
