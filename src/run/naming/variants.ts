import type { Variant } from '../../model/catalog';
import { comparePhases } from './marks';

/** What tells records of one layer and step apart. */
export interface Moment {
  readonly layer: string;
  readonly step: number;
  readonly phase?: string | undefined;
  readonly rank?: number | undefined;
  readonly call?: number | undefined;
  /** Of several ranks together. */
  readonly ranks?: readonly number[] | undefined;
}

/**
 * Call indices made uniform: where only some records have one, the others get the least that occurs (`conv1`
 * beside `fc:0`, `fc:1`), or the one below it where that is taken (`conv1` beside `conv1:1`). Where all are the
 * same in the end they say nothing and are dropped.
 */
export function uniformCalls<M extends Moment>(moments: readonly M[]): readonly M[] {
  const known = moments.filter(({ call }) => call !== undefined);
  if (known.length === 0) return moments;
  const least = known.reduce((min, { call }) => Math.min(min, call ?? min), Number.POSITIVE_INFINITY);
  const taken = new Set(known.map(momentKey));
  const bare = moments.filter(({ call }) => call === undefined);
  const clash = bare.some((moment) => taken.has(momentKey({ ...moment, call: least })));
  const filled = moments.map((moment) => ({
    ...moment,
    call: moment.call ?? (clash ? Math.max(0, least - 1) : least),
  }));
  const calls = new Set(filled.map(({ call }) => call));
  return calls.size > 1 ? filled : filled.map((moment) => ({ ...moment, call: undefined }));
}

/** One text for a layer, step and variant. */
export function momentKey(moment: Moment): string {
  return `${moment.step}/${variantKey(moment)}/${moment.layer}`;
}

/** The phase's length keeps phases with slashes in them apart from what follows. */
export function variantKey({ phase, rank, call, ranks }: Variant | Moment): string {
  return `${ranks === undefined ? rank : ranks.join('+')}/${call}/${phase?.length}/${phase}`;
}

/** All variants that occur, in the order phase, rank, call; and the position of each moment's in that list. */
export function listVariants(moments: readonly Moment[]): {
  readonly variants: readonly Variant[];
  readonly positionOf: (moment: Moment) => number;
} {
  const byKey = new Map(moments.map((moment) => [variantKey(moment), variantOf(moment)]));
  const variants = [...byKey.values()].sort(
    (a, b) =>
      comparePhases(a.phase, b.phase) || rankOrder(a) - rankOrder(b) || (a.call ?? -1) - (b.call ?? -1),
  );
  const positions = new Map(variants.map((variant, index) => [variantKey(variant), index]));
  return {
    variants: variants.length > 0 ? variants : [{}],
    positionOf: (moment) => positions.get(variantKey(moment)) ?? 0,
  };
}

/** All ranks together come first, then records without one. */
function rankOrder({ rank, ranks }: Variant): number {
  return ranks === undefined ? (rank ?? -1) : -2;
}

function variantOf({ phase, rank, call, ranks }: Moment): Variant {
  return {
    ...(phase !== undefined && { phase }),
    ...(rank !== undefined && { rank }),
    ...(ranks !== undefined && { ranks }),
    ...(call !== undefined && { call }),
  };
}
