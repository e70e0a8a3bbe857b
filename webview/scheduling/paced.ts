/** A value made from what changes often. */
export interface Paced<T> {
  /**
   * Returns the value that `make` makes: at once if `urgent` changed; if only `news` changed, not before `pause`
   * milliseconds after the last time, and the former value until then. `wait` is the milliseconds until the value is due,
   * undefined if it is up to date.
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
