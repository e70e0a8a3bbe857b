/**
 * The information in a name other than the layer. {@link timeline} chooses among several time counters; `batch` counts
 * as time only without a finer one (step, iteration, checkpoint).
 */
export interface NameFields {
  readonly epoch?: number;
  readonly checkpoint?: number;
  readonly step?: number;
  readonly batch?: number;
  /** Micro-batch or call index. */
  readonly call?: number;
  readonly rank?: number;
  /** Part of each tensor: ranks of tensor parallelism hold other channels of the same samples. */
  readonly tensorRank?: number;
  /** Part of the network's layers. */
  readonly pipelineRank?: number;
  /** Part of the network's experts. */
  readonly expertRank?: number;
  /** `train`, `eval`, `val`, `test`, or a recorder's own word. */
  readonly phase?: string;
}

export type MutableFields = { -readonly [K in keyof NameFields]: NameFields[K] };

export type CounterField = Exclude<keyof NameFields, 'phase'>;

const PHASES: ReadonlyMap<string, string> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['eval', 'eval'],
  ['evaluation', 'eval'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
]);

/** Returns one word for every spelling of a phase (`Training` → `train`). Other words are only trimmed. */
export function normalizePhase(word: string): string {
  return PHASES.get(word.trim().toLowerCase()) ?? word.trim();
}

/** Returns whether a word is the name of a phase, in any spelling. */
export function isPhase(word: string): boolean {
  return PHASES.has(word.trim().toLowerCase());
}

/** Compares phases for lists: none, train, val, eval, test, then others by name. */
export function comparePhases(a: string | undefined, b: string | undefined): number {
  const known = [undefined, 'train', 'val', 'eval', 'test'];
  const rank = (phase: string | undefined) => (known.includes(phase) ? known.indexOf(phase) : known.length);
  return rank(a) - rank(b) || ((a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0);
}
