/** Something that is made of what changes often. */
export interface Paced<T> {
  /**
   * What `make` makes. Where something urgent is another than before, it is made at once; where only news are, `pause`
   * milliseconds after the last time at the earliest, and what was made before is good until then. `wait`: milliseconds
   * until it is due; undefined where it is of what was given.
   */
  get(
    make: () => T,
    urgent: readonly unknown[],
    news: readonly unknown[],
    pause: number,
  ): { readonly value: T; readonly wait: number | undefined };
}

/** `now`: milliseconds, as `performance.now`. */
export function paced<T>(now: () => number): Paced<T> {
  let made: { value: T; urgent: readonly unknown[]; news: readonly unknown[]; at: number } | undefined;
  return {
    get: (make, urgent, news, pause) => {
      const at = now();
      if (made !== undefined && areSame(made.urgent, urgent)) {
        if (areSame(made.news, news)) return { value: made.value, wait: undefined };
        if (at < made.at + pause) return { value: made.value, wait: made.at + pause - at };
      }
      const value = make();
      made = { value, urgent, news, at };
      return { value, wait: undefined };
    },
  };
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, i) => Object.is(each, b[i]));
}
