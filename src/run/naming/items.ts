import type { Question, Readings } from '../../model/questions';
import { readingOf } from '../../model/questions';
import { ITEM } from './families';
import type { ParsedName, Remainder } from './parsedName';
import { without } from './without';

/**
 * Reads the numbers of samples (`prompt_3`, `image_12`) in the names of a run that has steps as calls: one of several
 * inputs at a step. They could be parts of layers' names, so the person is asked.
 */
export function readItems(
  names: readonly ParsedName[],
  readings: Readings | undefined,
): { readonly names: readonly ParsedName[]; readonly questions: readonly Question[] } {
  const none = { names, questions: [] };
  const isTimed = names.some(({ fields: { step, epoch, checkpoint } }) =>
    [step, epoch, checkpoint].some((counter) => counter !== undefined),
  );
  if (!isTimed || names.some(({ fields }) => fields.call !== undefined || fields.batch !== undefined))
    return none;
  const found = names.map(itemIn);
  const present = found.filter((item) => item !== undefined);
  if (2 * present.length <= names.length) return none;
  const question: Question = {
    id: 'items',
    kind: 'items',
    example: present[0].shown,
    guess: 'call',
    others: ['layer'],
  };
  if (readingOf(question, readings) === 'layer') return { names, questions: [question] };
  return {
    questions: [question],
    names: names.map((name, index) => {
      const item = found[index];
      return item === undefined ? name : { ...item.name, fields: { ...name.fields, call: item.number } };
    }),
  };
}

/** The number of a sample that ends the file's name or one of its folders'. */
function itemIn(name: ParsedName): { number: number; name: ParsedName; shown: string } | undefined {
  for (const part of [name.stem, ...[...name.folders].reverse()]) {
    const match = ITEM.exec(part.text);
    if (match === null) continue;
    const rest: Remainder = { text: without(part.text, match.index, match[0].length), marked: true };
    const shown = part === name.stem ? part.text : `${part.text}/`;
    return {
      number: Number(match[1]),
      shown,
      name: {
        ...name,
        stem: part === name.stem ? rest : name.stem,
        folders: name.folders.map((folder) => (folder === part ? rest : folder)),
      },
    };
  }
  return undefined;
}
