import type { LayerEntry } from './catalog';
import { className } from './moduleClasses';

/** A branch of a residual stream: the stream is x before it and x + f(x) after it. */
export interface ResidualBranch {
  /** Id of the layer that stands for the branch: one of the block that the branch is in. */
  readonly layer: number;
  /** Ids of the layers that hold the stream before and after the branch. */
  readonly before: number;
  readonly after: number;
}

/** How a branch changes the stream; NaN where that is not known. */
export interface ResidualFigures {
  /** ‖f(x)‖/‖x‖, over all elements of which both values are finite. */
  readonly share: number;
  /** The angle between x and x + f(x), in degrees. */
  readonly angle: number;
}

type StreamLayer = Pick<
  LayerEntry,
  'id' | 'fullName' | 'layout' | 'shape' | 'module' | 'input' | 'summarized'
>;

/** A numbered module beside others. */
interface Block {
  readonly number: number;
  /** Id of its first layer, in the order of the network. */
  readonly first: number;
  /** What its normalization layers read, in the order of the network; empty if it does not begin with one. */
  readonly streams: StreamLayer[];
}

interface Stacks {
  /** By the part of the name before the number, then by the number. */
  readonly blocks: ReadonlyMap<string, ReadonlyMap<number, Block>>;
  /** What normalization layers read that are in no block. */
  readonly ends: readonly StreamLayer[];
}

/** Numbered layers beside one another, at least: fewer may be numbered for another reason. */
const LEAST_OUTPUTS = 3;

/** The branches of each list of layers, made once. The list of a run that grows may have become longer since. */
const known = new WeakMap<
  readonly StreamLayer[],
  { readonly of: number; readonly branches: readonly ResidualBranch[] }
>();

/**
 * Returns the branches of the residual streams of a network for sequences, such as a transformer: between numbered
 * blocks beside one another, with streams of the same shape. In blocks that begin with a normalization layer
 * (pre-norm), the stream is what that layer reads; of exactly two such layers, each reads it before a branch of its
 * own. Of other blocks, it is their output, if that was recorded.
 */
export function residualBranches(layers: readonly StreamLayer[]): readonly ResidualBranch[] {
  const found = known.get(layers);
  if (found?.of === layers.length) return found.branches;
  const stacks = stacksOf(layers);
  const branches = [...preNormBranches(stacks), ...outputBranches(stacks, layers)];
  branches.sort((a, b) => a.layer - b.layer);
  known.set(layers, { of: layers.length, branches });
  return branches;
}

function stacksOf(layers: readonly StreamLayer[]): Stacks {
  const blocks = new Map<string, Map<number, Block>>();
  const ends: StreamLayer[] = [];
  for (const { id, fullName } of layers) {
    const place = placeOf(fullName);
    if (place === undefined) continue;
    const stack = blocks.get(place.prefix) ?? new Map<number, Block>();
    blocks.set(place.prefix, stack);
    if (!stack.has(place.number)) stack.set(place.number, { ...place, first: id, streams: [] });
  }
  for (const reader of layers) {
    const stream = layers[reader.input ?? -1];
    if (stream === undefined || !isSequence(stream) || /(Batch|Instance|Group)Norm/u.test(className(reader)))
      continue;
    const place = placeOf(reader.fullName);
    const block = place && blocks.get(place.prefix)?.get(place.number);
    if (block === undefined) ends.push(stream);
    else if (block.streams.length > 0 || block.first === reader.id || block.first === stream.id)
      block.streams.push(stream);
  }
  return { blocks, ends };
}

function preNormBranches({ blocks, ends }: Stacks): ResidualBranch[] {
  const isEnd = new Set(ends);
  const all = [...blocks.values()].flatMap((stack) => [...stack.values()].flatMap(({ streams }) => streams));
  const inOrder = [...all, ...ends].sort((a, b) => a.id - b.id);
  /** What the first normalization layer after a block reads, if that layer is in no block. */
  const endAfter = ({ streams }: Block) => {
    const next = inOrder.find(({ id }) => streams.every((each) => each.id < id));
    return next !== undefined && isEnd.has(next) ? next : undefined;
  };
  return [...blocks.values()].flatMap((stack) =>
    [...stack.values()].flatMap((block) => {
      const [entry, second, third] = block.streams;
      if (entry === undefined) return [];
      const following = stack.get(block.number + 1);
      const next = following === undefined ? endAfter(block) : following.streams[0];
      const hasTwo = second !== undefined && third === undefined && isSameShape(entry, second);
      const inner = hasTwo ? [{ layer: entry.id, before: entry.id, after: second.id }] : [];
      if (next === undefined || !isSameShape(entry, next)) return inner;
      const before = hasTwo ? second.id : entry.id;
      return [...inner, { layer: before, before, after: next.id }];
    }),
  );
}

function outputBranches({ blocks }: Stacks, layers: readonly StreamLayer[]): ResidualBranch[] {
  const stacks = new Map<string, Map<number, StreamLayer>>();
  for (const layer of layers) {
    const [, prefix = '', digits] = /^(.*[./])?(\d+)$/u.exec(layer.fullName) ?? [];
    if (digits === undefined || !isSequence(layer)) continue;
    const block = blocks.get(prefix)?.get(Number(digits));
    const isKnown = block === undefined ? layer.module === undefined : block.streams.length === 0;
    if (!isKnown && !/(Block|(En|De)coderLayer)$/u.test(className(layer))) continue;
    if ([...(blocks.get(prefix)?.values() ?? [])].some(({ streams }) => streams.length > 0)) continue;
    stacks.set(prefix, (stacks.get(prefix) ?? new Map()).set(Number(digits), layer));
  }
  return [...stacks.values()].flatMap((stack) =>
    stack.size < LEAST_OUTPUTS
      ? []
      : [...stack].flatMap(([number, layer]) => {
          const before = stack.get(number - 1);
          if (before === undefined || !isSameShape(before, layer)) return [];
          return [{ layer: layer.id, before: before.id, after: layer.id }];
        }),
  );
}

/** The numbered module that a layer is in: `blocks.3.ln1` is in number 3 of `blocks.`. */
function placeOf(name: string): { readonly prefix: string; readonly number: number } | undefined {
  const [, prefix = '', digits] = /^(.*[./])?(\d+)[./]/u.exec(name) ?? [];
  return digits === undefined ? undefined : { prefix, number: Number(digits) };
}

/** Whether a layer has positions and, last, channels, and its values are stored. */
function isSequence({ layout, summarized }: StreamLayer): boolean {
  return summarized === undefined && layout.endsWith('C') && /[^NC]/u.test(layout);
}

function isSameShape(a: StreamLayer, b: StreamLayer): boolean {
  return a.shape.join() === b.shape.join() && a.layout === b.layout;
}
