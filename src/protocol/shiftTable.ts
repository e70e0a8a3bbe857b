import { METHODS, type Method } from './analysis';
import type { ShiftCell } from './panelApi';

/** Cells of the shift map, one after the other, as they travel: without an object for each. */
export interface ShiftColumns {
  readonly record: Int32Array;
  readonly reference: Int32Array;
  /** Bits: which methods have a shift, which have a floor, whether there are non-finite values. */
  readonly flags: Uint16Array;
  /** W1/σ, a value for each of METHODS. */
  readonly w1: Float64Array;
  /** Noise floors, a value for each of METHODS. */
  readonly floor: Float64Array;
}

const M = METHODS.length;
const NON_FINITE = 1 << (2 * M);

/** What a table's views share. */
interface Storage {
  /** By record id; -1 where there is no cell. */
  reference: Int32Array;
  flags: Uint16Array;
  w1: Float64Array;
  floor: Float64Array;
  size: number;
}

/**
 * The shift map's cells by record id: about a hundred bytes each, whatever the run's size. It grows in place; who
 * draws it tells news by {@link view}, which is another object on the same cells.
 */
export class ShiftTable {
  private constructor(private readonly storage: Storage) {}

  static empty(): ShiftTable {
    const storage = {
      reference: new Int32Array(0),
      flags: new Uint16Array(0),
      w1: new Float64Array(0),
      floor: new Float64Array(0),
      size: 0,
    };
    return new ShiftTable(storage);
  }

  static of(columns: ShiftColumns): ShiftTable {
    const table = ShiftTable.empty();
    table.add(columns);
    return table;
  }

  view(): ShiftTable {
    return new ShiftTable(this.storage);
  }

  get size(): number {
    return this.storage.size;
  }

  has(record: number): boolean {
    return (this.storage.reference[record] ?? -1) >= 0;
  }

  /** Record id of the reference; undefined where there is no cell. */
  referenceOf(record: number): number | undefined {
    return this.has(record) ? this.storage.reference[record] : undefined;
  }

  /** W1/σ; NaN where it is undefined or there is no cell. */
  w1Of(record: number, method: number): number {
    return this.has(record) ? this.storage.w1[record * M + method] : Number.NaN;
  }

  /** NaN where there is none. */
  floorOf(record: number, method: number): number {
    return this.has(record) ? this.storage.floor[record * M + method] : Number.NaN;
  }

  isNonFinite(record: number): boolean {
    return this.has(record) && (this.storage.flags[record] & NON_FINITE) !== 0;
  }

  get(record: number): ShiftCell | undefined {
    const reference = this.referenceOf(record);
    if (reference === undefined) return undefined;
    const { flags, w1, floor } = this.storage;
    const pick = (values: Float64Array, shift: number): Partial<Record<Method, number>> =>
      Object.fromEntries(
        METHODS.flatMap((method, i) =>
          flags[record] & (1 << (i + shift)) ? [[method, values[record * M + i]]] : [],
        ),
      );
    return { record, reference, w1: pick(w1, 0), floor: pick(floor, M), nonFinite: this.isNonFinite(record) };
  }

  set({ record, reference, w1, floor, nonFinite }: ShiftCell): void {
    this.reserve(record + 1);
    const { storage } = this;
    if (storage.reference[record] < 0) storage.size++;
    storage.reference[record] = reference;
    let flags = nonFinite ? NON_FINITE : 0;
    METHODS.forEach((method, i) => {
      if (w1[method] !== undefined) flags |= 1 << i;
      if (floor[method] !== undefined) flags |= 1 << (i + M);
      storage.w1[record * M + i] = w1[method] ?? Number.NaN;
      storage.floor[record * M + i] = floor[method] ?? Number.NaN;
    });
    storage.flags[record] = flags;
  }

  delete(record: number): void {
    if (!this.has(record)) return;
    this.storage.reference[record] = -1;
    this.storage.size--;
  }

  /** Ids of the records that have a cell, ascending. */
  records(): Int32Array {
    const { reference, size } = this.storage;
    const records = new Int32Array(size);
    let found = 0;
    for (let record = 0; record < reference.length; record++) {
      if (reference[record] >= 0) records[found++] = record;
    }
    return records;
  }

  *[Symbol.iterator](): Generator<ShiftCell> {
    for (const record of this.records()) {
      const cell = this.get(record);
      if (cell !== undefined) yield cell;
    }
  }

  /** The cells of those of the records that have one. */
  columns(records: Iterable<number>): ShiftColumns {
    const { storage } = this;
    const ids = [...records].filter((record) => this.has(record));
    const w1 = new Float64Array(ids.length * M);
    const floor = new Float64Array(ids.length * M);
    ids.forEach((id, i) => {
      w1.set(storage.w1.subarray(id * M, (id + 1) * M), i * M);
      floor.set(storage.floor.subarray(id * M, (id + 1) * M), i * M);
    });
    return {
      record: Int32Array.from(ids),
      reference: Int32Array.from(ids, (id) => storage.reference[id]),
      flags: Uint16Array.from(ids, (id) => storage.flags[id]),
      w1,
      floor,
    };
  }

  /** Adds cells, in place of those that are there of the same records. */
  add({ record, reference, flags, w1, floor }: ShiftColumns): void {
    let end = 0;
    for (const id of record) end = Math.max(end, id + 1);
    this.reserve(end);
    const { storage } = this;
    for (let i = 0; i < record.length; i++) {
      const id = record[i];
      if (storage.reference[id] < 0) storage.size++;
      storage.reference[id] = reference[i];
      storage.flags[id] = flags[i];
      for (let m = 0; m < M; m++) {
        storage.w1[id * M + m] = w1[i * M + m];
        storage.floor[id * M + m] = floor[i * M + m];
      }
    }
  }

  private reserve(records: number): void {
    const { storage } = this;
    if (records <= storage.reference.length) return;
    const length = Math.max(records, 2 * storage.reference.length, 64);
    storage.reference = grown(storage.reference, new Int32Array(length).fill(-1));
    storage.flags = grown(storage.flags, new Uint16Array(length));
    storage.w1 = grown(storage.w1, new Float64Array(length * M));
    storage.floor = grown(storage.floor, new Float64Array(length * M));
  }
}

function grown<T extends Int32Array | Uint16Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
