import type { CatalogDelta } from '../../../src/model/catalogDelta';

/** A change of a run in which nothing changes. */
export const emptyDelta: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };
