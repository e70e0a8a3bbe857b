import type { MutationResult } from './mutations';
import { VictimLost, victims } from './victims';

/** Seconds of work that a mutation may take, and after which it is ended on a machine that does other things. */
const SECONDS = 2;
const PATIENCE = 120;
const MAX_MEMORY = 800 * 2 ** 20;
const MAX_AT_ONCE = 128 * 2 ** 20;
const FRESH_ABOVE = 500 * 2 ** 20;

export interface FuzzCounts {
  mutations: number;
  /** Number of mutations after which a tensor could still be read. */
  usable: number;
  crashes: number;
  hangs: number;
  /** Too much memory at once or in all. */
  allocations: number;
  /** Problems that are not tagged, or a defect of ours. */
  untagged: number;
  readonly byFormat: Record<string, number>;
  slowest: number;
  peak: number;
  /** What broke a rule, with its seed. */
  readonly failures: string[];
}

/** Runs the mutations of the seeds from `first` on, each in a process that has no right to do anything but read. */
export async function fuzz(
  first: number,
  count: number,
  tell: (done: FuzzCounts) => void = () => {},
): Promise<FuzzCounts> {
  const counts: FuzzCounts = {
    mutations: 0,
    usable: 0,
    crashes: 0,
    hangs: 0,
    allocations: 0,
    untagged: 0,
    byFormat: {},
    slowest: 0,
    peak: 0,
    failures: [],
  };
  const pool = victims([]);
  try {
    for (let seed = first; seed < first + count; seed++) {
      counts.mutations++;
      try {
        const answer = await pool.order({ kind: 'mutation', seed }, 1000 * PATIENCE);
        if (answer.kind === 'mutated') tally(counts, seed, answer);
        if (counts.peak > FRESH_ABOVE && answer.kind === 'mutated' && answer.peakBytes > FRESH_ABOVE)
          pool.stop();
      } catch (error) {
        if (!(error instanceof VictimLost)) throw error;
        counts[error.why === 'hang' ? 'hangs' : 'crashes']++;
        counts.failures.push(`seed ${seed}: ${error.why}: ${error.message}`);
      }
      tell(counts);
    }
  } finally {
    pool.stop();
  }
  return counts;
}

function tally(counts: FuzzCounts, seed: number, result: MutationResult): void {
  const { format, fixture, isUsable, wrong, seconds, largestBytes, peakBytes } = result;
  counts.byFormat[format] = (counts.byFormat[format] ?? 0) + 1;
  if (isUsable) counts.usable++;
  counts.slowest = Math.max(counts.slowest, seconds);
  counts.peak = Math.max(counts.peak, peakBytes);
  const fail = (what: string) => counts.failures.push(`seed ${seed}, ${fixture}: ${what}`);
  if (wrong.length > 0) {
    counts.untagged++;
    fail(wrong.slice(0, 3).join('\n'));
  }
  if (seconds > SECONDS) {
    counts.hangs++;
    fail(`${seconds} s`);
  }
  if (largestBytes > MAX_AT_ONCE || peakBytes > MAX_MEMORY) {
    counts.allocations++;
    fail(`${largestBytes} bytes at once, ${peakBytes} in all`);
  }
}

/** One line for a person. */
export function fuzzLine(counts: FuzzCounts, first: number): string {
  const { mutations, usable, crashes, hangs, allocations, untagged, byFormat, slowest, peak } = counts;
  const formats = Object.entries(byFormat)
    .sort()
    .map(([format, count]) => `${format} ${count}`)
    .join(', ');
  return (
    `fuzz: ${mutations} mutations from seed ${first} (${formats}; ${usable} still usable): ${crashes} crashes, ` +
    `${hangs} hangs, ${allocations} unbounded allocations, ${untagged} untagged or internal problems, ` +
    `0 code executions; slowest ${slowest.toFixed(2)} s, peak memory ${(peak / 2 ** 20).toFixed(0)} MB`
  );
}
