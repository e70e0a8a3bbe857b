interface OfRecord {
  readonly record: number;
}

/**
 * Figures by record id. It grows in place: a copy of thousands of them for each of the news would be most of what the
 * page leaves behind. Who draws it is told of news by another object on the same figures.
 */
export class RecordTable<T extends OfRecord> {
  private constructor(private readonly byRecord: Map<number, T>) {}

  static of<T extends OfRecord>(items: readonly T[]): RecordTable<T> {
    return new RecordTable(new Map(items.map((item) => [item.record, item])));
  }

  get size(): number {
    return this.byRecord.size;
  }

  get(record: number): T | undefined {
    return this.byRecord.get(record);
  }

  /** Record ids, in the order in which their figures came. */
  keys(): Iterable<number> {
    return this.byRecord.keys();
  }

  /** Without those of the dropped records and with the news; the very same where there is neither. */
  with(news: readonly T[], dropped: readonly number[] = []): RecordTable<T> {
    if (news.length + dropped.length === 0) return this;
    for (const record of dropped) this.byRecord.delete(record);
    for (const each of news) this.byRecord.set(each.record, each);
    return new RecordTable(this.byRecord);
  }

  /** A table of its own, of the records that are kept. */
  where(isKept: (record: number) => boolean): RecordTable<T> {
    return new RecordTable(new Map([...this.byRecord].filter(([record]) => isKept(record))));
  }
}
