/** A line of the bench's table. */
export interface Row {
  readonly what: string;
  /** What was measured, with its unit. */
  readonly figure: string;
  /** Throughput, where the row has one. */
  readonly rate?: string;
  /** How many times as long as Normscope, measured in turn with it. */
  readonly ratio?: string;
  readonly note?: string;
}

/** Rows that belong together, and can be asked for by name. */
export interface Group {
  readonly name: string;
  readonly title: string;
  rows(): Promise<readonly Row[]>;
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
  statistics: Readonly<Record<string, () => Promise<number>>>,
  { repeats = REPEATS, warmUps = WARM_UPS }: { repeats?: number; warmUps?: number } = {},
): Promise<ReadonlyMap<string, number>> {
  const figures = new Map(Object.keys(statistics).map((name) => [name, [] as number[]]));
  for (let round = -warmUps; round < repeats; round++) {
    for (const [name, measure] of Object.entries(statistics)) {
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

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** One line each, in columns. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, figure, rate = '', ratio = '', note = '' }) => [
    what,
    figure,
    rate,
    ratio,
    note,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
