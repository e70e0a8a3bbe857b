interface OfRecord {
  readonly record: number;
}

/**
 * Results by record id. It grows in place, because a copy of thousands of results for each update would be most of the
 * page's garbage. After a change it is another object on the same results, so that views notice.
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

  /** Record ids, in the order in which their results arrived. */
  keys(): Iterable<number> {
    return this.byRecord.keys();
  }

  /** The table without dropped records and with `news`; the same object if there are neither. */
  with(news: readonly T[], dropped: readonly number[] = []): RecordTable<T> {
    if (news.length + dropped.length === 0) return this;
    for (const record of dropped) this.byRecord.delete(record);
    for (const each of news) this.byRecord.set(each.record, each);
    return new RecordTable(this.byRecord);
  }

  /** Another table, of the records that are kept. */
  where(isKept: (record: number) => boolean): RecordTable<T> {
    return new RecordTable(new Map([...this.byRecord].filter(([record]) => isKept(record))));
  }
}
