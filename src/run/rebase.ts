import type { LayerEntry, RecordEntry, RunCatalog } from '../model/catalog';
import type { CatalogDelta } from '../model/catalogDelta';
import { type InTurns, inTurns } from '../model/inTurns';
import { variantKey } from './naming/variants';

/**
 * How a catalog that was read again differs from the one before, ids of that one staying as they are. Undefined where
 * something that was there is read otherwise now: then the new catalog has to replace the old. `rewritten`: files
 * that are other than before though their records may look the same.
 */
export function* rebase(
  before: RunCatalog,
  fresh: RunCatalog,
  rewritten: ReadonlySet<string>,
): InTurns<CatalogDelta | undefined> {
  if (before.name !== fresh.name || before.description !== fresh.description) return undefined;
  if (!isSame(before.knobs, fresh.knobs)) return undefined;
  if (!isSame(guessesOf(before), guessesOf(fresh)) || before.order !== fresh.order) return undefined;
  const variants = newEntries(before.variants, fresh.variants, variantKey);
  const layers = newEntries(before.layers, fresh.layers, ({ fullName }) => fullName);
  if (layers.lost > 0 || variants.lost > 0) return undefined;
  // A layer that comes between others of a known order would stand after all of them.
  if (fresh.order !== 'names' && !isAscending(layers.idOf)) return undefined;

  const toOld = (layer: LayerEntry): LayerEntry => ({
    ...layer,
    id: layers.idOf[layer.id],
    ...(layer.input !== undefined && { input: layers.idOf[layer.input] }),
    ...(layer.normalizedBy !== undefined && { normalizedBy: layers.idOf[layer.normalizedBy] }),
  });
  const mapped = fresh.layers.map(toOld);
  const known = mapped.filter(({ id }) => id < before.layers.length);
  if (known.some((layer) => !isComputedAlike(before.layers[layer.id], layer))) return undefined;

  const left = new Map<string, RecordEntry>();
  yield* inTurns(before.records, (record) => {
    if (record.removed !== true) left.set(placeKey(record), record);
  });
  const added: RecordEntry[] = [];
  const changed: RecordEntry[] = [];
  yield* inTurns(fresh.records, (each) => {
    const record = { ...each, layer: layers.idOf[each.layer], variant: variants.idOf[each.variant] };
    const key = placeKey(record);
    const old = left.get(key);
    left.delete(key);
    if (old === undefined) added.push({ ...record, id: before.records.length + added.length });
    else if (filesOf(record).some((file) => rewritten.has(file)) || !isSame(record, old))
      changed.push({ ...record, id: old.id });
  });
  if (left.size > 0) {
    const isStillThere = new Set(added.flatMap(tensorKey));
    for (const record of left.values())
      if (tensorKey(record).some((key) => isStillThere.has(key))) return undefined;
  }

  return {
    added,
    changed,
    removed: [...left.values()].map(({ id }) => id),
    layers: mapped
      .filter((layer) => !isToldAlike(before.layers[layer.id], layer))
      .sort((a, b) => a.id - b.id),
    variants: variants.added,
    ...(!isSame(before.problems, fresh.problems) && { problems: fresh.problems }),
    ...(!isSame(before.unrecognized, fresh.unrecognized) && { unrecognized: fresh.unrecognized }),
  };
}

/**
 * The whole catalog of a run of which a sample was read before: the sample's records, layers and variants come first and
 * keep their ids. Undefined where something of the sample is read otherwise now.
 */
export function* extendSample(sample: RunCatalog, whole: RunCatalog): InTurns<RunCatalog | undefined> {
  const delta = yield* rebase(sample, whole, new Set());
  if (delta === undefined || delta.changed.length + delta.removed.length > 0) return undefined;
  const stepsOf = new Map(whole.layers.map(({ fullName, steps }) => [fullName, steps]));
  const layers = [...sample.layers];
  for (const layer of delta.layers) layers[layer.id] = layer;
  return {
    ...whole,
    layers: layers.map((layer) => ({ ...layer, steps: stepsOf.get(layer.fullName) ?? layer.steps })),
    variants: [...sample.variants, ...delta.variants],
    records: [...sample.records, ...delta.added],
  };
}

function guessesOf({ questions = [] }: RunCatalog): readonly string[] {
  return questions.map(({ id, guess }) => `${id}=${guess}`);
}

/** Ids, in the list before, of the entries of a list read again; those that are not in it come after. */
function newEntries<T>(
  before: readonly T[],
  fresh: readonly T[],
  keyOf: (entry: T) => string,
): { readonly idOf: readonly number[]; readonly added: readonly T[]; readonly lost: number } {
  const ids = new Map(before.map((entry, id) => [keyOf(entry), id]));
  const added: T[] = [];
  const idOf = fresh.map((entry) => {
    const id = ids.get(keyOf(entry));
    return id ?? before.length + added.push(entry) - 1;
  });
  return { idOf, added, lost: before.length + added.length - fresh.length };
}

function isAscending(ids: readonly number[]): boolean {
  return ids.every((id, i) => i === 0 || ids[i - 1] < id);
}

/** URIs of the files that a record is read from. */
export function filesOf({ file, parts }: RecordEntry): readonly string[] {
  return parts === undefined ? [file] : parts.map((part) => part.file);
}

/** One that several ranks' files make up is the same whichever of them are there. */
function placeKey({ file, tensor, layer, step, variant, parts }: RecordEntry): string {
  return `${step}/${variant}/${layer}/${parts === undefined ? `${tensor}\n${file}` : 'together'}`;
}

function tensorKey({ file, tensor, parts }: RecordEntry): readonly string[] {
  return parts === undefined ? [`${tensor}\n${file}`] : [];
}

/** Whether results for a layer's records are still valid. */
export function isComputedAlike(a: LayerEntry, b: LayerEntry): boolean {
  const { name: _a, steps: __a, dtype: ___a, shape: ____a, array: _____a, ...rest } = a;
  const { name: _b, steps: __b, dtype: ___b, shape: ____b, array: _____b, ...others } = b;
  return isSame(rest, others);
}

function isToldAlike(a: LayerEntry | undefined, b: LayerEntry): boolean {
  return a !== undefined && isSame({ ...a, steps: [] }, { ...b, steps: [] });
}

/** Of plain data, but for ids and stamps. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in left) if (!IDENTITY.has(key) && !isSame(left[key], right[key])) return false;
  for (const key in right) if (!IDENTITY.has(key) && !(key in left)) return false;
  return true;
}

const IDENTITY: ReadonlySet<string> = new Set(['id', 'stamp']);
