import { isNotes } from '../notes';
import { pickledNumber, pickledObjects } from './pickledNumpy';
import { plainScalars } from './pickleScalars';
import {
  globalName,
  isIndex,
  isKind,
  type PickleDict,
  type PickleObject,
  type PickleValue,
  pickleDict,
  tupleItems,
} from './pickleValues';

/** One value in a container. */
export interface PickleChild {
  readonly name: string;
  readonly value: PickleValue;
  /** The step from the container to it: a number for a position in a list, a text for a key. */
  readonly key: string | number;
}

/** A value that contains others, as names and values. */
export interface PickleContainer {
  readonly children: readonly PickleChild[];
  /** Whether its children are numbered: a list (not a tuple), or integers as keys. */
  readonly isNumbered: boolean;
  /** Plain values next to its children, as text by key. */
  readonly scalars: ReadonlyMap<string, string>;
}

const NO_SCALARS: ReadonlyMap<string, string> = new Map();
const DICTS = new Set(['collections.OrderedDict', 'collections.defaultdict', 'collections.Counter']);

/** Maximum number of NumPy arrays without axes around an object; such an array can contain itself. */
const MAX_BOXES = 8;

/**
 * Returns the content of a Python list, tuple, or dict, or of a NumPy array of objects; undefined for anything else.
 */
export function containerOf(value: PickleValue, boxes = 0): PickleContainer | undefined {
  if (isKind(value, 'list') || isKind(value, 'tuple')) return sequence(value.items, isKind(value, 'list'));
  if (isKind(value, 'dict')) return mapping(value.entries);
  if (!isKind(value, 'object')) return undefined;
  const objects = pickledObjects(value);
  if (objects !== undefined)
    return objects.shape.length > 0
      ? sequence(objects.items, true)
      : boxes < MAX_BOXES
        ? containerOf(objects.items[0], boxes + 1)
        : undefined;
  if (!DICTS.has(globalName(value.callee) ?? '')) return undefined;
  return mapping([...pairsOf(value.args), ...value.entries]);
}

/** Words that say the phase of the values next to them. */
const PHASES = /^(?:train(?:ing)?|eval(?:uation)?|val(?:id(?:ation)?)?|test(?:ing)?)$/i;

/** A tuple of plain values and one other: `(step, {…})`. */
export interface RootTuple {
  readonly value: PickleValue;
  /** What the plain values are taken to state, as text by key. */
  readonly scalars: ReadonlyMap<string, string>;
}

/**
 * Reads `(step, {…})`, `(epoch, step, {…})`, and `('train', step, {…})`, as a file contains them: up to two integers
 * and a phase beside one other value. Undefined for anything else, such as the outputs of a module.
 */
export function rootTuple(root: PickleValue): RootTuple | undefined {
  if (!isKind(root, 'tuple') && !isKind(root, 'list')) return undefined;
  const values = root.items.filter((item) => isNode(item) && numberOf(item) === undefined);
  if (values.length !== 1 || root.items.length < 2) return undefined;
  const numbers = root.items.flatMap((item) => numberOf(item) ?? []);
  const phases = root.items.filter((item) => typeof item === 'string' && PHASES.test(item));
  const [value] = values;
  if (numbers.length > 2 || phases.length > 1 || numbers.length + phases.length === 0) return undefined;
  if (isKind(value, 'persistent') || isKind(value, 'global')) return undefined;
  const names = numbers.length === 2 ? ['epoch', 'step'] : ['step'];
  return {
    value,
    scalars: new Map([
      ...numbers.map((number, i): [string, string] => [names[i], String(number)]),
      ...phases.map((phase): [string, string] => ['phase', String(phase)]),
    ]),
  };
}

/**
 * Returns the content of an object of another class: the items of a mapping (`ModelOutput` of transformers), the
 * attributes of a dataclass, or the values of a named tuple, whose field names are not in the file. Does not import its
 * class or call any of its methods. Returns undefined for modules, and for objects without items, attributes, and
 * values.
 */
export function objectContents(value: PickleObject): PickleContainer | undefined {
  if (value.entries.length > 0) return mapping(value.entries);
  const state = attributesOf(value.state);
  if (state !== undefined) return isModule(state) ? undefined : mapping(state);
  const callee = globalName(value.callee) ?? '';
  const values = tupleItems(value.args) ?? [];
  return isClass(callee) && values.length > 0 ? namedTuple(callee, values) : undefined;
}

/** Field names of PyTorch's named tuples, which a file does not contain. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['torch.nn.utils.rnn.PackedSequence', ['data', 'batch_sizes', 'sorted_indices', 'unsorted_indices']],
]);

function namedTuple(callee: string, values: readonly PickleValue[]): PickleContainer {
  const fields = FIELDS.get(callee);
  return {
    children: values.map((value, i) => {
      const name = fields?.[i] ?? String(i);
      return { name, value, key: name };
    }),
    isNumbered: false,
    scalars: NO_SCALARS,
  };
}

/**
 * By convention, classes start with a capital letter and functions do not. PyTorch's own calls are never containers.
 */
function isClass(callee: string): boolean {
  return (
    FIELDS.has(callee) ||
    (!/^(?:torch|numpy|builtins|__builtin__)\./.test(callee) && /(?:^|\.)[A-Z]\w*$/.test(callee))
  );
}

/** Returns the attributes of an object: its `__dict__`, or with slots a pair of that and the slots' values. */
function attributesOf(state: PickleValue | undefined): readonly [PickleValue, PickleValue][] | undefined {
  if (isKind(state, 'dict')) return state.entries;
  const pair = tupleItems(state);
  if (pair?.length !== 2) return undefined;
  const entries = pair.flatMap((part) => (isKind(part, 'dict') ? part.entries : []));
  return entries.length > 0 ? entries : undefined;
}

/**
 * Returns whether an object is a module or an optimizer. These are programs with parameters; users should save their
 * `state_dict()`.
 */
function isModule(attributes: readonly [PickleValue, PickleValue][]): boolean {
  return attributes.some(([key]) => key === '_modules' || key === '_parameters' || key === 'param_groups');
}

function sequence(items: readonly PickleValue[], isList: boolean): PickleContainer {
  const pairs = namedPairs(items) ?? numberedPairs(items) ?? namedRows(items);
  if (pairs !== undefined) return pairs;
  const children = items.map(
    (value, i): PickleChild => ({ name: String(i), value, key: isList ? i : String(i) }),
  );
  return { children, isNumbered: isList, scalars: NO_SCALARS };
}

/** Reads `[('conv1', tensor), ('fc', tensor)]`, as hooks append them; a repeated name is a further call. */
function namedPairs(items: readonly PickleValue[]): PickleContainer | undefined {
  const pairs = items.map(pairOf);
  if (items.length === 0 || !pairs.every((pair) => typeof pair?.[0] === 'string' && isNode(pair[1])))
    return undefined;
  const calls = new Map<string, number>();
  const children = pairs.flatMap((pair): PickleChild[] => {
    if (pair === undefined) return [];
    const key = String(pair[0]);
    const call = calls.get(key) ?? 0;
    calls.set(key, call + 1);
    const name = call === 0 ? key : `${key}:${call}`;
    return [{ name, value: pair[1], key: name }];
  });
  return { children, isNumbered: false, scalars: NO_SCALARS };
}

/** Reads `[(0, tensor), (100, tensor)]` and `[(0, loss, {…}), …]` as a dict with these keys. */
function numberedPairs(items: readonly PickleValue[]): PickleContainer | undefined {
  const pairs = items.flatMap((item): [PickleValue, PickleValue][] => {
    const tuple = rootTuple(item);
    const step = tuple?.scalars.size === 1 ? tuple.scalars.get('step') : undefined;
    return tuple !== undefined && step !== undefined ? [[Number(step), tuple.value]] : [];
  });
  if (items.length < 2 || pairs.length < items.length) return undefined;
  const distinct = new Set(pairs.map(([key]) => numberOf(key)));
  return distinct.size === pairs.length ? mapping(pairs) : undefined;
}

/** Reads `[(10, 'conv1', tensor), (20, 'conv1', tensor)]` as a dict whose keys are a text and a number. */
function namedRows(items: readonly PickleValue[]): PickleContainer | undefined {
  const rows = items.flatMap((item): [PickleValue, PickleValue][] => {
    const parts = tupleItems(item) ?? [];
    const text = parts.find((part) => typeof part === 'string');
    const number = parts.find((part) => numberOf(part) !== undefined);
    const value = parts.find((part) => isNode(part) && part !== number);
    if (parts.length !== 3 || text === undefined || number === undefined || value === undefined) return [];
    return [[{ kind: 'tuple', items: [text, number] }, value]];
  });
  if (items.length < 2 || rows.length < items.length) return undefined;
  const distinct = new Set(rows.map(([key]) => keyName(key)));
  return distinct.size === rows.length ? mapping(rows) : undefined;
}

function pairOf(value: PickleValue): [PickleValue, PickleValue] | undefined {
  const items = isKind(value, 'tuple') || isKind(value, 'list') ? value.items : [];
  return items.length === 2 ? [items[0], items[1]] : undefined;
}

function isNode(value: PickleValue): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** A later pair with the same key replaces the earlier one, in its position. */
function mapping(entries: readonly [PickleValue, PickleValue][]): PickleContainer {
  const nested = byFirstOfPairs(entries);
  if (nested !== undefined) return mapping(nested);
  const items = new Map<PickleValue, PickleChild>();
  for (const [key, value] of entries) {
    const name = keyName(key);
    items.set(key, { name, value, key: name });
  }
  const children = [...items.values()];
  const nodes = children.filter(({ value }) => isNode(value));
  return {
    children,
    isNumbered:
      nodes.length > 0 &&
      [...items].every(
        ([key, { name, value }]) => !isNode(value) || numberOf(key) !== undefined || isNotes(name),
      ),
    scalars: plainScalars(children),
  };
}

/**
 * Reads `{('conv1', 0): …, ('conv1', 100): …}` as a dict of dicts; undefined for keys that are not pairs of a text and
 * a number.
 */
function byFirstOfPairs(
  entries: readonly [PickleValue, PickleValue][],
): [PickleValue, PickleValue][] | undefined {
  const outer = new Map<PickleValue, PickleDict>();
  for (const [key, value] of entries) {
    const parts = tupleItems(key) ?? [];
    const text = parts.find((part) => typeof part === 'string');
    const number = parts.find((part) => numberOf(part) !== undefined);
    if (parts.length !== 2 || text === undefined || number === undefined) return undefined;
    const inner = outer.get(text) ?? pickleDict();
    outer.set(text, inner);
    inner.entries.push([number, value]);
  }
  return outer.size === 0 ? undefined : [...outer];
}

/** Returns an integer, including NumPy integers. */
function numberOf(key: PickleValue): number | undefined {
  const value = isKind(key, 'object') ? pickledNumber(key) : key;
  return isIndex(value) ? value : undefined;
}

/** Python 2 passes the items of an OrderedDict as its argument. */
function pairsOf(args: PickleValue): [PickleValue, PickleValue][] {
  const first = tupleItems(args)?.[0];
  if (isKind(first, 'dict')) return first.entries;
  if (!isKind(first, 'list')) return [];
  return first.items.flatMap((item) => {
    const pair = pairOf(item);
    return pair === undefined ? [] : [pair];
  });
}

function keyName(key: PickleValue): string {
  const parts = tupleItems(key) ?? [key];
  return parts
    .slice(0, 16)
    .map((part) =>
      typeof part === 'object' ? (globalName(part) ?? numberOf(part)?.toString() ?? '?') : String(part),
    )
    .join('.');
}

/** Returns the entries of a dict with plain keys. A later pair replaces an earlier one with the same key. */
export function lastEntries(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> {
  return new Map(isKind(value, 'dict') ? value.entries : []);
}
