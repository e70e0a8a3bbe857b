import { isDefined, METHODS, type Method, type RecordSummary } from '../../src/model/analysis';
import type { Bands } from './bandsChart';

/** What bands are drawn through: the records of a layer, steps ascending. */
type Series = readonly { readonly id: number; readonly step: number }[];

/**
 * The percentiles of one layer's records as columns, by position in the series. What has come is taken in once; a run
 * that grows by twenty steps a second would else be gone through whole, for each method and percentile, at every look.
 */
export class BandTable {
  private percentiles: readonly number[] = [];
  private steps: number[] = [];
  /** Whose figures stand at each position. */
  private seen: (RecordSummary | undefined)[] = [];
  /** One column a method and percentile, longer than the series. */
  private columns: Float64Array[] = [];
  private filled = 0;
  private reached: number | undefined;

  /** The last step that has figures; undefined where none has. */
  get lastKnown(): number | undefined {
    return this.reached;
  }

  /** At how many steps there are figures. */
  get known(): number {
    return this.filled;
  }

  /** Makes the table that of the series: goes through its records, and takes in those that are not as before. */
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
    // What stood behind the end of a series that was shorter meanwhile is not what was seen there.
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

  /** Of one method; they are those of the table as it is until the next {@link take}. */
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
