import type { RecordInfo } from '../fileHeader';
import type { KnownTensor } from './knownTensor';

/**
 * Dicts by whole numbers: `{0: {'conv1': …}, 100: {'conv1': …}}`, `{'conv1': {0: …, 100: …}}`. Numbers that cannot be a
 * count are steps. Those that may count layers or blocks (0, 1, 2, …) become the first part of the name, which the names
 * of the run as a whole then decide on. Undefined where no whole numbers are keys at one place of all tensors.
 */
export function numberedKeys(tensors: readonly RecordInfo[]): readonly KnownTensor[] | undefined {
  if (tensors[0]?.path === undefined) return undefined;
  const paths = tensors.flatMap(({ path }) => (path === undefined ? [] : [path]));
  if (paths.length !== tensors.length || paths.length === 0) return undefined;
  const place = paths[0].findIndex(isKey);
  if (place < 0 || !paths.every((path) => isKey(path[place]))) return undefined;
  const numbers = paths.map((path) => Number(path[place]));
  const groups = new Set(paths.map((path) => path.slice(0, place).join('.')));
  const others = paths.map((path) =>
    [...(groups.size > 1 ? path.slice(0, place) : []), ...path.slice(place + 1)].join('.'),
  );
  const isNamed = others.every((name) => name !== '');
  const [count, last] = [new Set(numbers).size, numbers.reduce((a, b) => Math.max(a, b))];
  const isCount = last <= count;
  if (!isNamed)
    return isCount || last < 100 ? undefined : numbers.map((step) => ({ key: '', fields: { step } }));
  if (isCount && last >= 100) return undefined;
  return last >= 100 || groups.size === 1
    ? numbers.map((number, i) => ({ key: `${number}/${others[i]}` }))
    : undefined;
}

function isKey(part: string | number | undefined): boolean {
  return typeof part === 'string' && /^\d{1,15}$/u.test(part);
}
