import type { LayerFormula } from './layerFormulas';

/**
 * A problem in a run, or the place to look first: one cause, with every layer that it affects. The sentences contain
 * the numbers. Ids are those of the catalog.
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
    | 'runs-part'
    | 'in-part';
  /** A `note` does not mean that something is wrong; it shows where to look first. */
  readonly severity: Severity;
  /** Id of the layer where it begins; absent if that is unknown or the finding is about the whole run. */
  readonly layer?: number;
  /** Ids of all affected layers, in network order; empty if the finding is about the whole run. */
  readonly layers: readonly number[];
  /** First step that shows it. */
  readonly step?: number;
  /** The recorded step before `step`, which does not show it; absent if the first step already shows it. */
  readonly after?: number;
  /** Index into the catalog's variants. */
  readonly variant?: number;
  /** Where in the network it begins. */
  readonly jump?: Jump;
  /** Short title. */
  readonly title: string;
  /** Verdict of the run if this finding is its first cause; if absent, the title is used. */
  readonly headline?: string;
  /** The numbers that support it. */
  readonly evidence: string;
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** What to try, in one or two sentences. */
  readonly advice: string;
  /** What would show that the finding is wrong, in one sentence. */
  readonly refute: string;
  /** Findings that this one causes, listed under it. */
  readonly consequences?: readonly Finding[];
}

export type FindingKind = Finding['kind'];
export type Severity = 'error' | 'warning' | 'note';

/** The severities, most severe first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** A large increase of a value between neighboring layers. */
export interface Jump {
  /** Id of the last layer before it. */
  readonly from: number;
  /** Id of the first layer after it. */
  readonly to: number;
  /** The value at `to` divided by the largest value up to `from`. */
  readonly ratio: number;
}

/** Summary of a run in one sentence. */
export interface Verdict {
  /** Severity of the most severe finding; `none` if nothing is unusual. Notes do not count. */
  readonly severity: 'error' | 'warning' | 'none';
  readonly sentence: string;
  /** Number of errors and warnings that no other finding causes. */
  readonly causes: number;
}

/** Results of a finished computation about the whole run. */
export interface Diagnosis {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Where the run parts from the one that it is compared with, in one line. */
  readonly parting?: string;
  /** Formulas of the normalization layers whose input was recorded. */
  readonly formulas: readonly LayerFormula[];
}

/** Returns a finding and everything that it causes. */
export function withConsequences(finding: Finding): readonly Finding[] {
  return [finding, ...(finding.consequences ?? []).flatMap(withConsequences)];
}

/** The diagnosis of the last finished computation; absent until one finishes. */
export interface DiagnosisState {
  readonly diagnosis?: Diagnosis;
  /** False while a computation is running that will replace this diagnosis. */
  readonly isCurrent: boolean;
  /** The findings that the run which this one is compared with does not have, by {@link findingKey}. */
  readonly onlyHere?: readonly string[];
}

/** Tells the findings of a diagnosis apart. */
export function findingKey({ kind, title }: Pick<Finding, 'kind' | 'title'>): string {
  return JSON.stringify([kind, title]);
}
