/** A figure of the whole run over its steps, such as the loss. */
export interface ScalarCurve {
  readonly name: string;
  /** Ascending, each once. */
  readonly steps: Float64Array;
  /** By step; some may be NaN or infinite. */
  readonly values: Float64Array;
}

/** Which scalars a run has. */
export interface RunScalars {
  /** Those that people look at first come first. */
  readonly names: readonly string[];
  /** Changes with every value. */
  readonly revision: number;
}

/** Scalars that are shown until a person chooses, at most. */
const SHOWN_FIRST = 3;

/** Words by which people name what they look at first, in that order. */
const FAMILIAR: readonly RegExp[] = [
  /(?:^|[\W_])loss(?:$|[\W_])/iu,
  /(?:^|[\W_])(?:lr|learning[\W_]?rate)(?:$|[\W_])/iu,
  /(?:^|[\W_])(?:grad(?:ient)?[\W_]?norm|gnorm)(?:$|[\W_])/iu,
  /(?:^|[\W_])(?:acc|accuracy|ppl|perplexity)(?:$|[\W_])/iu,
];

/** Whether a number with this name, beside tensors, is one that people chart over training. */
export function isFamiliarScalar(name: string): boolean {
  return FAMILIAR.some((word) => word.test(name));
}

/** Sorts names: familiar ones first, those of evaluation after those of training, otherwise by name. */
export function sortScalars(names: Iterable<string>): readonly string[] {
  const collator = new Intl.Collator('en', { numeric: true });
  const rank = (name: string) => {
    const at = FAMILIAR.findIndex((word) => word.test(name));
    return at < 0 ? FAMILIAR.length : at;
  };
  const isLater = (name: string) =>
    Number(/(?:^|[\W_])(?:val|valid|validation|eval|test)(?:$|[\W_])/iu.test(name));
  return [...names].sort((a, b) => rank(a) - rank(b) || isLater(a) - isLater(b) || collator.compare(a, b));
}

/**
 * The scalars to show until a person chooses: the first of each familiar word, in a run with two losses alone both of
 * them, or else the first.
 */
export function firstScalars(names: readonly string[]): readonly string[] {
  const familiar = FAMILIAR.flatMap((word) => names.find((name) => word.test(name)) ?? []);
  const isPair = names.length === 2 && names.every((name) => FAMILIAR[0].test(name));
  return [...new Set(familiar.length > 0 && !isPair ? familiar : names)].slice(0, SHOWN_FIRST);
}

/** The position of the last value at a step or before it; -1 before the first. */
export function positionAt({ steps }: Pick<ScalarCurve, 'steps'>, step: number): number {
  let low = 0;
  for (let high = steps.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The curve with fewer values: of each of `groups` groups of consecutive values the first, the smallest, the largest and
 * the last finite one [Jugel et al. 2014, M4], and one that is not finite; and the last at each step of `keep` or before
 * it. Unchanged if it has no more than four for each group.
 */
export function thinnedCurve(curve: ScalarCurve, groups: number, keep: readonly number[]): ScalarCurve {
  const { name, steps, values } = curve;
  const total = values.length;
  if (total <= 4 * groups) return curve;
  const chosen = new Uint8Array(total);
  for (const step of keep) {
    const at = positionAt(curve, step);
    if (at >= 0) chosen[at] = 1;
  }
  for (let group = 0; group < groups; group++) {
    const start = Math.floor((group * total) / groups);
    const end = Math.floor(((group + 1) * total) / groups);
    let [smallest, largest, broken] = [-1, -1, -1];
    for (let i = start; i < end; i++) {
      if (!Number.isFinite(values[i])) broken = broken < 0 ? i : broken;
      else {
        if (smallest < 0 || values[i] < values[smallest]) smallest = i;
        if (largest < 0 || values[i] > values[largest]) largest = i;
      }
    }
    for (const i of [start, smallest, largest, broken, end - 1]) if (i >= 0) chosen[i] = 1;
  }
  const places: number[] = [];
  for (let i = 0; i < total; i++) if (chosen[i] === 1) places.push(i);
  return {
    name,
    steps: Float64Array.from(places, (i) => steps[i]),
    values: Float64Array.from(places, (i) => values[i]),
  };
}
