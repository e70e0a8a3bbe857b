import type { Variant } from '../../model/catalog';
import { type InTurns, inTurns, mapInTurns } from '../../model/inTurns';
import { comparePhases } from './nameFields';

/** Distinguishes records of one layer and step. */
export interface RecordKey {
  readonly layer: string;
  readonly step: number;
  readonly phase?: string | undefined;
  readonly rank?: number | undefined;
  readonly call?: number | undefined;
  /** Ranks that a combined record contains. */
  readonly ranks?: readonly number[] | undefined;
}

/**
 * Makes call indices uniform, in place. If only some records have one, the others get the smallest that occurs (`conv1`
 * next to `fc:0`, `fc:1`), or the one below it if that is taken (`conv1` next to `conv1:1`). If all are then the same,
 * they are dropped.
 */
export function* unifyCalls(keys: readonly KeyWithCall[]): InTurns<void> {
  const known = keys.filter(({ call }) => call !== undefined);
  if (known.length === 0) return;
  const least = known.reduce((min, { call }) => Math.min(min, call ?? min), Number.POSITIVE_INFINITY);
  const bare = keys.filter(({ call }) => call === undefined);
  yield;
  if (bare.length > 0) {
    const taken = new Set(yield* mapInTurns(known, recordKey));
    const clash = bare.some((key) => taken.has(recordKey({ ...key, call: least })));
    for (const key of bare) key.call = clash ? Math.max(0, least - 1) : least;
    yield;
  }
  if (keys.some(({ call }) => call !== keys[0].call)) return;
  for (const key of keys) key.call = undefined;
}

interface KeyWithCall extends Omit<RecordKey, 'call'> {
  call: number | undefined;
}

/** Returns one text for a layer, step, and variant. */
export function recordKey(key: RecordKey): string {
  return `${key.step}/${variantKey(key)}/${key.layer}`;
}

/** The phase's length separates phases that contain slashes from the rest. */
export function variantKey({ phase, rank, call, ranks }: Variant | RecordKey): string {
  return `${ranks === undefined ? rank : ranks.join('+')}/${call}/${phase?.length}/${phase}`;
}

/**
 * Lists all variants that occur, in the order phase, rank, call, and the position of each key's variant in that list.
 */
export function* listVariants(keys: readonly RecordKey[]): InTurns<{
  readonly variants: readonly Variant[];
  readonly positionOf: (key: RecordKey) => number;
}> {
  const byKey = new Map<string, Variant>();
  yield* inTurns(keys, (key) => void byKey.set(variantKey(key), variantOf(key)));
  const variants = [...byKey.values()].sort(
    (a, b) =>
      comparePhases(a.phase, b.phase) || rankOrder(a) - rankOrder(b) || (a.call ?? -1) - (b.call ?? -1),
  );
  const positions = new Map(variants.map((variant, index) => [variantKey(variant), index]));
  return {
    variants: variants.length > 0 ? variants : [{}],
    positionOf: (key) => positions.get(variantKey(key)) ?? 0,
  };
}

/** Combined ranks come first, then records without a rank. */
function rankOrder({ rank, ranks }: Variant): number {
  return ranks === undefined ? (rank ?? -1) : -2;
}

function variantOf({ phase, rank, call, ranks }: RecordKey): Variant {
  return {
    ...(phase !== undefined && { phase }),
    ...(rank !== undefined && { rank }),
    ...(ranks !== undefined && { ranks }),
    ...(call !== undefined && { call }),
  };
}
