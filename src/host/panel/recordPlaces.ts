import type { RecordPlace } from '../../model/catalog';
import type { CatalogDelta } from '../../model/catalogDelta';

/** A record in the form that the panel gets. */
export function recordPlace({ id, layer, step, variant, removed }: RecordPlace): RecordPlace {
  return { id, layer, step, variant, ...(removed && { removed }) };
}

/** A change of a catalog in the form that the panel gets. */
export function panelDelta(delta: CatalogDelta): CatalogDelta<RecordPlace> {
  return { ...delta, added: delta.added.map(recordPlace), changed: delta.changed.map(recordPlace) };
}

/** Removes up to `most` elements from a set, the oldest first, and returns them. */
export function take(from: Set<number>, most: number): number[] {
  const taken: number[] = [];
  for (const each of from) {
    if (taken.length >= most) break;
    taken.push(each);
    from.delete(each);
  }
  return taken;
}
