/** The content of a pickle as plain data; nothing in it was imported or called. Containers may contain themselves. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PicklePersistent;

export interface PickleSequence {
  readonly kind: 'tuple' | 'list' | 'set';
  readonly items: PickleValue[];
}

/** Pairs in the order in which they were set; a later pair replaces an earlier one with the same key. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: [PickleValue, PickleValue][];
}

/** A class or function, by its module and name. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** The object that Python would make by calling `callee` with `args`, and then setting its state and items. */
export interface PickleObject {
  readonly kind: 'object';
  readonly callee: PickleValue;
  readonly args: PickleValue;
  state: PickleValue | undefined;
  readonly entries: [PickleValue, PickleValue][];
}

/** A reference to data outside the pickle. */
export interface PicklePersistent {
  readonly kind: 'persistent';
  readonly id: PickleValue;
}

export function pickleDict(): PickleDict {
  return { kind: 'dict', entries: [] };
}

export function pickleObject(callee: PickleValue, args: PickleValue): PickleObject {
  return { kind: 'object', callee, args, state: undefined, entries: [] };
}

/** Returns the items of a tuple; undefined for anything else. */
export function tupleItems(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  return isKind(value, 'tuple') ? value.items : undefined;
}

/** Returns the name of a global; undefined for anything else. */
export function globalName(value: PickleValue | undefined): string | undefined {
  return isKind(value, 'global') ? value.name : undefined;
}

type Node = Extract<PickleValue, { kind: string }>;

export function isKind<K extends Node['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Node, { kind: K | (K extends PickleSequence['kind'] ? PickleSequence['kind'] : never) }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** Returns the lengths in a tuple, list, or `torch.Size`. */
export function indices(value: PickleValue | undefined): number[] | undefined {
  if (isKind(value, 'object') && globalName(value.callee) === 'torch.Size') {
    return indices(tupleItems(value.args)?.[0]);
  }
  if (!isKind(value, 'tuple') && !isKind(value, 'list')) return undefined;
  const items = value.items.filter(isIndex);
  return items.length === value.items.length && items.length <= 64 ? items : undefined;
}

export function isIndex(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
