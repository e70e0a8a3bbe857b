import type { LayerFormula } from './layerFormulas';

/**
 * One thing that is wrong with a run, or the place to look first: one cause, with every layer that it touches. Figures
 * are in its sentences; ids are those of the catalog.
 */
export interface Finding {
  readonly kind:
    | 'declared'
    | 'formula'
    | 'non-finite'
    | 'dead-channels'
    | 'collapsed'
    | 'ranks'
    | 'growth'
    | 'depth'
    | 'signal'
    | 'input-scale'
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
    | 'flat-reference'
    | 'in-part';
  /** `note`: nothing is wrong; it is where to look first. */
  readonly severity: Severity;
  /** Id of the layer where it begins; absent where it is about the run, or where that is not known. */
  readonly layer?: number;
  /** Ids of all layers that it touches, in the order of the network. */
  readonly layers?: readonly number[];
  /** First step at which it shows. */
  readonly step?: number;
  /** The recorded step before that, at which it does not show; absent where the first step shows it. */
  readonly after?: number;
  /** Position in the catalog's variants. */
  readonly variant?: number;
  /** Where along the network it begins. */
  readonly jump?: Jump;
  /** A few words. */
  readonly title: string;
  /** What the run's verdict says if this is its first cause; absent: the title. */
  readonly headline?: string;
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

export type FindingKind = Finding['kind'];
export type Severity = 'error' | 'warning' | 'note';

/** The severities, the gravest first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** The largest increase of a figure between neighbors in the network. */
export interface Jump {
  /** Id of the last layer before it. */
  readonly from: number;
  /** Id of the first layer after it. */
  readonly to: number;
  /** The figure at `to` over the greatest figure up to `from`. */
  readonly ratio: number;
}

/** What a run is, in a sentence. */
export interface Verdict {
  /** Of the worst finding; `none` where nothing is unusual. Notes do not count. */
  readonly severity: 'error' | 'warning' | 'none';
  readonly sentence: string;
  /** Errors and warnings that follow from no other finding. */
  readonly causes: number;
}

/** What a finished computation says of a run. */
export interface Diagnosis {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** What the normalization layers compute whose input was recorded. */
  readonly formulas: readonly LayerFormula[];
}

/** A finding and everything that follows from it. */
export function withConsequences(finding: Finding): readonly Finding[] {
  return [finding, ...(finding.consequences ?? []).flatMap(withConsequences)];
}

/** The diagnosis of the last finished computation; absent until one has finished. */
export interface DiagnosisState {
  readonly diagnosis?: Diagnosis;
  /** False while a computation is under way whose diagnosis will take this one's place. */
  readonly isCurrent: boolean;
}
