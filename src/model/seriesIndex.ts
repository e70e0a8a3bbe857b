import type { RecordEntry, RecordPlace } from './catalog';
import { type InTurns, inTurns, withoutTurns } from './inTurns';

/** The records of one layer and variant, steps ascending: what a curve over training is drawn through. */
export type Series<R extends RecordPlace = RecordEntry> = readonly R[];

type ByVariant<R> = Map<number, R[]>;

/** The records of a run by layer, then by variant; without those whose files were deleted. */
export class SeriesIndex<R extends RecordPlace> {
  private constructor(private readonly layers: Map<number, ByVariant<R>>) {}

  static of<R extends RecordPlace>(records: readonly R[]): SeriesIndex<R> {
    return withoutTurns(SeriesIndex.inTurns(records));
  }

  /** {@link of}, for a long list. */
  static *inTurns<R extends RecordPlace>(records: readonly R[]): InTurns<SeriesIndex<R>> {
    // Ids count up from 0, and an array finds a position sooner than a map finds a key.
    const found: R[][][] = [];
    yield* inTurns(records, (record) => {
      if (record.removed === true) return;
      found[record.layer] ??= [];
      found[record.layer][record.variant] ??= [];
      found[record.layer][record.variant].push(record);
    });
    const layers = new Map<number, ByVariant<R>>();
    yield* inTurns(found.keys(), (layer) => {
      const variants: ByVariant<R> = new Map();
      // Ids that no record has are holes.
      found[layer]?.forEach((series, variant) => {
        sortSteps(series);
        variants.set(variant, series);
      });
      if (variants.size > 0) layers.set(layer, variants);
    });
    return new SeriesIndex(layers);
  }

  /** The series of one layer and variant; empty if it has no records. */
  get(layer: number, variant: number): Series<R> {
    return this.layers.get(layer)?.get(variant) ?? [];
  }

  /** The series of one layer, variants ascending. */
  ofLayer(layer: number): readonly Series<R>[] {
    return [...(this.layers.get(layer) ?? [])].sort(([a], [b]) => a - b).map(([, series]) => series);
  }

  /** All series, layers ascending, and variants ascending in each. */
  all(): readonly Series<R>[] {
    return [...this.layers.keys()].sort((a, b) => a - b).flatMap((layer) => this.ofLayer(layer));
  }

  /** How many records the series have. */
  get recordCount(): number {
    let count = 0;
    for (const variants of this.layers.values())
      for (const series of variants.values()) count += series.length;
    return count;
  }

  /** An index with separate series, which may be appended to. */
  copy(): SeriesIndex<R> {
    return new SeriesIndex(
      new Map(
        [...this.layers].map(([layer, variants]) => [
          layer,
          new Map([...variants].map(([variant, series]) => [variant, [...series]])),
        ]),
      ),
    );
  }

  /**
   * Adds records. Those after the last step of their series lengthen it in place, so the work is proportional to them; a
   * series that they fall into is replaced. Call it only on an index that nobody else holds.
   */
  append(added: readonly R[]): void {
    for (const fresh of groupBySeries(added)) {
      const [{ layer, variant, step }] = fresh;
      const variants = this.layers.get(layer) ?? new Map<number, R[]>();
      this.layers.set(layer, variants);
      const series = variants.get(variant);
      if (series === undefined) variants.set(variant, fresh);
      else if (step > (series.at(-1)?.step ?? Number.NEGATIVE_INFINITY))
        for (const record of fresh) series.push(record);
      else variants.set(variant, merged(series, fresh));
    }
  }

  /** The index after other changes, in which records that were rewritten are both dropped and added. It shares the series
   * without changes. */
  with(dropped: readonly R[], added: readonly R[]): SeriesIndex<R> {
    const next = new SeriesIndex(
      new Map([...this.layers].map(([layer, variants]) => [layer, new Map(variants)])),
    );
    const ids = new Set(dropped.map(({ id }) => id));
    for (const [{ layer, variant }] of groupBySeries(dropped)) {
      const variants = next.layers.get(layer);
      const left = this.get(layer, variant).filter(({ id }) => !ids.has(id));
      if (left.length > 0) variants?.set(variant, left);
      else variants?.delete(variant);
      if (variants?.size === 0) next.layers.delete(layer);
    }
    next.append(added);
    return next;
  }
}

/** Records in one list for each layer and variant, steps ascending in each. */
function groupBySeries<R extends RecordPlace>(records: readonly R[]): readonly R[][] {
  const groups = new Map<string, R[]>();
  for (const record of records) {
    const key = `${record.layer}/${record.variant}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  for (const group of groups.values()) sortSteps(group);
  return [...groups.values()];
}

function merged<R extends RecordPlace>(series: Series<R>, fresh: Series<R>): R[] {
  const all = [...series, ...fresh];
  sortSteps(all, series.length);
  return all;
}

/** Sorts by step, if the records are not in order yet. `sorted`: how many at the beginning are. */
function sortSteps<R extends RecordPlace>(series: R[], sorted = 1): void {
  for (let i = Math.max(1, sorted); i < series.length; i++) {
    if (series[i].step < series[i - 1].step) {
      series.sort((a, b) => a.step - b.step);
      return;
    }
  }
}
