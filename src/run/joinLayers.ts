import type { LayerEntry, Layout, ParameterRole } from '../model/catalog';
import { type LocatedSidecar, layerSettings } from './layerSettings';
import { pairedInput } from './naming/pairs';
import type { PlacedTensor } from './placement';
import type { FoundParameter } from './tensors';

/** The tensors of one layer. */
export interface LayerGroup {
  /** Full name, short name, key of the first tensor. */
  readonly names: readonly string[];
  /** By step. */
  readonly tensors: readonly PlacedTensor[];
}

/**
 * Joins normalization layers to their parameters and to the layers that they read. A sidecar's `input` says which
 * that is; else it is the layer `<name>.input`, or that which its name pairs it with (`bn1_before`, `bn1_after`). What is read takes over ε, groups and parameters from its reader.
 */
export function joinLayers(
  layers: readonly LayerEntry[],
  groups: readonly LayerGroup[],
  parameters: readonly FoundParameter[],
  sidecars: readonly LocatedSidecar[],
): readonly LayerEntry[] {
  const idOf = new Map<string, number>();
  for (const [id, { names }] of groups.entries())
    for (const name of names) if (!idOf.has(name)) idOf.set(name, id);
  const joined = layers.map((layer) => ({ ...layer }) as Mutable<LayerEntry>);
  for (const { layer, role, key } of parameters) {
    // A recorder may have kept the input alone.
    const entry = joined[idOf.get(layer) ?? idOf.get(`${layer}.input`) ?? -1];
    if (entry !== undefined) entry.parameters = { ...entry.parameters, [role]: key };
  }
  for (const layer of joined) {
    const { names, tensors } = groups[layer.id];
    const said = layerSettings(tensors[0].tensor.header, names, sidecars).input;
    const candidates = said === undefined ? [`${names[0]}.input`, pairedInput(names[0])] : [said];
    const input = candidates
      .map((name) => (name === undefined ? undefined : idOf.get(name)))
      .find((id) => id !== undefined);
    if (input === undefined || input === layer.id) continue;
    layer.input = input;
    inherit(joined[input], layer);
  }
  return joined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The first of several readers counts. */
function inherit(read: Mutable<LayerEntry>, reader: LayerEntry): void {
  if (read.normalizedBy !== undefined) return;
  read.normalizedBy = reader.id;
  const { epsilon, groups, normalizedShape, source } = reader;
  if (epsilon !== undefined) read.epsilon ??= epsilon;
  if (groups !== undefined) read.groups ??= groups;
  if (normalizedShape !== undefined) read.normalizedShape ??= normalizedShape;
  if (source !== undefined) read.source ??= source;
  const others = otherLayoutsOf(read, reader);
  if (others !== undefined && others.length > 0) read.otherLayouts = others;
  else delete read.otherLayouts;
  // The output of another normalization layer (pre-norm after post-norm) keeps that layer's parameters.
  const parameters: Readonly<Partial<Record<ParameterRole, string>>> | undefined = reader.parameters;
  if (parameters !== undefined) read.parameters ??= parameters;
}

/** The other layouts of a guessed one: a normalization of the last axis alone says that the channels are there. */
function otherLayoutsOf(
  { layout, otherLayouts, shape }: LayerEntry,
  { normalizedShape }: LayerEntry,
): readonly Layout[] | undefined {
  const isLast = layout.endsWith('C') && normalizedShape?.length === 1 && normalizedShape[0] === shape.at(-1);
  return isLast ? otherLayouts?.filter((other) => other.endsWith('C')) : otherLayouts;
}
