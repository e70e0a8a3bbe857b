import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDefined, METHODS, type RecordSummary } from '../../../../src/model/analysis';
import { BandTable } from '../../../../webview/charts/bandTable';
import { summaryOf } from '../../model/samples';

const PERCENTILES = [15, 50, 85];

type Series = readonly { readonly id: number; readonly step: number }[];

/** The expected figures, directly from the summaries. */
function expected(series: Series, summaries: ReadonlyMap<number, RecordSummary>) {
  return METHODS.map((method) =>
    PERCENTILES.map((_, i) =>
      series.map(({ id }) => {
        const of = summaries.get(id)?.methods[method];
        return of !== undefined && isDefined(of) ? of.percentiles[i] : Number.NaN;
      }),
    ),
  );
}

function taken(table: BandTable) {
  return METHODS.map((method) => table.bandsOf(method).percentiles.map(({ values }) => Array.from(values)));
}

describe('webview: percentiles as columns', () => {
  const change = fc.record({
    step: fc.nat(60),
    /** What happens to the record at that step. */
    percentiles: fc.option(fc.tuple(fc.integer(), fc.integer(), fc.integer()), { nil: undefined }),
    isRemoved: fc.boolean(),
  });

  it('follow a series that grows, shrinks and is computed again, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 8 }), (rounds) => {
        const table = new BandTable();
        const steps = new Set<number>();
        const summaries = new Map<number, RecordSummary>();
        for (const round of rounds) {
          for (const { step, percentiles, isRemoved } of round) {
            const id = 100 + step;
            steps.add(step);
            summaries.delete(id);
            if (percentiles !== undefined) summaries.set(id, summaryOf(id, percentiles));
            if (isRemoved) steps.delete(step);
          }
          const series = [...steps].sort((a, b) => a - b).map((step) => ({ id: 100 + step, step }));
          table.take(series, summaries, PERCENTILES);
          assert.deepEqual(taken(table), expected(series, summaries));
          assert.deepEqual(
            table.bandsOf('none').steps,
            series.map(({ step }) => step),
          );
        }
      }),
    );
  });

  it('have gaps where a series was shorter in the meantime', () => {
    const table = new BandTable();
    const series = [{ id: 0, step: 7 }];
    table.take(series, new Map([[0, summaryOf(0, [1, 2, 3])]]), PERCENTILES);
    table.take([], new Map(), PERCENTILES);
    table.take(series, new Map(), PERCENTILES);
    assert.deepEqual(taken(table), expected(series, new Map()));
  });

  it('are replaced for other percentiles', () => {
    const table = new BandTable();
    const series = [{ id: 0, step: 7 }];
    const summaries = new Map([[0, summaryOf(0, [1, 2])]]);
    table.take(series, summaries, [10, 90]);
    table.take(series, summaries, [10]);
    const { percentiles } = table.bandsOf('rms');
    assert.deepEqual(
      percentiles.map(({ percentile, values }) => [percentile, ...Array.from(values)]),
      [[10, 1]],
    );
  });
});
