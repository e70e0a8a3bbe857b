import assert from 'node:assert/strict';
import { type RunCatalog, variantLabel } from '../../../src/model/catalog';
import { allSeries } from '../../../src/model/series';

/** What a catalog says, whatever its ids are. */
export function said(catalog: RunCatalog) {
  const { layers, variants, steps, problems, unrecognized, name } = catalog;
  const nameOf = (id: number | undefined) => (id === undefined ? undefined : layers[id].fullName);
  return {
    name,
    steps,
    layers: layers
      .map(({ id: _, input, normalizedBy, ...rest }) => ({
        ...rest,
        input: nameOf(input),
        normalizedBy: nameOf(normalizedBy),
      }))
      .sort((a, b) => (a.fullName < b.fullName ? -1 : 1)),
    variants: variants.map(variantLabel).sort(),
    records: allSeries(catalog)
      .flat()
      .map(({ id: _, layer, variant, stamp: __, ...rest }: { stamp?: string } & RunCatalog['records'][0]) =>
        JSON.stringify({ layer: nameOf(layer), variant: variantLabel(variants[variant]), ...rest }),
      )
      .sort(),
    problems: problems.map((each) => JSON.stringify(each)).sort(),
    unrecognized: unrecognized.map((each) => JSON.stringify(each)).sort(),
  };
}

/** Ids are positions, and the series are those that a look at all records finds. */
export function assertConsistent(catalog: RunCatalog): void {
  for (const list of [catalog.records, catalog.layers]) {
    assert.deepEqual(
      list.map(({ id }) => id),
      list.map((_, i) => i),
    );
  }
  const copied = { ...catalog, records: [...catalog.records] };
  assert.deepEqual(allSeries(catalog), allSeries(copied));
}
