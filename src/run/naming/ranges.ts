import { type Question, type Readings, readingOf } from '../../model/questions';
import type { ParsedName, Remainder } from './parsedName';
import { without } from './without';

/** `0-100`, `0_100` and `0_to_100` at the end of a name; not the end of a date, or of a decimal number. */
const RANGE = /(?<![\p{L}\p{N}.]|\d{4}[-_])(\d{1,12})(?:_to_|-to-|[-_])(\d{1,12})$/u;

/** A range of samples in a name, and the name without it. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly base: string;
  readonly name: ParsedName;
  readonly shown: string;
}

/**
 * Reads ranges of samples (`acts_0-100`, `acts_100-200`) as calls: parts of the samples of one step. Every name must
 * have one, and each range must begin where another ends, or one later. The ranges could also be parts of names, so the
 * user is asked.
 */
export function readRanges(
  names: readonly ParsedName[],
  readings: Readings | undefined,
): { readonly names: readonly ParsedName[]; readonly questions: readonly Question[] } {
  const none = { names, questions: [] };
  if (names.some(({ fields }) => fields.call !== undefined)) return none;
  const found: Range[] = [];
  for (const name of names) {
    const range = rangeIn(name);
    if (range === undefined) return none;
    found.push(range);
  }
  if (found.length === 0 || !areConsecutive(found)) return none;
  const question: Question = {
    id: 'ranges',
    kind: 'items',
    example: found[0].shown,
    guess: 'call',
    others: ['layer'],
  };
  if (readingOf(question, readings) === 'layer') return { names, questions: [question] };
  return {
    questions: [question],
    names: found.map(({ name, start }) => ({ ...name, fields: { ...name.fields, call: start } })),
  };
}

function areConsecutive(ranges: readonly Range[]): boolean {
  const byBase = new Map<string, Map<number, number>>();
  for (const { base, start, end } of ranges) {
    // `layer_1_2` is more likely a block of a stage.
    if (end - start < 2) return false;
    byBase.set(base, (byBase.get(base) ?? new Map()).set(start, end));
  }
  return [...byBase.values()].every((each) => {
    const sorted = [...each].sort(([a], [b]) => a - b);
    return (
      sorted.length > 1 && sorted.every(([start], i) => i === 0 || [0, 1].includes(start - sorted[i - 1][1]))
    );
  });
}

/** Returns the range at the end of the file's name, or of one of its folders from the inside out. */
function rangeIn(name: ParsedName): Range | undefined {
  for (const part of [name.stem, ...[...name.folders].reverse()]) {
    const match = RANGE.exec(part.text);
    if (match === null) continue;
    const rest: Remainder = { text: without(part.text, match.index, match[0].length), marked: true };
    const stripped = {
      ...name,
      stem: part === name.stem ? rest : name.stem,
      folders: name.folders.map((folder) => (folder === part ? rest : folder)),
    };
    const { fields, folders, stem, key } = stripped;
    return {
      start: Number(match[1]),
      end: Number(match[2]),
      base: JSON.stringify([fields, folders.map(({ text }) => text), stem.text, key]),
      name: stripped,
      shown: part.text,
    };
  }
  return undefined;
}
