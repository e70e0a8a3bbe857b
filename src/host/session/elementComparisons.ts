import type { RunCatalog } from '../../model/catalog';
import type { CatalogDelta } from '../../model/catalogDelta';
import type { RecordComparison } from '../../model/comparison';
import type { RunJoin } from '../../model/runJoin';
import { seriesOfLayer } from '../../model/series';
import type { RecordChanges } from './changeFeed';

/** What is compared element by element. */
export interface ComparedElements {
  readonly catalog: RunCatalog | undefined;
  readonly comparison?: { readonly join: RunJoin | undefined } | undefined;
}

/** Lets the kernel compare these records, or all of them. */
export type CompareRecords = (
  records: readonly number[] | undefined,
  signal: AbortSignal,
  onProgress: (comparison: RecordComparison) => void,
) => Promise<unknown>;

/** A change of the run, or of the one that it is compared with. */
export type ElementChange = { readonly kind: string } & Partial<Pick<RecordChanges, 'deltas'>>;

/**
 * The comparison of a run with another one, element by element: of all records once, then of those that were added or have
 * changed in either run.
 */
export class ElementComparisons {
  /** By record id of the run. */
  readonly found = new Map<number, RecordComparison>();
  private pending: 'all' | Set<number> = 'all';
  private work = new AbortController();
  private isBusy = false;

  /** `onSettled`: everything that was asked for is there, or cannot be had. */
  constructor(
    private readonly run: ComparedElements,
    private readonly compare: CompareRecords,
    private readonly onSettled: () => void,
  ) {}

  /** Forgets everything, because ids, options or the other run changed. */
  reset(): void {
    this.work.abort();
    this.isBusy = false;
    this.found.clear();
    this.pending = 'all';
  }

  /** Notes which records are to be compared after a change. */
  note({ kind, deltas = [] }: ElementChange): void {
    if (this.pending === 'all') return;
    for (const delta of deltas) {
      const records = kind === 'other' ? this.withPartners(delta) : [...delta.added, ...delta.changed];
      for (const { id } of records) this.pending.add(id);
      if (kind !== 'other') for (const id of delta.removed) this.found.delete(id);
    }
  }

  /** Whether everything is compared; what is not is compared from now on. */
  ensure(): boolean {
    if (this.run.comparison?.join === undefined) return true;
    if (this.isBusy) return false;
    const { pending } = this;
    if (pending !== 'all' && pending.size === 0) return true;
    this.pending = new Set();
    this.isBusy = true;
    this.work = new AbortController();
    const { signal } = this.work;
    const settle = () => {
      if (signal.aborted) return;
      this.isBusy = false;
      this.onSettled();
    };
    this.compare(pending === 'all' ? undefined : [...pending], signal, (comparison) => {
      if (!signal.aborted) this.found.set(comparison.record, comparison);
      // If it fails, the analysis says why, and what was compared counts.
    }).then(settle, settle);
    return false;
  }

  dispose(): void {
    this.work.abort();
  }

  /** The records of the run that are compared with records of the other one that were added or have changed. */
  private withPartners({ added, changed }: CatalogDelta): readonly { readonly id: number }[] {
    const { catalog, comparison } = this.run;
    const join = comparison?.join;
    if (catalog === undefined || join === undefined) return [];
    const ids = new Set([...added, ...changed].map(({ id }) => id));
    const layers = new Set([...added, ...changed].map(({ layer }) => layer));
    return join.layers.flatMap(({ layer, other }) => {
      if (other === undefined || !layers.has(other)) return [];
      return seriesOfLayer(catalog, layer)
        .flat()
        .filter((record) => ids.has(join.partnerOf(record)?.id ?? -1));
    });
  }
}
