/** A line of the bench's table. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What it is compared with, measured in the same run. */
  readonly reference: string;
}

const REPEATS = 7;
/** Rounds that are not counted: caches fill and engines optimize. */
const WARM_UPS = 3;

export async function medianMilliseconds(run: () => Promise<void>, repeats = REPEATS): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) times.push(await milliseconds(run));
  return median(times);
}

/** Medians of things that are measured in turn, so that a slow moment of the machine is every one's. */
export async function interleaved(
  measures: Readonly<Record<string, () => Promise<number>>>,
  repeats = REPEATS,
): Promise<ReadonlyMap<string, number>> {
  const figures = new Map(Object.keys(measures).map((name) => [name, [] as number[]]));
  for (let round = -WARM_UPS; round < repeats; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      const figure = await measure();
      if (round >= 0) figures.get(name)?.push(figure);
    }
  }
  return new Map([...figures].map(([name, values]) => [name, median(values)]));
}

export async function milliseconds(run: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
