/** One thing wrong with a run, or worth knowing first, with where it shows and what to try. */
export interface Finding {
  readonly kind:
    | 'declared'
    | 'non-finite'
    | 'dead-channels'
    | 'collapsed'
    | 'ranks'
    | 'moved-first'
    | 'in-part';
  /** `note`: nothing is wrong; it is where to look first. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Layer id; absent where it is about the run. */
  readonly layer?: number;
  /** First step at which it shows. */
  readonly step?: number;
  /** Position in the catalog's variants. */
  readonly variant?: number;
  /** A few words. */
  readonly title: string;
  /** The figures that it rests on. */
  readonly evidence: string;
  /** What to try, in a sentence or two. */
  readonly advice: string;
}
