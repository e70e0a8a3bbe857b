import { type InTurns, mapInTurns } from '../../model/inTurns';
import type { Question, Readings } from '../../model/questions';
import { readingOf } from '../../model/questions';
import { oncePerPath, type ParsedName, type Remainder } from './parsedName';
import { without } from './without';

/** A date, and the time of day if it follows: `2024-05-01_12-30-00`, `20240501_123000`, `2024-05-01T12:30:00.5Z`. */
const DATE =
  /(?<![\p{L}\p{N}])((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:[T_\- ]?([01]\d|2[0-3])[-_:.h]?([0-5]\d)(?:[-_:.m]?([0-5]\d)(?:[.,_](\d{1,6}))?)?s?Z?)?(?![\p{L}\p{N}])/u;
/** `01.05.2024`, the day first; with other separators, the month may come first. */
const DOTTED =
  /(?<![\p{L}\p{N}.])(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])\.((?:19|20)\d{2})(?![\p{L}\p{N}]|\.\d)/u;
/** `May-01-2024` and `01May2024`. */
const NAMED =
  /(?<![\p{L}\p{N}])(?:(0?[1-9]|[12]\d|3[01])[-_ ]?)?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[-_ ]?(0?[1-9]|[12]\d|3[01])?[-_ ]((?:19|20)\d{2})(?![\p{L}\p{N}])/iu;
/** TensorBoard's `May01_12-30-00`, and a whole name that is a time of day; both without a year. */
const SHORT =
  /(?:^|(?<=[^\p{L}\p{N}]))(?:(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(0[1-9]|[12]\d|3[01])_|^(?=.{8}$))([01]\d|2[0-3])[-:]([0-5]\d)[-:]([0-5]\d)(?![\p{L}\p{N}])/iu;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Seconds or milliseconds since 1970, from 2001 to 2065. */
const UNIX = /(?<![\p{L}\p{N}.])([12]\d{9})(\d{3})?(?:\.(\d{1,9}))?(?![\p{L}\p{N}])/u;

/** Characters of a time, such as `20240501` and `12-30-00`. */
const SHORTEST = 8;

function isShort({ text }: Remainder): boolean {
  return text.length < SHORTEST;
}

/** A time in a name, and the name without it. */
interface Moment {
  readonly milliseconds: number;
  readonly name: ParsedName;
  readonly shown: string;
}

/**
 * Interprets dates and times in most names, if there is no other step, as the times of one run in order: steps 0, 1, 2,
 * and so on. They could also distinguish several runs, so the user is asked. A time that all names share is dropped.
 */
export function* readMoments(
  names: readonly ParsedName[],
  readings: Readings | undefined,
): InTurns<{ readonly names: readonly ParsedName[]; readonly questions: readonly Question[] }> {
  const none = { names, questions: [] };
  const inPath = oncePerPath(momentInPath);
  const found = yield* mapInTurns(names, (name) => inPath(name) ?? momentInKey(name));
  if (found.every((moment) => moment === undefined)) return none;
  if (names.some(({ fields }) => COUNTERS.some((counter) => fields[counter] !== undefined)))
    return { names: withoutIdleTimes(names, found), questions: [] };
  const present = found.filter((moment) => moment !== undefined);
  const timesOf = timesByBase(present);
  const times = sorted(present.map(({ milliseconds }) => milliseconds));
  if (times.length === 1 && present.length === names.length)
    return { names: found.map((moment, index) => moment?.name ?? names[index]), questions: [] };
  if (2 * present.length <= names.length || times.length < 2) return none;
  const question: Question = {
    id: 'moments',
    kind: 'moments',
    example: present[0].shown,
    ...([...timesOf.values()].some((each) => each.length > 1)
      ? { guess: 'step', others: ['layer'] }
      : { guess: 'layer', others: ['step'] }),
  };
  if (readingOf(question, readings) === 'layer') return { names, questions: [question] };
  // Layers that are written one after the other have different times at each step.
  const isRegular = new Set([...timesOf.values()].map((each) => each.length)).size === 1;
  const stepOf = ({ milliseconds, name }: Moment) =>
    (isRegular ? (timesOf.get(baseOf(name)) ?? times) : times).indexOf(milliseconds);
  return {
    questions: [question],
    names: yield* mapInTurns(names, (name, index) => {
      const moment = found[index];
      return moment === undefined
        ? name
        : { ...moment.name, fields: { ...name.fields, step: stepOf(moment) } };
    }),
  };
}

/**
 * Removes times next to steps from names if they distinguish nothing: without them, all tensors of a step still differ.
 * Otherwise, they distinguish runs.
 */
function withoutIdleTimes(
  names: readonly ParsedName[],
  found: readonly (Moment | undefined)[],
): readonly ParsedName[] {
  const stripped = names.map((name, index) => found[index]?.name ?? name);
  const keys = stripped.map(({ fields, folders, stem, key }) =>
    JSON.stringify([fields, folders.map(({ text }) => text), stem.text, key]),
  );
  return new Set(keys).size === names.length ? stripped : names;
}

/** Returns the distinct times of each name without its time, ascending. */
function timesByBase(moments: readonly Moment[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const { name, milliseconds } of moments) {
    const base = baseOf(name);
    const known = times.get(base);
    if (known === undefined) times.set(base, [milliseconds]);
    else known.push(milliseconds);
  }
  return new Map([...times].map(([base, each]) => [base, sorted(each)]));
}

function sorted(times: readonly number[]): readonly number[] {
  return [...new Set(times)].sort((a, b) => a - b);
}

function baseOf({ folders, stem, key }: ParsedName): string {
  return [...folders.map(({ text }) => text), stem.text, key].join('/');
}

/** Returns whether a text is only a date or time. */
export function isTime(text: string): boolean {
  const match = timeIn(text);
  return match !== undefined && match.length === text.length;
}

const COUNTERS = ['step', 'batch', 'epoch', 'checkpoint'] as const;

/** Returns the time in the file's name, or else in its folders from the inside out. */
function momentInPath(name: ParsedName): Moment | undefined {
  if (isShort(name.stem) && name.folders.every(isShort)) return undefined;
  for (const part of [name.stem, ...[...name.folders].reverse()]) {
    const match = timeIn(part.text);
    if (match === undefined) continue;
    const rest: Remainder = { text: without(part.text, match.start, match.length), marked: true };
    return {
      milliseconds: match.milliseconds,
      shown: part.text,
      name: {
        ...name,
        stem: part === name.stem ? rest : name.stem,
        folders: name.folders.map((folder) => (folder === part ? rest : folder)),
      },
    };
  }
  return undefined;
}

/** Returns the time in a group of the key. */
function momentInKey(name: ParsedName): Moment | undefined {
  if (!name.key.includes('/')) return undefined;
  const segments = name.key.split('/');
  const index = segments.findIndex((segment, at) => at < segments.length - 1 && isTime(segment));
  const match = index < 0 ? undefined : timeIn(segments[index]);
  if (match === undefined) return undefined;
  const key = segments.filter((_, at) => at !== index).join('/');
  return { milliseconds: match.milliseconds, shown: `${segments[index]}/`, name: { ...name, key } };
}

function timeIn(text: string): { start: number; length: number; milliseconds: number } | undefined {
  if (text.length < SHORTEST) return undefined;
  const date = DATE.exec(text);
  if (date !== null) {
    const [year, , month, day, hour = 0, minute = 0, second = 0] = date.slice(1).map(Number) as number[];
    const fraction = date[8] === undefined ? 0 : Number(`0.${date[8]}`) * 1000;
    const milliseconds =
      Date.UTC(year, month - 1, day, orZero(hour), orZero(minute), orZero(second)) + fraction;
    return { start: date.index, length: date[0].length, milliseconds };
  }
  const dotted = DOTTED.exec(text);
  if (dotted !== null) {
    const [day, month, year] = dotted.slice(1).map(Number);
    return { start: dotted.index, length: dotted[0].length, milliseconds: Date.UTC(year, month - 1, day) };
  }
  const named = NAMED.exec(text);
  if (named !== null && (named[1] === undefined) !== (named[3] === undefined)) {
    const [, before, month, after, year] = named;
    const day = Number(before ?? after);
    const milliseconds = Date.UTC(Number(year), MONTHS.indexOf(month.toLowerCase()), day);
    return { start: named.index, length: named[0].length, milliseconds };
  }
  const short = SHORT.exec(text);
  if (short !== null) {
    const [, month, day, hour, minute, second] = short;
    const start = Date.UTC(2000, MONTHS.indexOf(month?.toLowerCase() ?? 'jan'), Number(day ?? 1));
    const milliseconds = start + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
    return { start: short.index, length: short[0].length, milliseconds };
  }
  const unix = UNIX.exec(text);
  if (unix === null) return undefined;
  const milliseconds =
    Number(unix[1]) * 1000 +
    Number(unix[2] ?? 0) +
    (unix[3] === undefined ? 0 : Number(`0.${unix[3]}`) * 1000);
  return { start: unix.index, length: unix[0].length, milliseconds };
}

/** Returns 0 for a part of the time that the name omits. */
function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
