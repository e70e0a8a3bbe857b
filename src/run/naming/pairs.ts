import { type InTurns, mapInTurns } from '../../model/inTurns';
import type { Question, Readings } from '../../model/questions';
import { readingOf } from '../../model/questions';
import type { ParsedName, Remainder } from './parsedName';
import { without } from './without';

/** Matches `before` and `after` as separate words, with an event after them (`before_training`). */
const SIDE =
  /(?<![\p{L}\p{N}])(before|after|pre|post)(?:[_\- ]?(?:train(?:ing)?|fine[_\- ]?tun(?:e|ing|ed)|ft|updates?|prun(?:e|ing|ed)|quant(?:ization|ized)?|init))?(?![\p{L}\p{N}])/iu;

/** Names of whole folders and files with the same meaning. */
const ENDS = /^(?:(init|initial|untrained|pretrained)|(final|trained|fine[_\- ]?tuned))$/iu;

/** One side of a pair in a name. */
interface Side {
  readonly isAfter: boolean;
  readonly base: string;
  readonly name: ParsedName;
  readonly shown: string;
  /** Whether the word applies to all tensors of a folder or file. */
  readonly isAround: boolean;
}

/**
 * Reads `before` and `after`, if most names have one and nothing else states a step. Around layers (`before/conv1.npy`,
 * `after_training.npz`) they are two moments, steps 0 and 1; next to a layer's name (`bn1_before.npy`) they are part of
 * it. Each could be the other, so the user is asked.
 */
export function* readPairs(
  names: readonly ParsedName[],
  readings: Readings | undefined,
): InTurns<{ readonly names: readonly ParsedName[]; readonly questions: readonly Question[] }> {
  const none = { names, questions: [] };
  if (names.some(({ fields }) => COUNTERS.some((counter) => fields[counter] !== undefined))) return none;
  const found = yield* mapInTurns(names, sideIn);
  const present = found.filter((side) => side !== undefined);
  const after = new Set(present.filter(({ isAfter }) => isAfter).map(({ base }) => base));
  const isPair = present.some(({ isAfter, base }) => !isAfter && after.has(base));
  if (2 * present.length <= names.length || !isPair) return none;
  const isAround = present.every((side) => side.isAround);
  const question: Question = {
    id: 'pairs',
    kind: 'pairs',
    example: present[0].shown,
    ...(isAround ? { guess: 'step', others: ['layer'] } : { guess: 'layer', others: ['step'] }),
  };
  if (readingOf(question, readings) === 'layer') return { names, questions: [question] };
  return {
    questions: [question],
    names: yield* mapInTurns(names, (name, index) => {
      const side = found[index];
      return side === undefined
        ? name
        : { ...side.name, fields: { ...name.fields, step: side.isAfter ? 1 : 0 } };
    }),
  };
}

const COUNTERS = ['step', 'batch', 'epoch', 'checkpoint'] as const;

function sideIn(name: ParsedName): Side | undefined {
  const texts = [name.stem, ...[...name.folders].reverse()];
  for (const part of texts) {
    const isAround = part !== name.stem || name.keyed;
    const match = SIDE.exec(part.text) ?? (isAround ? ENDS.exec(part.text) : null);
    // `pre_norm` and `resid_post` are parts of a network.
    if (match === null || (!isAround && /^p/iu.test(match[1]))) continue;
    const rest: Remainder = { text: without(part.text, match.index, match[0].length), marked: true };
    const left = {
      ...name,
      stem: part === name.stem ? rest : name.stem,
      folders: name.folders.map((folder) => (folder === part ? rest : folder)),
    };
    return {
      isAfter: match[2] !== undefined || /^(?:after|post)/iu.test(match[1]),
      base: [...left.folders.map(({ text }) => text), left.stem.text, name.key].join('/'),
      name: left,
      shown: part === name.stem ? part.text : `${part.text}/`,
      isAround,
    };
  }
  return undefined;
}

/** Common names of normalization layers. */
const NORM = /(?:^|[^\p{L}])(?:bn|ln|gn|norm|(?:batch|layer|group|instance|rms)_?norm)(?![\p{L}])/iu;
/** Not `pre` and `post`: `pre_norm` and `post_norm` are two layers. */
const AFTER = /(?<![\p{L}\p{N}])(after|outputs?)(?![\p{L}\p{N}])/iu;
const BEFORE: Readonly<Record<string, string>> = { after: 'before', output: 'input', outputs: 'inputs' };

/**
 * Returns the name of a normalization layer's input, given the name of its output, such as `bn1_after` or `ln/output`;
 * undefined if the name does not contain such a word.
 */
export function pairedInput(name: string): string | undefined {
  const match = AFTER.exec(name);
  if (match === null || !NORM.test(name)) return undefined;
  const word = BEFORE[match[1].toLowerCase()];
  return `${name.slice(0, match.index)}${word}${name.slice(match.index + match[1].length)}`;
}
