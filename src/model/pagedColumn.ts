/** Values per page: memory is allocated only for pages with values. */
const PAGE_BITS = 10;
const PAGE = 1 << PAGE_BITS;

/** Float64 values by record id, NaN where there is none. */
export class PagedColumn {
  private readonly pages: (Float64Array | undefined)[] = [];
  private known = 0;

  /** How many values are not NaN. */
  get size(): number {
    return this.known;
  }

  get(record: number): number {
    return this.pages[record >> PAGE_BITS]?.[record & (PAGE - 1)] ?? Number.NaN;
  }

  set(record: number, value: number): void {
    const at = record >> PAGE_BITS;
    const known = this.pages[at];
    if (known === undefined && Number.isNaN(value)) return;
    const page = known ?? new Float64Array(PAGE).fill(Number.NaN);
    this.pages[at] = page;
    const place = record & (PAGE - 1);
    this.known += Number(!Number.isNaN(value)) - Number(!Number.isNaN(page[place]));
    page[place] = value;
  }

  delete(record: number): void {
    this.set(record, Number.NaN);
  }

  /** Visits every value that is not NaN, by ascending record id. */
  forEach(visit: (record: number, value: number) => void): void {
    this.pages.forEach((page, at) => {
      if (page === undefined) return;
      for (let place = 0; place < PAGE; place++) {
        if (!Number.isNaN(page[place])) visit((at << PAGE_BITS) + place, page[place]);
      }
    });
  }
}
