import type { MapGrid } from './mapGrid';

/** Steps whose place on the axis of the map is known; both lists ascend. */
export interface StepAxis {
  readonly steps: readonly number[];
  /** From 0, the left edge of the map, to 1. */
  readonly places: readonly number[];
}

/**
 * The axis of the map, whose columns are steps: a column's step is in its middle, of several steps the first and the last
 * are as far from its edges as their number asks. Steps before the first column and after the last, down to `first` and
 * up to `last`, share the halves of these columns.
 */
export function stepAxis(
  { columns, perColumn }: Pick<MapGrid, 'columns' | 'perColumn'>,
  first: number,
  last: number,
): StepAxis {
  const steps: number[] = [];
  const places: number[] = [];
  const add = (step: number, place: number) => {
    steps.push(step);
    places.push(place);
  };
  const width = 1 / columns.length;
  if (columns.length > 0 && first < columns[0].first) add(first, 0);
  columns.forEach((column, i) => {
    if (column.first === column.last) add(column.first, (i + 0.5) * width);
    else {
      add(column.first, (i + 0.5 / perColumn) * width);
      add(column.last, (i + 1 - 0.5 / perColumn) * width);
    }
  });
  if (columns.length > 0 && last > columns[columns.length - 1].last) add(last, 1);
  return { steps, places };
}

/** The places of ascending steps, between known ones in proportion. Steps outside of the axis are at its ends. */
export function placesOnAxis({ steps: known, places }: StepAxis, steps: ArrayLike<number>): Float64Array {
  const result = new Float64Array(steps.length);
  let after = 0;
  for (let i = 0; i < steps.length; i++) {
    while (after < known.length && known[after] < steps[i]) after++;
    if (after === 0) result[i] = places[0] ?? 0;
    else if (after === known.length) result[i] = places[after - 1];
    else {
      const part = (steps[i] - known[after - 1]) / (known[after] - known[after - 1]);
      result[i] = places[after - 1] + part * (places[after] - places[after - 1]);
    }
  }
  return result;
}
