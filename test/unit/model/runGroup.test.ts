import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RunCatalog } from '../../../src/model/catalog';
import type { Knobs } from '../../../src/model/knobs';
import { type GroupSource, kindBands, runGroup } from '../../../src/model/runGroup';
import { seriesOf } from '../../../src/model/series';
import { openRun } from '../../../src/run/openRun';
import { memoryFiles, npy, ROOT } from '../run/memoryFiles';

const PLACE = { layer: 0, variant: 0 };

async function catalogOf(
  name: string,
  knobs: Knobs,
  layers = ['fc'],
  steps = [0, 10, 20],
): Promise<RunCatalog> {
  const files = steps.flatMap((step) =>
    layers.map((layer) => [`step_${step}/${layer}.npy`, npy([4, 8])] as const),
  );
  const document = new TextEncoder().encode(JSON.stringify({ name, knobs }));
  return openRun(memoryFiles(Object.fromEntries([...files, ['normscope.json', document]])), [ROOT]);
}

/** A source whose figures are ten times the step, plus `add`, for the steps from `since` on. */
function source(catalog: RunCatalog | undefined, key: string, add = 0, since = 0): GroupSource {
  return {
    key,
    title: key,
    catalog,
    state: catalog === undefined ? 'listing' : 'complete',
    figuresOf: (quantity, records) => {
      const known = records.filter((id) => (catalog?.records[id].step ?? 0) >= since);
      return {
        quantity,
        record: Int32Array.from(known),
        value: Float64Array.from(known, (id) => 10 * (catalog?.records[id].step ?? 0) + add),
      };
    },
  };
}

describe('model: a group of runs', () => {
  it('has a layer of each run with its figures, in the order of the knobs', async () => {
    const [a, b, c] = [
      await catalogOf('a', { lr: 1, seed: 1 }),
      await catalogOf('b', { lr: 0.1, seed: 1 }, ['other', 'fc']),
      await catalogOf('c', { lr: 0.1, seed: 0 }, ['fc'], [0, 5]),
    ];
    const group = runGroup(
      [source(a, 'a'), source(b, 'b', 1, 10), source(c, 'c', 2), source(undefined, 'd')],
      PLACE,
      'rms',
    );
    assert.deepEqual(group.differing, ['lr', 'seed']);
    assert.equal(group.inView, 'a');
    assert.deepEqual(
      group.runs.map(({ title, layer, records, steps, figures }) => [
        title,
        layer && `${layer.id} ${layer.name} ${layer.by ?? ''}`,
        records,
        [...steps],
        figures.map((row) => [...row]),
      ]),
      [
        ['lr 0.1 · seed 0', '0 fc name', 2, [0, 5], [[2, 52]]],
        ['lr 0.1 · seed 1', '0 fc name', 3, [10, 20], [[101, 201]]],
        ['lr 1 · seed 1', '0 fc ', 3, [0, 10, 20], [[0, 100, 200]]],
        ['d', undefined, 0, [], [[]]],
      ],
    );
  });

  it('names runs apart that nothing distinguishes', async () => {
    const run = await catalogOf('net', {});
    const other = await catalogOf('net', {});
    const group = runGroup([source(run, 'x'), source(other, 'y')], PLACE, 'mean');
    assert.deepEqual(
      group.runs.map(({ title }) => title),
      ['net (1)', 'net (2)'],
    );
    assert.deepEqual(group.differing, []);
    assert.equal(group.isOfWidths, false);
  });

  it('has no layer of a run that has none like it', async () => {
    const group = runGroup(
      [source(await catalogOf('a', { lr: 1 }), 'a'), source(await catalogOf('b', { lr: 2 }, ['head']), 'b')],
      PLACE,
      'mean',
    );
    assert.equal(group.runs[1].layer, undefined);
    assert.equal(group.runs[1].steps.length, 0);
  });

  it('spans, at steps that several runs of a kind have, all of their figures', async () => {
    const catalog = await catalogOf('a', { lr: 1 });
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const figures = fc.array(fc.option(number, { nil: Number.NaN }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(figures, { minLength: 2, maxLength: 5 }), (seeds) => {
        const ids = seriesOf(catalog, 0, 0).map(({ id }) => id);
        const sources = seeds.map(
          (values, seed): GroupSource => ({
            key: String(seed),
            title: String(seed),
            catalog: { ...catalog, knobs: { lr: 1, seed } },
            state: 'complete',
            figuresOf: (quantity) => ({
              quantity,
              record: Int32Array.from(ids),
              value: Float64Array.from(values),
            }),
          }),
        );
        const bands = kindBands(runGroup(sources, PLACE, 'mean').runs);
        assert.equal(bands.size, 1);
        const [band] = bands.values();
        const expected = [0, 10, 20].flatMap((step, i) => {
          const finite = seeds.map((values) => values[i]).filter(Number.isFinite);
          return finite.length < 2 ? [] : [[step, Math.min(...finite), Math.max(...finite)]];
        });
        assert.deepEqual(
          [...band.steps].map((step, i) => [step, band.low[i], band.high[i]]),
          expected,
        );
      }),
    );
  });

  it('has no band of a run alone, and of runs whose knobs are unknown', async () => {
    const [a, b] = [await catalogOf('a', {}), await catalogOf('b', {})];
    assert.equal(kindBands(runGroup([source(a, 'a'), source(b, 'b')], PLACE, 'mean').runs).size, 0);
    const c = await catalogOf('c', { lr: 3 });
    assert.equal(kindBands(runGroup([source(a, 'a'), source(c, 'c')], PLACE, 'mean').runs).size, 0);
  });
});
