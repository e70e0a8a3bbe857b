/** What distinguishes the runs of a sweep, by name: learning rate, width, method, seed. */
export type Knobs = Readonly<Record<string, KnobValue>>;
export type KnobValue = number | string | boolean;

/** Knobs that say which random numbers a run drew: runs that differ in these alone are of one kind. */
const SEEDS: ReadonlySet<string> = new Set(['seed', 'random_seed', 'rng_seed', 'manual_seed']);

/** Knobs that are the width of a network, the clearest name first. */
const WIDTHS = ['width', 'd_model', 'hidden_size', 'hidden_dim', 'n_embd', 'embed_dim'] as const;

export function isSeed(name: string): boolean {
  return SEEDS.has(lastWord(name));
}

/** The width that a run's knobs state; undefined if none does, or if they state no positive number. */
export function widthOf(knobs: Knobs): number | undefined {
  for (const width of WIDTHS) {
    for (const [name, value] of Object.entries(knobs))
      if (lastWord(name) === width && typeof value === 'number' && value > 0) return value;
  }
  return undefined;
}

/** The names of the knobs that not all runs have in common, in the order in which they first occur, seeds last. */
export function differingKnobs(runs: readonly Knobs[]): readonly string[] {
  const names = [...new Set(runs.flatMap((knobs) => Object.keys(knobs)))];
  const differing = names.filter((name) => new Set(runs.map((knobs) => knobValue(knobs, name))).size > 1);
  return [...differing.filter((name) => !isSeed(name)), ...differing.filter(isSeed)];
}

/** A text that is the same for runs of one kind: those whose knobs are equal, seeds aside. */
export function kindOf(knobs: Knobs): string {
  const kept = Object.entries(knobs).filter(([name]) => !isSeed(name));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Orders runs by these knobs, the first one first: numbers ascending, then texts; runs without the knob come last. */
export function compareKnobs(a: Knobs, b: Knobs, names: readonly string[]): number {
  for (const name of names) {
    const order = compareValues(knobValue(a, name), knobValue(b, name));
    if (order !== 0) return order;
  }
  return 0;
}

/** Knobs as people write them, such as `lr 0.1 · seed 3`; empty if the run has none of these. */
export function knobsText(knobs: Knobs, names: readonly string[]): string {
  return names
    .filter((name) => Object.hasOwn(knobs, name))
    .map((name) => `${name} ${String(knobs[name])}`)
    .join(' · ');
}

function knobValue(knobs: Knobs, name: string): KnobValue | undefined {
  return Object.hasOwn(knobs, name) ? knobs[name] : undefined;
}

function compareValues(a: KnobValue | undefined, b: KnobValue | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1;
  return String(a) < String(b) ? -1 : 1;
}

/** The last part of a name with dots, such as `model.width`. */
function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}
