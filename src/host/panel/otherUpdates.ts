import type { RecordPlace } from '../../model/catalog';
import { packCatalog } from '../../model/catalogColumns';
import { addDelta, type CatalogDelta } from '../../model/catalogDelta';
import { coarseToFine } from '../../model/coarseToFine';
import type { QuantityId } from '../../model/mapQuantities';
import { seriesOf } from '../../model/series';
import type { Focus, OtherSnapshot, OtherUpdate } from '../../protocol/panelApi';
import type { RecordChanges } from '../session/changeFeed';
import { resultsOf } from '../session/results';
import type { Session } from '../session/session';
import { panelDelta, take } from './recordPlaces';

/** What a panel gets of the run that its own is compared with: gathered until the next update has room for it. */
export class OtherUpdates {
  private readonly figures = new Set<number>();
  private readonly full = new Set<number>();
  private deltas: CatalogDelta<RecordPlace>[] = [];

  constructor(private readonly session: Session) {}

  /** Whether something waits. */
  get isWaiting(): boolean {
    return this.figures.size + this.full.size + this.deltas.length > 0;
  }

  /** The other run; its figures and results follow in updates. Undefined if the run is not compared with another. */
  snapshot(focus: Focus | undefined, quantity: QuantityId): OtherSnapshot | undefined {
    this.clear();
    const other = this.session.comparison.other;
    if (other === undefined) return undefined;
    this.show(quantity);
    if (focus !== undefined) this.look(focus);
    const { roots, catalog } = other;
    return {
      roots,
      title: this.session.comparison.otherTitle,
      ...(other.isListed && catalog !== undefined && { catalog: packCatalog(catalog) }),
    };
  }

  /** Queues the figures of a quantity. */
  show(quantity: QuantityId): void {
    const other = this.session.comparison.other;
    this.figures.clear();
    if (other === undefined || quantity === 'shift') return;
    for (const record of other.results.done) this.figures.add(record);
  }

  /** Queues the results of the layer that belongs to this one. */
  look(focus: Focus): void {
    this.full.clear();
    for (const record of this.recordsOf(focus)) this.full.add(record);
  }

  changed(change: RecordChanges, focus: Focus | undefined): void {
    for (const delta of change.deltas) addDelta(this.deltas, panelDelta(delta));
    const inFocus = focus === undefined ? undefined : new Set(this.recordsOf(focus));
    for (const record of change.records) {
      this.figures.add(record);
      if (inFocus?.has(record)) this.full.add(record);
    }
  }

  /** The pending changes, up to a limit for each kind; undefined if the run is not compared with another. */
  next(quantity: QuantityId, cells: number, full: number): OtherUpdate | undefined {
    const other = this.session.comparison.other;
    if (other === undefined) return undefined;
    const { deltas } = this;
    this.deltas = [];
    return {
      deltas,
      quantity: other.results.quantities.column(quantity, take(this.figures, cells)),
      summaries: resultsOf(other.results, take(this.full, full)).summaries,
    };
  }

  clear(): void {
    this.figures.clear();
    this.full.clear();
    this.deltas = [];
  }

  /** The records of the layer and variant of the other run that belong to those in focus, halving the gaps. */
  private recordsOf({ layer, variant }: Focus): readonly number[] {
    const { catalog } = this.session;
    const { join } = this.session.comparison;
    const [first] = catalog === undefined ? [] : seriesOf(catalog, layer, variant);
    const partner = first && join?.partnerOf(first);
    if (partner === undefined || join === undefined) return [];
    const series = seriesOf(join.other, partner.layer, partner.variant);
    return coarseToFine(series.length).map((index) => series[index].id);
  }
}
