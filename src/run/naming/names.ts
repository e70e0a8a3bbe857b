import { type InTurns, mapInTurns, sortInTurns, withoutTurns } from '../../model/inTurns';

const SEPARATOR = /[\s/._:-]/u;

/**
 * Returns short names of layers, without the prefix and suffix that all of them share, cut only at a separator
 * (`act_conv1`, `act_fc` → `conv1`, `fc`; `conv1.output`, `fc.output` likewise). No name becomes empty, starts with a
 * digit that belongs to the part before it (`layers.0` keeps `layers`), becomes just a number, or loses a number at its
 * end. Names that differ stay different. A single name stays as it is.
 */
export function shortNames(fullNames: readonly string[]): readonly string[] {
  if (fullNames.length < 2) return fullNames;
  const start = sharedPrefix(fullNames);
  const rest = fullNames.map((name) => name.slice(start));
  const end = sharedSuffix(rest);
  return rest.map((name) => name.slice(0, name.length - end));
}

/** Returns the length of the longest prefix to drop. */
function sharedPrefix(names: readonly string[]): number {
  const first = names[0];
  let length = Math.min(...names.map((name) => name.length)) - 1;
  for (const name of names) {
    for (let at = 0; at < length; at++) {
      if (name[at] !== first[at]) length = at;
    }
  }
  const usable = (cut: number) =>
    SEPARATOR.test(first[cut - 1]) &&
    names.every((name) => !/[\d\s/._:-]/u.test(name[cut])) &&
    (/[/.]/u.test(first[cut - 1]) || !isInsideShared(names, cut));
  while (length > 0 && !usable(length)) length--;
  return length;
}

/**
 * Returns whether all names have the same part around this position: `hidden_states.0`, `hidden_states.1` keep
 * `hidden_states`.
 */
function isInsideShared(names: readonly string[], cut: number): boolean {
  return new Set(names.map((name) => /^[^/.]*/u.exec(name.slice(cut))?.[0])).size === 1;
}

/**
 * Returns the length of the longest suffix to drop. It starts with a separator, has no part that is a number, and does
 * not end in one.
 */
function sharedSuffix(names: readonly string[]): number {
  const first = names[0];
  let length = Math.min(...names.map((name) => name.length)) - 1;
  for (const name of names) {
    for (let back = 0; back < length; back++) {
      if (name[name.length - 1 - back] !== first[first.length - 1 - back]) length = back;
    }
  }
  const usable = (cut: number) => {
    const suffix = first.slice(first.length - cut);
    const kept = names.map((name) => name.slice(0, name.length - cut));
    const named = kept.every((name) => /[^\d\s/._:-]$/u.test(name) || /[^\d\s/._:-].*\d$/u.test(name));
    const numbered = /\d$/u.test(suffix) || suffix.split(SEPARATOR).some((part) => /^\d+$/u.test(part));
    return named && SEPARATOR.test(suffix[0]) && !numbered;
  };
  while (length > 0 && !usable(length)) length--;
  return length;
}

/** Sorts naturally: `layer2` before `layer10`; by code units apart from numbers. */
export function sortNaturally<T>(items: readonly T[], textOf: (item: T) => string): readonly T[] {
  return withoutTurns(sortNaturallyInTurns(items, textOf));
}

/** The same for a long list. */
export function* sortNaturallyInTurns<T>(
  items: readonly T[],
  textOf: (item: T) => string,
): InTurns<readonly T[]> {
  const keyed = yield* mapInTurns(items, (item) => {
    const text = textOf(item);
    return { item, text, key: naturalKey(text) };
  });
  const sorted = yield* sortInTurns(
    keyed,
    (a, b) => compareText(a.key, b.key) || compareText(a.text, b.text),
  );
  return yield* mapInTurns(sorted, ({ item }) => item);
}

const NUMBERS = /\d+/gu;

/**
 * A text that sorts by code units as the given one sorts naturally. The end of what precedes a number sorts before
 * everything that could go on there; the number's length, without zeros in front, before its digits.
 */
function naturalKey(text: string): string {
  return text.replace(NUMBERS, (digits, at: number) => {
    const number = digits.replace(/^0+(?=\d)/u, '');
    return `${at > 0 ? '\0' : ''}0${String.fromCharCode(number.length)}${number}`;
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
