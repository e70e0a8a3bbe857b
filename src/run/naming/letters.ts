import type { Question, Readings } from '../../model/questions';
import { readingOf } from '../../model/questions';
import { isPowerOfTwo, MODEL_FAMILY } from './families';
import type { CounterField, NameFields } from './nameFields';
import type { ParsedName, Remainder } from './parsedName';
import { saysNoLayer } from './vocabulary';
import { without } from './without';

/** Meaning of a letter before a number that is a counter. */
const FIELDS: Readonly<Record<string, CounterField & ('epoch' | 'batch' | 'step')>> = {
  e: 'epoch',
  b: 'batch',
  s: 'step',
  t: 'step',
  i: 'step',
};

/**
 * Matches a letter with a number as a separate word, or in a word of such letters (`E1B10`), but not a decimal number
 * (`t0.7`).
 */
const LETTER =
  /(?<=(?:^|[\s_\-/@=+,.])(?:[ebs]\d{1,15})*)([ebsti])(\d{1,15})(?=(?:[ebs]\d{1,15})*(?:$|[\s_\-/@+,]|\.(?!\d)))/giu;
/** In keys, dots separate module names (`stages.s2.conv`), and such a word names a part. */
const LETTER_IN_KEY = /(?<=^|[_/@])([ebsti])(\d{1,15})(?=$|[_/@])/giu;
const SEPARATED = /[^\p{L}\p{N}]/u;
/** `L0` next to `S1000` indicates that letters stand for words. */
const LAYER_LETTER = /(?<=^|[\s_\-/])l\d{1,5}(?=$|[\s_\-/])/iu;

/** One letter with its number in a name. */
interface Letter {
  readonly index: number;
  readonly digits: string;
  /** Whether another counter is next to it. */
  readonly isPaired: boolean;
  /** Whether it follows the name of a family of models (`efficientnet_b0`). */
  readonly isOfModel: boolean;
  /** The name without it. */
  readonly name: ParsedName;
  /** The text that contains it. */
  readonly shown: string;
}

/**
 * Reads letters with a number (`e03`, `b0007`, `S1000`) as epoch, batch, and step if all names of a run have one whose
 * number differs, and nothing else states the same. The number must be padded with zeros, or be next to another counter
 * (`e1_b0`, `L0_S1000`). Otherwise, the letters may be parts of names, such as `b0` and `b7` in names of models, so the
 * user is asked.
 */
export function readLetters(
  names: readonly ParsedName[],
  readings: Readings | undefined,
): { readonly names: readonly ParsedName[]; readonly questions: readonly Question[] } {
  let read = names;
  const questions: Question[] = [];
  for (const letter of Object.keys(FIELDS)) {
    const field = FIELDS[letter];
    if (says(read, field) || (field === 'step' && says(read, 'checkpoint'))) continue;
    const found = lettersIn(read, letter);
    if (found === undefined || !differs(found)) continue;
    const { guess, isSure } = judge(found, letter);
    const question: Question = {
      id: `letter:${letter}`,
      kind: 'letters',
      example: found[0].shown,
      guess,
      others: [guess === 'layer' ? field : 'layer'],
    };
    if (!isSure) questions.push(question);
    if ((isSure ? guess : readingOf(question, readings)) === 'layer') continue;
    const next = [...read];
    for (const { index, digits, name } of found)
      next[index] = { ...name, fields: { ...name.fields, [field]: Number(digits) } };
    read = next;
  }
  return { names: read, questions };
}

/** Returns the letter in each name; undefined if a name has none. */
function lettersIn(names: readonly ParsedName[], letter: string): readonly Letter[] | undefined {
  const found: Letter[] = [];
  for (const [index, name] of names.entries()) {
    const each = letterIn(name, letter, index);
    if (each === undefined) return undefined;
    found.push(each);
  }
  return found;
}

function says(names: readonly ParsedName[], field: CounterField): boolean {
  return names.some(({ fields }) => fields[field] !== undefined);
}

/** Returns whether the number differs between names that are otherwise the same. */
function differs(found: readonly Letter[]): boolean {
  const byBase = new Map<string, string>();
  return found.some(({ digits, name }) => {
    const base = baseOf(name);
    const known = byBase.get(base);
    byBase.set(base, digits);
    return known !== undefined && known !== digits;
  });
}

/** Returns the name without the numbers of other letters, which also differ. */
function baseOf({ folders, stem, key }: ParsedName): string {
  return [...folders.map(({ text }) => text), stem.text, key]
    .join('/')
    .replace(LETTER, (_, letter: string) => letter);
}

function judge(found: readonly Letter[], letter: string): { guess: string; isSure: boolean } {
  const field = FIELDS[letter];
  const isPadded =
    found.some(({ digits }) => /^0\d/u.test(digits)) &&
    new Set(found.map(({ digits }) => digits.length)).size === 1;
  const isPaired = found.every((each) => each.isPaired);
  const isNamed = found.every(({ name }) => name.keyed || name.stem.text !== '' || hasFolder(name));
  if (!isNamed || found.some((each) => each.isOfModel)) return { guess: 'layer', isSure: false };
  const isCommon = letter === 'e' || letter === 'b' || letter === 's';
  if (isPadded || isPaired) return { guess: field, isSure: isCommon };
  const isLong = letter === 's' && found.every(({ digits }) => digits.length >= 3);
  // Next to nothing but dump words, it is unlikely to be a part of the network.
  const isAlone =
    isCommon && found.every(({ name }) => name.keyed && saysNoLayer(name.stem.text.replace(LETTER, '')));
  const isSize = found.every(({ digits }) => isPowerOfTwo(Number(digits)) && Number(digits) >= 8);
  return { guess: isLong || (isAlone && !isSize) ? field : 'layer', isSure: false };
}

function hasFolder({ folders }: ParsedName): boolean {
  return folders.some(({ text }) => !saysNoLayer(text));
}

/**
 * Returns the letter nearest to the tensor: in the file's name, then in its folders from the inside out, then in the
 * key.
 */
function letterIn(name: ParsedName, letter: string, index: number): Letter | undefined {
  const texts = [name.stem, ...[...name.folders].reverse()];
  const isCounted = COUNTERS.some((counter) => name.fields[counter] !== undefined);
  for (const part of texts) {
    const match = find(part.text, letter, LETTER);
    if (match === undefined) continue;
    const rest: Remainder = { text: without(part.text, match.start, match.length), marked: true };
    return {
      index,
      digits: match.digits,
      isPaired: (part.marked && isCounted) || texts.some(({ text }) => pairs(text, letter)),
      isOfModel: match.isOfModel,
      shown: part.text,
      name: {
        ...name,
        stem: part === name.stem ? rest : name.stem,
        folders: name.folders.map((folder) => (folder === part ? rest : folder)),
      },
    };
  }
  const match = find(name.key, letter, LETTER_IN_KEY);
  if (match === undefined) return undefined;
  const key = without(name.key, match.start, match.length).replace(/^\/|\/$/gu, '');
  if (key === '') return undefined;
  const { digits, isOfModel } = match;
  return {
    index,
    digits,
    isOfModel,
    isPaired: pairs(name.key, letter),
    shown: name.key,
    name: { ...name, key },
  };
}

const COUNTERS = ['epoch', 'batch', 'step', 'checkpoint'] as const satisfies readonly (keyof NameFields)[];

function find(
  text: string,
  letter: string,
  pattern: RegExp,
): { start: number; length: number; digits: string; isOfModel: boolean } | undefined {
  for (const match of text.matchAll(pattern)) {
    if (match[1].toLowerCase() !== letter) continue;
    const isOfModel = MODEL_FAMILY.test(text.slice(0, match.index));
    return { start: match.index, length: match[0].length, digits: match[2], isOfModel };
  }
  return undefined;
}

/** Returns whether the text contains another common letter, or that of a layer. */
function pairs(text: string, letter: string): boolean {
  if (LAYER_LETTER.test(text)) return true;
  return [...text.matchAll(LETTER)].some(({ 0: { length }, 1: other, index }) => {
    // In one word with it, the other letter could be part of a name as well: `s2b1` is a block.
    const isApart = SEPARATED.test(text[index - 1] ?? '_') && SEPARATED.test(text[index + length] ?? '_');
    return isApart && 'ebs'.includes(other.toLowerCase()) && other.toLowerCase() !== letter;
  });
}
