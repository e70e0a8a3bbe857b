import { type InTurns, mapInTurns } from '../../model/inTurns';
import type { Question, Readings } from '../../model/questions';
import { readingOf } from '../../model/questions';
import { ITEM, isSetting, LEADING_ITEM } from './families';
import { oncePerPath, type ParsedName, type Remainder } from './parsedName';
import { NUMBERED_PART_NAME, SHARD } from './vocabulary';
import { without } from './without';

/** A number that distinguishes the files of one step, and the name without it. */
interface Item {
  readonly number: number;
  readonly name: ParsedName;
  readonly shown: string;
  /** Whether its word is one for samples, or it has no word. */
  readonly isSample: boolean;
}

/**
 * Reads the numbers of samples (`prompt_3`, `img_001_conv1`) in names as calls: one of several inputs at a step. Also
 * reads numbers after other words as calls if the same keys recur in files of one step (`shard_0.npz`, `0.npz`). Those
 * could also be ranks, or parts of the layers' names, so the user is asked.
 */
export function* readItems(
  names: readonly ParsedName[],
  readings: Readings | undefined,
): InTurns<{ readonly names: readonly ParsedName[]; readonly questions: readonly Question[] }> {
  const none = { names, questions: [] };
  const isTimed = names.some(({ fields: { step, epoch, checkpoint } }) =>
    [step, epoch, checkpoint].some((counter) => counter !== undefined),
  );
  if (names.some(({ fields }) => fields.call !== undefined || fields.batch !== undefined)) return none;
  const found = yield* mapInTurns(
    names,
    oncePerPath((name) => itemIn(name, isTimed)),
  );
  const present = found.filter((item) => item !== undefined);
  if (2 * present.length <= names.length || !recur(present)) return none;
  const isSample = present.every((item) => item.isSample);
  const isRanked = names.some(({ fields }) => fields.rank !== undefined);
  const question: Question = {
    id: 'items',
    kind: 'items',
    example: present[0].shown,
    guess: isSample ? 'call' : 'layer',
    others: [isSample ? 'layer' : 'call', ...(isRanked ? [] : ['rank'])],
  };
  const reading = readingOf(question, readings);
  if (reading === 'layer') return { names, questions: [question] };
  return {
    questions: [question],
    names: yield* mapInTurns(names, (name, index) => {
      const item = found[index];
      const field = reading === 'rank' ? 'rank' : 'call';
      return item === undefined ? name : { ...item.name, fields: { ...name.fields, [field]: item.number } };
    }),
  };
}

/** Returns whether there are several numbers for the same remaining name at one step. */
function recur(items: readonly Item[]): boolean {
  const numbers = new Map<string, number>();
  return items.some(({ number, name: { fields, folders, stem, key } }) => {
    const base = JSON.stringify([fields, folders.map(({ text }) => text), stem.text, key]);
    const other = numbers.get(base);
    numbers.set(base, number);
    return other !== undefined && other !== number;
  });
}

/**
 * Returns the number at the end of the file's name or of one of its folders, or that of a sample before a layer's name.
 * In a file of one tensor, or in a run without steps, only that of a sample counts.
 */
function itemIn(name: ParsedName, isTimed: boolean): Item | undefined {
  for (const part of [name.stem, ...[...name.folders].reverse()]) {
    if (part.text === '') continue;
    const match =
      (isTimed ? ITEM.exec(part.text) : null) ??
      LEADING_ITEM.exec(part.text) ??
      (name.keyed && isTimed ? numbered(part.text) : null);
    if (match === null) continue;
    const rest: Remainder = { text: without(part.text, match.index, match[0].length), marked: true };
    const shown = part === name.stem ? part.text : `${part.text}/`;
    return {
      number: Number(match[1]),
      shown,
      isSample: ITEM.test(part.text) || LEADING_ITEM.test(part.text) || match[0] === match[1],
      name: {
        ...name,
        stem: part === name.stem ? rest : name.stem,
        folders: name.folders.map((folder) => (folder === part ? rest : folder)),
      },
    };
  }
  return undefined;
}

/** Matches `shard_0`, `pass1`, and `0`, but not settings or parts of a network or a file. */
function numbered(text: string): RegExpExecArray | null {
  const match = /(?<![\p{L}\p{N}.])\p{L}*[\s_\-=]?(\d{1,9})$/u.exec(text);
  if (match === null || SHARD.test(text)) return null;
  const word = match[0].slice(0, -match[1].length);
  return isSetting(word) || NUMBERED_PART_NAME.test(word.replace(/[\s_\-=]$/u, '')) ? null : match;
}
