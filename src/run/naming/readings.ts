import type { InTurns } from '../../model/inTurns';
import type { Question, Readings } from '../../model/questions';
import { readBareNumbers } from './bareNumbers';
import { readItems } from './items';
import { readLetters } from './letters';
import { readMoments } from './moments';
import { readNodes } from './nodes';
import { readPairs } from './pairs';
import type { ParsedName } from './parsedName';
import { readRanges } from './ranges';

/**
 * Interprets unlabeled information that the run as a whole supports: letters with numbers, times, before and after,
 * ranges of samples, plain numbers, and numbers of samples, in this order, each in the remainder of the previous ones. A guess becomes a
 * question, and the user's choice in `readings` overrides it.
 */
export function* readTogether(
  names: readonly ParsedName[],
  readings?: Readings,
): InTurns<{ readonly names: readonly ParsedName[]; readonly questions: readonly Question[] }> {
  const questions: Question[] = [];
  let read = readNodes(names);
  for (const reader of [readLetters, readMoments, readPairs, readRanges, readBareNumbers, readItems]) {
    const result = reader(read, readings);
    const { names: next, questions: asked } = 'next' in result ? yield* result : result;
    read = next;
    questions.push(...asked);
    yield;
  }
  return { names: read, questions };
}
