import { sharedSegments } from '../../io/uriSegments';
import { type InTurns, inTurns, mapInTurns } from '../../model/inTurns';
import type { ParsedName, Remainder } from './parsedName';
import { NUMBERED_PART_NAME } from './vocabulary';

/** A parsed name, with its time and variant. */
export interface TimedName {
  readonly parsed: ParsedName;
  /** Step, phase, rank, and call as one text. */
  readonly key: string;
}

/**
 * Returns the full name of each tensor's layer, as short as possible while distinguishing the tensors of one step and
 * variant:
 *
 * - In files with keys, the name is the key (after the file's name if the key is only a number and all files share that
 *   name). If keys recur, the file's name precedes the key; if that is not enough, folders too.
 * - In files of one tensor, the name consists of the folders and the file's name, without the remainder of folders that
 *   contained a step (`activations_epoch_3/conv1.npy` is `conv1`). If names repeat, it includes that remainder.
 *
 * Folders that contain all tensors are not part of a name, unless the number after them needs them (`layers/3`). If
 * nothing remains (`step_100.npy`), the name is that of the parent folder, or `fallback`.
 */
export function* layerNames(timed: readonly TimedName[], fallback: string): InTurns<readonly string[]> {
  const around = yield* foldersAround(timed);
  const names =
    around === 0
      ? timed
      : yield* mapInTurns(timed, ({ parsed, key }) => ({
          parsed: { ...parsed, folders: parsed.folders.slice(around) },
          key,
        }));
  const withKeys = names.filter(({ parsed }) => parsed.keyed);
  yield;
  const numbered = sharedStem(withKeys.map(({ parsed }) => parsed));
  yield;
  const keyed = yield* leastAmbiguous(withKeys, [
    ({ key }) => [isNumber(key) && numbered !== undefined ? `${numbered}.${key}` : key],
    ({ stem, key }) => [stem.text, key],
    ({ folders, stem, key }) => [...unmarked(folders), stem.text, key],
    ({ folders, stem, key }) => [...texts(folders), stem.text, key],
  ]);
  const whole = yield* leastAmbiguous(
    names.filter(({ parsed }) => !parsed.keyed),
    [
      ({ folders, stem }) => [...unmarked(folders), stem.text],
      ({ folders, stem }) => [...texts(folders), stem.text],
    ],
  );
  return yield* mapInTurns(names, ({ parsed }, index) => {
    const name = join((parsed.keyed ? keyed : whole)(parsed));
    return name !== '' ? name : (nearestText(timed[index].parsed) ?? fallback);
  });
}

/** Returns the number of folders that contain all tensors and so distinguish none of them. */
function* foldersAround(timed: readonly TimedName[]): InTurns<number> {
  const folders = new Set<readonly Remainder[]>();
  yield* inTurns(timed, ({ parsed }) => void folders.add(parsed.folders));
  const around = sharedSegments(yield* mapInTurns([...folders], texts));
  yield;
  const last = timed[0]?.parsed.folders[around - 1]?.text ?? '';
  const isNumbered =
    NUMBERED_PART_NAME.test(last) &&
    timed.some(({ parsed: { folders, stem } }) => /^\d+$/u.test(folders[around]?.text ?? stem.text));
  return isNumbered ? around - 1 : around;
}

/**
 * Returns the information shared by the names of all files whose keys are only numbers; undefined if they differ or
 * have none.
 */
function sharedStem(names: readonly ParsedName[]): string | undefined {
  const stems = new Set(names.filter(({ key }) => isNumber(key)).map(({ stem }) => stem.text));
  const [stem] = stems;
  return stems.size === 1 && stem !== '' ? stem : undefined;
}

function isNumber(key: string): boolean {
  return /^\d+$/u.test(key);
}

/** Returns the parts of a name that make up the layer's name. */
type Parts = (name: ParsedName) => readonly string[];

/** Returns the first of the choices for which the fewest tensors of one step and variant share a name. */
function* leastAmbiguous(names: readonly TimedName[], choices: readonly Parts[]): InTurns<Parts> {
  let best = choices[0];
  let fewest = Number.POSITIVE_INFINITY;
  for (const choice of choices) {
    const distinct = new Set<string>();
    yield* inTurns(names, ({ parsed, key }) => void distinct.add(`${key}\n${join(choice(parsed))}`));
    const recurring = names.length - distinct.size;
    if (recurring < fewest) {
      best = choice;
      fewest = recurring;
    }
    if (recurring === 0) break;
  }
  return best;
}

function join(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0] : parts.filter((part) => part !== '').join('/');
}

/** Returns the file's name, or that of the nearest folder with remaining text. */
function nearestText({ folders, stem }: ParsedName): string | undefined {
  return [stem.text, ...[...texts(folders)].reverse()].find((text) => text !== '');
}

function texts(folders: readonly Remainder[]): readonly string[] {
  return folders.map(({ text }) => text);
}

function unmarked(folders: readonly Remainder[]): readonly string[] {
  return texts(folders.filter(({ marked }) => !marked));
}
