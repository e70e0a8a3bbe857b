import { type InTurns, inTurns } from '../../model/inTurns';
import type { Question } from '../../model/questions';
import { NAME_GRAMMAR } from './nameGrammar';
import type { NameTexts } from './parsedName';

const WORDS = [...NAME_GRAMMAR.step.words, ...NAME_GRAMMAR.shortStep.words, ...NAME_GRAMMAR.checkpoint.words]
  .map((word) => word.replace('_', '[_-]?'))
  .join('|');

/** A step whose digits may be in groups of three, as Python's `f"{step:_}"` writes it [PEP 515]: `step_1_000`. */
const GROUPED = new RegExp(
  `(?<![\\p{L}\\p{N}])((?:${WORDS})[\\s_=-]?)([1-9]\\d{0,2})((?:_\\d{3})+)(?![\\p{L}\\p{N}])`,
  'giu',
);

/** Most texts have no such digits, and need no closer search. */
const MAY_GROUP = /\d_\d{3}/u;

/**
 * Returns the question whether `step_1_000` is one number, if the run has such names. Returns undefined if the digits
 * after the step count from 0 (`step_1_000`, `step_1_001`): those are samples or batches of a step.
 */
export function* digitGroups({ around, keys }: NameTexts): InTurns<Question | undefined> {
  const tails = new Set<string>();
  let example: string | undefined;
  const look = (text: string) => {
    if (!MAY_GROUP.test(text)) return;
    for (const [whole, , , tail] of text.matchAll(GROUPED)) {
      example ??= whole;
      tails.add(tail);
    }
  };
  yield* inTurns(around, look);
  yield* inTurns(keys, look);
  if (example === undefined || tails.has('_001')) return undefined;
  return { id: 'groups', kind: 'groups', example, guess: 'one', others: ['two'] };
}

/** Returns the text with the digits of such steps joined. */
export function joinDigitGroups(text: string): string {
  return text.replace(
    GROUPED,
    (_, word: string, head: string, tail: string) => word + head + tail.replaceAll('_', ''),
  );
}
