import type { NameTexts, TensorName } from './parsedName';

/** Words of the vocabulary and short forms that could also be names of layers. */
const WORD = /^(?:train(?:ing)?|eval(?:uation)?|val(?:id(?:ation)?)?|test(?:ing)?|[sebr]\d+)$/iu;

/**
 * Returns names that end in a word of the vocabulary (key `test`, file `train.npy`) that is a name, not a phase or a
 * counter: other names next to it are not such words, or it is the only one of its kind and so distinguishes nothing.
 */
export function wordsAsNames(
  names: readonly TensorName[],
  { around, keys }: NameTexts,
): ReadonlySet<TensorName> {
  if (![...keys, ...around].some((text) => WORD.test(endOf(text)))) return new Set();
  const siblings = new Map<string, Set<string>>();
  const words = new Set<string>();
  for (const name of names) {
    const [around, last] = [aroundOf(name), lastOf(name)];
    if (WORD.test(last)) words.add(last.toLowerCase());
    const known = siblings.get(around);
    if (known === undefined) siblings.set(around, new Set([last]));
    else known.add(last);
  }
  const kept = new Set<TensorName>();
  for (const name of names) {
    const last = lastOf(name);
    if (!WORD.test(last)) continue;
    const isAmongOthers = [...(siblings.get(aroundOf(name)) ?? [])].some((each) => !WORD.test(each));
    const isAlone = words.size === 1 && !/\d/u.test(last);
    if (isAmongOthers || isAlone) kept.add(name);
  }
  return kept;
}

/** Returns the end of the tensor's key, or the file's name in a file of one tensor. */
function lastOf({ stem, key }: TensorName): string {
  return key === '' ? stem : endOf(key);
}

function endOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** Returns the rest of the name around it. */
function aroundOf({ folders, stem, key }: TensorName): string {
  return key === ''
    ? folders.join('/')
    : [...folders, stem, key.slice(0, key.lastIndexOf('/') + 1)].join('/');
}
