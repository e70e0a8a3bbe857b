import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LayerEntry, RecordEntry, RunCatalog, Variant } from '../../../src/model/catalog';
import { joinRuns, type RunJoin, referenceRecord } from '../../../src/model/runJoin';
import { seriesOf } from '../../../src/model/series';
import { catalogOf } from './samples';

/** A run with these layers, whose modules are of these classes. */
function runOf(
  layers: readonly (string | readonly [name: string, module: string])[],
  steps: readonly number[] = [0],
  variants: readonly Variant[] = [{}],
): RunCatalog {
  const named = layers.map((layer) => (typeof layer === 'string' ? ([layer, undefined] as const) : layer));
  const catalog = catalogOf(
    named.map(([name]) => name),
    steps,
    variants,
  );
  return {
    ...catalog,
    layers: catalog.layers.map((layer, i): LayerEntry => {
      const module = named[i][1];
      return module === undefined ? layer : { ...layer, module };
    }),
  };
}

/** What each layer is joined with, by name, and by what. */
function pairs(run: RunCatalog, other: RunCatalog, join: RunJoin): string[] {
  return join.layers.map((joined) => {
    const name = run.layers[joined.layer].name;
    return joined.other === undefined ? name : `${name} ${joined.by} ${other.layers[joined.other].name}`;
  });
}

const joinedPairs = (run: RunCatalog, other: RunCatalog, chosen?: Record<string, string | null>) =>
  pairs(run, other, joinRuns(run, other, chosen));

describe('joining two runs', () => {
  it('joins layers of one name, whatever their order', () => {
    const run = runOf(['a', 'b', 'c']);
    const other = runOf(['c', 'd', 'a']);
    const join = joinRuns(run, other);
    assert.deepEqual(pairs(run, other, join), ['a name a', 'b', 'c name c']);
    assert.deepEqual(join.unmatched, [1]);
  });

  it('joins layers whose short names are equal if their full names are not', () => {
    const other = runOf(['a', 'b']);
    const renamed = {
      ...other,
      layers: other.layers.map((each) => ({ ...each, fullName: `model.${each.name}` })),
    };
    assert.deepEqual(joinedPairs(runOf(['a', 'b']), renamed), ['a name a', 'b name b']);
  });

  it('prefers what the person chose, and joins no layer for which they chose none', () => {
    const [run, other] = [runOf(['a', 'b', 'c']), runOf(['a', 'b', 'c'])];
    assert.deepEqual(joinedPairs(run, other, { 'net.a': 'net.b', 'net.c': null }), ['a choice b', 'b', 'c']);
    assert.deepEqual(joinedPairs(run, other, { 'net.a': 'net.gone' }), ['a', 'b name b', 'c name c']);
  });

  it('joins what is left by its order among the layers of its type, if both runs have as many', () => {
    const run = runOf([
      ['stem', 'Conv'],
      ['x.0', 'Conv'],
      ['x.1', 'Norm'],
      ['x.2', 'Conv'],
    ]);
    const other = runOf([
      ['y.0', 'Conv'],
      ['stem', 'Conv'],
      ['y.1', 'Conv'],
      ['y.2', 'Norm'],
    ]);
    assert.deepEqual(joinedPairs(run, other), [
      'stem name stem',
      'x.0 order y.0',
      'x.1 order y.2',
      'x.2 order y.1',
    ]);
    const more = runOf([
      ['y.0', 'Conv'],
      ['y.1', 'Conv'],
      ['y.2', 'Conv'],
      ['y.3', 'Norm'],
    ]);
    const fewer = runOf([
      ['x.0', 'Conv'],
      ['x.1', 'Norm'],
      ['x.2', 'Conv'],
    ]);
    assert.deepEqual(joinedPairs(fewer, more), ['x.0', 'x.1 order y.3', 'x.2']);
    assert.deepEqual(joinedPairs(runOf(['p']), runOf(['q'])), ['p']);
  });

  it('finds the record of the same step, or else of the nearest, the earlier of two', () => {
    const run = runOf(['a'], [0, 4, 5, 6, 50]);
    const other = runOf(['a'], [1, 5, 7, 9]);
    const join = joinRuns(run, other);
    assert.deepEqual(
      run.records.map((record) => join.partnerOf(record)?.step),
      [1, 5, 5, 5, 9],
    );
    assert.equal(joinRuns(run, runOf(['a'], [])).partnerOf(run.records[0]), undefined);
    assert.equal(joinRuns(run, runOf(['b'], [0])).partnerOf(run.records[0]), undefined);
  });

  it('joins variants that are alike, or with the only one', () => {
    const run = runOf(['a'], [0], [{ phase: 'train' }, { phase: 'val' }, { phase: 'train', rank: 1 }]);
    const other = runOf(['a'], [0], [{ phase: 'val' }, { phase: 'train' }]);
    const variantsOf = (join: RunJoin) => run.records.map((record) => join.partnerOf(record)?.variant);
    assert.deepEqual(variantsOf(joinRuns(run, other)), [1, 0, undefined]);
    assert.deepEqual(variantsOf(joinRuns(run, runOf(['a']))), [0, 0, 0]);
  });

  it('finds records that come later in runs that grow', () => {
    const run = runOf(['a'], [0, 10]);
    const other = runOf(['a'], [0]);
    const records: RecordEntry[] = [...other.records];
    const growing = { ...other, records };
    const [, later] = run.records;
    assert.equal(joinRuns(run, growing).partnerOf(later)?.step, 0);
    const grown = { ...other, records: [...records, { ...records[0], id: 1, step: 10 }] };
    assert.equal(joinRuns(run, grown).partnerOf(later)?.step, 10);
  });

  it('of a run with itself is the identity', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}(\.[0-9])?$/), { minLength: 1, maxLength: 8 });
    const steps = fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 6 });
    const classes = fc.array(fc.constantFrom('Conv', 'Norm'), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(names, steps, classes, (layers, unsorted, modules) => {
        const run = runOf(
          layers.map((name, i) => [name, modules[i]] as const),
          unsorted.sort((a, b) => a - b),
          [{}, { rank: 0 }],
        );
        const join = joinRuns(run, run);
        assert.deepEqual(
          join.layers,
          run.layers.map(({ id }) => ({ layer: id, other: id, by: 'name' })),
        );
        assert.deepEqual(join.unmatched, []);
        for (const record of run.records) assert.equal(join.partnerOf(record), record);
      }),
    );
  });

  it('gives the reference of a shift, which is in the run itself if a step is the reference', () => {
    const [run, other] = [runOf(['a'], [0, 5, 10]), runOf(['a'], [0, 6])];
    const series = seriesOf(run, 0, 0);
    const join = joinRuns(run, other);
    assert.equal(referenceRecord(series, 2, 'previous', join), run.records[1]);
    assert.equal(referenceRecord(series, 1, { roots: ['file:///other'] }, join), other.records[1]);
    assert.equal(referenceRecord(series, 1, { roots: ['file:///other'] }, undefined), undefined);
  });
});
