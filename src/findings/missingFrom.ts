import { type Finding, withConsequences } from '../model/findings';

/** What two runs cannot have in common: one is about the other, the others are about how the reference was chosen. */
const NOT_COMPARED: readonly Finding['kind'][] = ['runs-part', 'moved-first', 'flat-reference'];

/**
 * The findings of a run that another one does not have, neither in the layer that belongs to theirs nor without a layer.
 * `otherLayer`: the layer of the other run that belongs to one.
 */
export function missingFrom(
  own: readonly Finding[],
  others: readonly Finding[],
  otherLayer: (id: number) => number | undefined,
): readonly Finding[] {
  const all = others.flatMap(withConsequences);
  return own.flatMap(withConsequences).filter(({ kind, layer, layers }) => {
    if (NOT_COMPARED.includes(kind)) return false;
    const there = [layer ?? -1, ...layers].map((id) => (id < 0 ? undefined : otherLayer(id)));
    return !all.some(
      (each) =>
        each.kind === kind && (each.layers.length === 0 || each.layers.some((id) => there.includes(id))),
    );
  });
}
