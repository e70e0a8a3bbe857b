import { METHODS, type Method } from './analysis';
import type { InTurns } from './inTurns';

/** One cell of the shift map: W1/σ_s and its noise floor, by method. */
export interface ShiftCell {
  readonly record: number;
  readonly reference: number;
  readonly w1: Readonly<Partial<Record<Method, number>>>;
  readonly floor: Readonly<Partial<Record<Method, number>>>;
  /** True if the record has NaN or infinite values. */
  readonly nonFinite: boolean;
  /** True if every channel of the record has the same value everywhere, such as 0. */
  readonly dead: boolean;
}

/** Cells of the shift map, one after the other, as they travel: without an object for each. */
export interface ShiftColumns {
  readonly record: Int32Array;
  readonly reference: Int32Array;
  /** Bits: which methods have a shift, which have a floor, whether there are non-finite values, and whether it is dead. */
  readonly flags: Uint16Array;
  /** W1/σ, one value per method in METHODS. */
  readonly w1: Float64Array;
  /** Noise floors, one value per method in METHODS. */
  readonly floor: Float64Array;
}

const M = METHODS.length;
const NON_FINITE = 1 << (2 * M);
const DEAD = 2 * NON_FINITE;

/** Records per page: memory is allocated only for pages with cells, in small amounts. */
const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;

interface Page {
  /** -1 if there is no cell. */
  readonly reference: Int32Array;
  readonly flags: Uint16Array;
  readonly w1: Float64Array;
  readonly floor: Float64Array;
  /** Whether a cell ever was non-finite or dead: most pages have none. */
  isMarked: boolean;
}

/** What a table's views share. */
interface Storage {
  /** By record id. */
  readonly pages: (Page | undefined)[];
  size: number;
}

/**
 * The cells of the shift map by record id: about a hundred bytes each, whatever the size of the run. The table grows in
 * place; {@link view} returns another object on the same cells, so that charts can detect changes.
 */
export class ShiftTable {
  private constructor(private readonly storage: Storage) {}

  static empty(): ShiftTable {
    return new ShiftTable({ pages: [], size: 0 });
  }

  static of(columns: ShiftColumns): ShiftTable {
    const table = ShiftTable.empty();
    table.add(columns);
    return table;
  }

  /** {@link of}, for many cells. */
  static *inTurns(columns: ShiftColumns): InTurns<ShiftTable> {
    const table = ShiftTable.empty();
    for (let from = 0; from < columns.record.length; from += PAGE) {
      table.add(columns, from, from + PAGE);
      yield;
    }
    return table;
  }

  view(): ShiftTable {
    return new ShiftTable(this.storage);
  }

  get size(): number {
    return this.storage.size;
  }

  has(record: number): boolean {
    return this.pageOf(record) !== undefined;
  }

  /** Record id of the reference; undefined if there is no cell. */
  referenceOf(record: number): number | undefined {
    return this.pageOf(record)?.reference[placeOf(record)];
  }

  /** W1/σ; NaN if it is undefined or there is no cell. */
  w1Of(record: number, method: number): number {
    return this.pageOf(record)?.w1[placeOf(record) * M + method] ?? Number.NaN;
  }

  /** NaN if there is none. */
  floorOf(record: number, method: number): number {
    return this.pageOf(record)?.floor[placeOf(record) * M + method] ?? Number.NaN;
  }

  isNonFinite(record: number): boolean {
    return ((this.pageOf(record)?.flags[placeOf(record)] ?? 0) & NON_FINITE) !== 0;
  }

  isDead(record: number): boolean {
    return ((this.pageOf(record)?.flags[placeOf(record)] ?? 0) & DEAD) !== 0;
  }

  get(record: number): ShiftCell | undefined {
    const page = this.pageOf(record);
    if (page === undefined) return undefined;
    const place = placeOf(record);
    const { flags, w1, floor } = page;
    const pick = (values: Float64Array, shift: number): Partial<Record<Method, number>> =>
      Object.fromEntries(
        METHODS.flatMap((method, i) =>
          flags[place] & (1 << (i + shift)) ? [[method, values[place * M + i]]] : [],
        ),
      );
    const reference = page.reference[place];
    const [nonFinite, dead] = [this.isNonFinite(record), this.isDead(record)];
    return { record, reference, w1: pick(w1, 0), floor: pick(floor, M), nonFinite, dead };
  }

  set({ record, reference, w1, floor, nonFinite, dead }: ShiftCell): void {
    const page = this.pageFor(record);
    const place = placeOf(record);
    page.reference[place] = reference;
    let flags = (nonFinite ? NON_FINITE : 0) | (dead ? DEAD : 0);
    METHODS.forEach((method, i) => {
      if (w1[method] !== undefined) flags |= 1 << i;
      if (floor[method] !== undefined) flags |= 1 << (i + M);
      page.w1[place * M + i] = w1[method] ?? Number.NaN;
      page.floor[place * M + i] = floor[method] ?? Number.NaN;
    });
    page.flags[place] = flags;
    page.isMarked ||= flags >= NON_FINITE;
  }

  delete(record: number): void {
    const page = this.pageOf(record);
    if (page === undefined) return;
    page.reference[placeOf(record)] = -1;
    this.storage.size--;
  }

  /** Ids of the records that have a cell, ascending. */
  records(): Int32Array {
    const { pages, size } = this.storage;
    const records = new Int32Array(size);
    let found = 0;
    pages.forEach((page, at) => {
      for (let place = 0; page !== undefined && place < PAGE; place++) {
        if (page.reference[place] >= 0) records[found++] = (at << PAGE_BITS) + place;
      }
    });
    return records;
  }

  /**
   * Visits every cell, by ascending record id: W1/σ and noise floor of a method (NaN as in {@link w1Of}). Visiting a hundred thousand cells takes as long as looking up a few thousand.
   */
  forEach(method: number, visit: (record: number, w1: number, floor: number) => void): void {
    this.storage.pages.forEach((page, at) => {
      if (page === undefined) return;
      const { reference, w1, floor } = page;
      for (let place = 0; place < PAGE; place++) {
        if (reference[place] < 0) continue;
        const i = place * M + method;
        visit((at << PAGE_BITS) + place, w1[i], floor[i]);
      }
    });
  }

  /** Visits the cells with non-finite values and the dead ones, by ascending record id. */
  forEachMarked(visit: (record: number, isNonFinite: boolean, isDead: boolean) => void): void {
    this.storage.pages.forEach((page, at) => {
      if (page?.isMarked !== true) return;
      const { reference, flags } = page;
      for (let place = 0; place < PAGE; place++) {
        const marks = flags[place];
        if (marks < NON_FINITE || reference[place] < 0) continue;
        visit((at << PAGE_BITS) + place, (marks & NON_FINITE) !== 0, (marks & DEAD) !== 0);
      }
    });
  }

  *[Symbol.iterator](): Generator<ShiftCell> {
    for (const record of this.records()) {
      const cell = this.get(record);
      if (cell !== undefined) yield cell;
    }
  }

  /** The cells of the given records, skipping records without one. */
  columns(records: Iterable<number>): ShiftColumns {
    const ids: number[] = [];
    for (const record of records) if (this.has(record)) ids.push(record);
    const reference = new Int32Array(ids.length);
    const flags = new Uint16Array(ids.length);
    const w1 = new Float64Array(ids.length * M);
    const floor = new Float64Array(ids.length * M);
    for (let i = 0; i < ids.length; i++) {
      const page = this.pageFor(ids[i]);
      const place = placeOf(ids[i]);
      reference[i] = page.reference[place];
      flags[i] = page.flags[place];
      for (let m = 0; m < M; m++) {
        w1[i * M + m] = page.w1[place * M + m];
        floor[i * M + m] = page.floor[place * M + m];
      }
    }
    return { record: Int32Array.from(ids), reference, flags, w1, floor };
  }

  /** Adds cells, or those from a place to another, and replaces existing cells of the same records. */
  add({ record, reference, flags, w1, floor }: ShiftColumns, from = 0, to = Number.POSITIVE_INFINITY): void {
    for (let i = from; i < Math.min(to, record.length); i++) {
      const page = this.pageFor(record[i]);
      const place = placeOf(record[i]);
      page.reference[place] = reference[i];
      page.flags[place] = flags[i];
      page.isMarked ||= flags[i] >= NON_FINITE;
      for (let m = 0; m < M; m++) {
        page.w1[place * M + m] = w1[i * M + m];
        page.floor[place * M + m] = floor[i * M + m];
      }
    }
  }

  /** The page of a record that has a cell. */
  private pageOf(record: number): Page | undefined {
    const page = this.storage.pages[record >> PAGE_BITS];
    return page !== undefined && page.reference[placeOf(record)] >= 0 ? page : undefined;
  }

  /** The page of a record that has a cell or is given one now. */
  private pageFor(record: number): Page {
    const { storage } = this;
    const at = record >> PAGE_BITS;
    const page = storage.pages[at] ?? emptyPage();
    storage.pages[at] = page;
    if (page.reference[placeOf(record)] < 0) storage.size++;
    return page;
  }
}

function placeOf(record: number): number {
  return record & (PAGE - 1);
}

function emptyPage(): Page {
  return {
    reference: new Int32Array(PAGE).fill(-1),
    flags: new Uint16Array(PAGE),
    w1: new Float64Array(PAGE * M),
    floor: new Float64Array(PAGE * M),
    isMarked: false,
  };
}
