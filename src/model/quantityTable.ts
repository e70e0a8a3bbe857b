import type { RecordSummary } from './analysis';
import type { LayerEntry } from './catalog';
import type { InTurns } from './inTurns';
import { isBranchQuantity, QUANTITIES, type QuantityId, quantityOf } from './mapQuantities';
import { PagedColumn } from './pagedColumn';
import type { ResidualFigures } from './residualStream';

/** Records whose figures are added between two yields. */
const STRETCH = 1 << 12;

/** The figures of one quantity, of the records that have one, as they travel. */
export interface QuantityColumn {
  readonly quantity: QuantityId;
  readonly record: Int32Array;
  /** For each record one value per figure of the quantity. */
  readonly value: Float64Array;
}

/**
 * The figures of all quantities by record id: 8 bytes each, at most 152 per record, whatever the size of its tensor.
 * Where a quantity is unknown for all records, it takes no memory.
 */
export class QuantityTable {
  private readonly quantities = QUANTITIES.map(quantityOf).map(({ id, figures }) => ({
    id,
    figures: figures.map((of) => ({ of, column: new PagedColumn() })),
  }));

  /** Notes the figures of a record. */
  set(summary: RecordSummary, layer: Pick<LayerEntry, 'module'>): void {
    for (const { id, figures } of this.quantities) {
      if (isBranchQuantity(id)) continue;
      for (const { of, column } of figures) column.set(summary.record, of(summary, layer));
    }
  }

  /** Notes how a branch changes the stream, at a record of the branch's layer. */
  setBranch(record: number, { share, angle }: ResidualFigures): void {
    this.figuresOf('branchShare')[0].set(record, share);
    this.figuresOf('streamAngle')[0].set(record, angle);
  }

  hasBranch(record: number): boolean {
    return !Number.isNaN(this.figuresOf('branchShare')[0].get(record));
  }

  delete(record: number): void {
    for (const { figures } of this.quantities) for (const { column } of figures) column.delete(record);
  }

  /** The figures of these records, or of all, without records whose figures are unknown. */
  column(quantity: QuantityId, records: Iterable<number> | undefined): QuantityColumn {
    const figures = this.figuresOf(quantity);
    const found: number[] = [];
    const middle = figures[figures.length >> 1];
    if (records === undefined) middle?.forEach((record) => void found.push(record));
    else if (middle !== undefined)
      for (const record of records) if (!Number.isNaN(middle.get(record))) found.push(record);
    const value = new Float64Array(found.length * figures.length);
    found.forEach((record, i) => {
      figures.forEach((figure, f) => {
        value[i * figures.length + f] = figure.get(record);
      });
    });
    return { quantity, record: Int32Array.from(found), value };
  }

  private figuresOf(quantity: QuantityId): readonly PagedColumn[] {
    const found = this.quantities.find(({ id }) => id === quantity);
    return found?.figures.map(({ column }) => column) ?? [];
  }
}

/** What a panel has of one quantity. It grows in place; {@link view} is another object on the same figures. */
export class QuantityValues {
  private constructor(
    readonly quantity: QuantityId,
    /** The figures of the quantity, each by record id; the map shows the middle one. */
    readonly figures: readonly PagedColumn[],
  ) {}

  static empty(quantity: QuantityId): QuantityValues {
    const { figures } = quantityOf(quantity);
    return new QuantityValues(
      quantity,
      figures.map(() => new PagedColumn()),
    );
  }

  static of(column: QuantityColumn): QuantityValues {
    const values = QuantityValues.empty(column.quantity);
    values.add(column);
    return values;
  }

  /** {@link of}, for figures of many records. */
  static *inTurns(column: QuantityColumn): InTurns<QuantityValues> {
    const values = QuantityValues.empty(column.quantity);
    for (let from = 0; from < column.record.length; from += STRETCH) {
      values.add(column, from, from + STRETCH);
      yield;
    }
    return values;
  }

  view(): QuantityValues {
    return new QuantityValues(this.quantity, this.figures);
  }

  /** The figure that the map shows; none for the shift, which is not among these. */
  get middle(): PagedColumn | undefined {
    return this.figures[this.figures.length >> 1];
  }

  /** Adds figures of this quantity, or those from a place to another, and replaces existing ones of the same records. */
  add({ record, value }: QuantityColumn, from = 0, to = Number.POSITIVE_INFINITY): void {
    const width = this.figures.length;
    for (let i = from; i < Math.min(to, record.length); i++) {
      for (let f = 0; f < width; f++) this.figures[f].set(record[i], value[i * width + f]);
    }
  }

  delete(record: number): void {
    for (const figure of this.figures) figure.delete(record);
  }
}
