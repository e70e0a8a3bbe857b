/** One thing that is wrong with a run, or the place to look first: one cause, with every layer that it touches. */
export interface Finding {
  readonly kind:
    | 'declared'
    | 'non-finite'
    | 'dead-channels'
    | 'collapsed'
    | 'ranks'
    | 'growth'
    | 'depth'
    | 'saturation'
    | 'massive'
    | 'small-units'
    | 'small-batch'
    | 'running-statistics'
    | 'mode'
    | 'rank-data'
    | 'rank-parameters'
    | 'number-format'
    | 'channel-axis'
    | 'recorded-twice'
    | 'moved-first'
    | 'in-part';
  /** `note`: nothing is wrong; it is where to look first. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Id of the layer where it begins; absent where it is about the run. */
  readonly layer?: number;
  /** Ids of all layers that it touches, in the order of the network. */
  readonly layers?: readonly number[];
  /** First step at which it shows. */
  readonly step?: number;
  /** Position in the catalog's variants. */
  readonly variant?: number;
  /** A few words. */
  readonly title: string;
  /** The figures that it rests on. */
  readonly evidence: string;
  /** Why it matters, in a sentence. */
  readonly why?: string;
  /** What to try, in a sentence or two. */
  readonly advice: string;
  /** What would show that the finding is wrong, in a sentence. */
  readonly refute?: string;
  /** Findings that follow from this one; they stand under it. */
  readonly consequences?: readonly Finding[];
}
