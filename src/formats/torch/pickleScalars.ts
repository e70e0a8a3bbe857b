import { isNotes } from '../notes';
import { pickledNumber } from './pickledNumpy';
import { isKind, type PickleValue } from './pickleValues';

/** Maximum number of values to keep per container, of letters per value, and of items per list. */
const MAX_SCALARS = 64;
const MAX_LETTERS = 200;
const MAX_ITEMS = 4096;

/**
 * Returns the numbers, booleans, strings, and plain lists next to the tensors of a dict, as text by key: `step`,
 * `epoch`, `phase`, and so on state the time and location of the tensors. The values of a nested dict `meta` or `info`
 * are included.
 */
export function plainScalars(
  children: readonly { readonly name: string; readonly value: PickleValue }[],
): ReadonlyMap<string, string> {
  const scalars = new Map<string, string>();
  for (const { name, value } of children) {
    if (scalars.size >= MAX_SCALARS) break;
    if (isNotes(name) && isKind(value, 'dict')) addNotes(value.entries, scalars);
    const text = plainText(value);
    if (text !== undefined && name.length <= MAX_LETTERS) scalars.set(name, text);
  }
  return scalars;
}

function addNotes(entries: readonly [PickleValue, PickleValue][], scalars: Map<string, string>): void {
  for (const [key, value] of entries.slice(0, MAX_SCALARS)) {
    const text = typeof key === 'string' && key.length <= MAX_LETTERS ? plainText(value) : undefined;
    if (text !== undefined && !scalars.has(String(key))) scalars.set(String(key), text);
  }
}

/** Returns a plain value in JSON form, with texts unchanged; undefined for others. */
export function plainText(value: PickleValue): string | undefined {
  if (typeof value === 'string') return value.length <= MAX_LETTERS ? value : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isKind(value, 'object')) return pickledNumber(value)?.toString();
  if (!isKind(value, 'list') && !isKind(value, 'tuple')) return undefined;
  const { items } = value;
  const isPlain = items.length > 0 && items.length <= MAX_ITEMS && items.every((item) => isItem(item));
  return isPlain ? JSON.stringify(items) : undefined;
}

function isItem(value: PickleValue): boolean {
  return Number.isFinite(value) || (typeof value === 'string' && value.length <= MAX_LETTERS);
}
