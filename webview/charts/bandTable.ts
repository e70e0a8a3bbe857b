import { isDefined, METHODS, type Method, type RecordSummary } from '../../src/model/analysis';
import type { Bands } from './bandsChart';

/** The records of a layer that bands are drawn through, steps ascending. */
type Series = readonly { readonly id: number; readonly step: number }[];

/**
 * The percentiles of one layer's records as columns, by position in the series. Each result is copied once. Otherwise a
 * run that grows by twenty steps per second would be copied completely each time, for each method and percentile.
 */
export class BandTable {
  private percentiles: readonly number[] = [];
  private steps: number[] = [];
  /** The summary whose figures are at each position. */
  private seen: (RecordSummary | undefined)[] = [];
  /** One column for each method and percentile, longer than the series. */
  private columns: Float64Array[] = [];
  private filled = 0;
  private reached: number | undefined;

  /** The last step with figures; undefined if there is none. */
  get lastKnown(): number | undefined {
    return this.reached;
  }

  /** The number of steps with figures. */
  get known(): number {
    return this.filled;
  }

  /** Updates the table to a series: copies the figures of records that changed since the last call. */
  take(
    series: Series,
    summaries: Pick<ReadonlyMap<number, RecordSummary>, 'get'>,
    percentiles: readonly number[],
  ): void {
    if (percentiles !== this.percentiles) {
      this.percentiles = percentiles;
      this.seen = [];
      this.columns = [];
    }
    this.filled = 0;
    this.reached = undefined;
    this.reserve(series.length);
    // Positions beyond the end of a former, shorter series have no valid figures.
    const known = Math.min(this.seen.length, series.length);
    this.seen.length = series.length;
    this.steps.length = series.length;
    for (let at = 0; at < series.length; at++) {
      const { id, step } = series[at];
      this.steps[at] = step;
      const summary = summaries.get(id);
      if (summary !== undefined) {
        this.filled++;
        this.reached = step;
      }
      if (at < known && summary === this.seen[at]) continue;
      this.seen[at] = summary;
      this.write(at, summary);
    }
  }

  /** The bands of one method; valid until the next {@link take}. */
  bandsOf(method: Method): Bands {
    const { steps, percentiles } = this;
    const from = METHODS.indexOf(method) * percentiles.length;
    return {
      steps,
      percentiles: percentiles.map((percentile, i) => ({
        percentile,
        values: this.columns[from + i].subarray(0, steps.length),
      })),
    };
  }

  private write(at: number, summary: RecordSummary | undefined): void {
    let column = 0;
    for (const method of METHODS) {
      const of = summary?.methods[method];
      for (let i = 0; i < this.percentiles.length; i++)
        this.columns[column++][at] =
          of !== undefined && isDefined(of) ? (of.percentiles[i] ?? Number.NaN) : Number.NaN;
    }
  }

  private reserve(length: number): void {
    if (this.columns.length > 0 && this.columns[0].length >= length) return;
    const room = 2 * length;
    this.columns = Array.from({ length: METHODS.length * this.percentiles.length }, (_, i) => {
      const larger = new Float64Array(room).fill(Number.NaN);
      larger.set(this.columns[i] ?? []);
      return larger;
    });
  }
}
