/** The values of a scalar in one file, in the order in which they were written. */
export interface ScalarSeries {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Series that are being read. */
export interface ScalarSeriesReader {
  add(name: string, step: number, value: number): void;
  /** Removes the last value of a name. */
  pop(name: string): void;
  all(): readonly ScalarSeries[];
}

export function scalarSeries(): ScalarSeriesReader {
  const series = new Map<string, { name: string; steps: number[]; values: number[] }>();
  return {
    add: (name, step, value) => {
      let known = series.get(name);
      if (known === undefined) {
        known = { name, steps: [], values: [] };
        series.set(name, known);
      }
      known.steps.push(step);
      known.values.push(value);
    },
    pop: (name) => {
      const known = series.get(name);
      known?.steps.pop();
      known?.values.pop();
    },
    all: () => [...series.values()],
  };
}
