import { coarseToFine } from '../../model/coarseToFine';
import { residualBranches } from '../../model/residualStream';
import { recordAt, seriesOf, seriesOfLayer } from '../../model/series';
import { isAbortError } from '../../rpc/abort';
import type { ComputedRun } from './computation';
import type { KernelRun } from './kernelRun';
import type { Results } from './results';

/** Pairs of records in one call to the kernel: a map fills while one looks, and other work gets its turns. */
const PAIRS = 32;

/** What is measured: the run, and its results with the current options. */
export interface MeasuredRun extends Pick<ComputedRun, 'key' | 'catalog' | 'options'> {
  readonly results: Results;
}

/** Who hears of what was measured. */
export interface MeasurementEvents {
  /** The record has a figure now. */
  onMeasured(record: number): void;
  onFailure(error: unknown): void;
}

/** The records before and after a branch at a step, and the record that stands for it. */
interface Pair {
  readonly record: number;
  readonly ids: readonly [before: number, after: number];
}

/** Measures how branches change the residual stream, while a map shows it: that needs two records of each step. */
export class BranchMeasurement {
  private readonly controller = new AbortController();
  private readonly viewers = new Set<() => boolean>();
  private isMeasuring = false;
  /** What was measured to the end. */
  private done:
    | { readonly results: Results; readonly records: unknown; readonly changes: number }
    | undefined;
  private changes = 0;

  constructor(
    private readonly run: MeasuredRun,
    private readonly kernel: Pick<KernelRun, 'call'>,
    private readonly events: MeasurementEvents,
  ) {}

  /** Measures what is missing, as long as one of the viewers shows it. */
  measure(isShown: () => boolean): void {
    this.viewers.add(isShown);
    if (!this.isMeasuring) void this.measureAll();
  }

  /** The files of the run have changed. */
  changed(): void {
    this.changes++;
  }

  dispose(): void {
    this.controller.abort();
  }

  private get isShown(): boolean {
    for (const viewer of this.viewers) {
      if (viewer()) return true;
      this.viewers.delete(viewer);
    }
    return false;
  }

  private async measureAll(): Promise<void> {
    this.isMeasuring = true;
    try {
      // Where results or files change in the meantime, it begins again.
      while (this.isShown && !this.isDone) {
        const { changes } = this;
        const { results, catalog } = this.run;
        if (await this.measureMissing(() => results === this.run.results && changes === this.changes))
          this.done = { results, records: catalog?.records, changes };
      }
    } catch (error) {
      if (!isAbortError(error)) this.events.onFailure(error);
    } finally {
      this.isMeasuring = false;
    }
  }

  private get isDone(): boolean {
    const { results, catalog } = this.run;
    const { done, changes } = this;
    return done?.results === results && done.records === catalog?.records && done.changes === changes;
  }

  /** Returns whether all were measured: they still count, and are still shown. */
  private async measureMissing(isCurrent: () => boolean): Promise<boolean> {
    const { results } = this.run;
    for (const pairs of chunks(missingPairs(this.run))) {
      if (!this.isShown || !isCurrent()) return false;
      await this.measurePairs(pairs, results);
    }
    return isCurrent();
  }

  private async measurePairs(pairs: readonly Pair[], results: Results): Promise<void> {
    const { key, options } = this.run;
    const found = await this.kernel.call(
      'residuals',
      { run: key, options, pairs: pairs.map(({ ids }) => ids) },
      { signal: this.controller.signal },
    );
    if (results !== this.run.results) return;
    pairs.forEach(({ record }, i) => {
      results.quantities.setBranch(record, found[i]);
      this.events.onMeasured(record);
    });
  }
}

/** The pairs without a figure: of the first and last steps, then halving the gaps. */
function missingPairs({ catalog, results }: MeasuredRun): readonly Pair[] {
  if (catalog === undefined) return [];
  const byStep = new Map<number, Pair[]>();
  for (const { layer, before, after } of residualBranches(catalog.layers))
    for (const series of seriesOfLayer(catalog, layer))
      for (const { id, step, variant } of series) {
        if (results.quantities.hasBranch(id)) continue;
        const ids = [before, after].map((each) => recordAt(seriesOf(catalog, each, variant), step)?.id);
        const [from, to] = ids;
        if (from === undefined || to === undefined) continue;
        const pairs = byStep.get(step) ?? [];
        byStep.set(step, pairs);
        pairs.push({ record: id, ids: [from, to] });
      }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  return coarseToFine(steps.length).flatMap((at) => byStep.get(steps[at]) ?? []);
}

function* chunks<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < items.length; from += PAIRS) yield items.slice(from, from + PAIRS);
}
