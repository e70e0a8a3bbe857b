import { type InTurns, inTurns } from '../../model/inTurns';
import type { Question } from '../../model/questions';
import { isPowerOfTwo } from './families';
import type { NameTexts } from './parsedName';

const BATCH = /(?<![\p{L}\p{N}])(?:mini[_-]?)?batch[\s_=-]?(\d{1,9})(?![\p{L}\p{N}]|\.\d)/iu;

/**
 * Returns the question whether numbers after `batch` are sizes (`batch32`, `batch64`), if all of them are powers of two
 * from 8, like sizes. Returns undefined if they are batch indices, or if there is only one.
 */
export function* batchSizes({ around }: NameTexts): InTurns<Question | undefined> {
  const sizes = new Map<string, string>();
  yield* inTurns(around, (text) => {
    const match = BATCH.exec(text);
    if (match !== null) sizes.set(match[1], text);
  });
  const isSize = [...sizes.keys()].every((digits) => isPowerOfTwo(Number(digits)) && Number(digits) >= 8);
  if (sizes.size < 2 || !isSize) return undefined;
  const [example] = sizes.values();
  return { id: 'batch', kind: 'letters', example, guess: 'layer', others: ['batch'] };
}
