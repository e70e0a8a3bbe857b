import type { RecordShift, RecordSummary } from '../model/analysis';
import type { RunCatalog, Variant } from '../model/catalog';
import { variantLabel } from '../model/catalog';
import type { LayerCheck } from '../model/check';
import type { RecordComparison } from '../model/comparison';
import type { RunJoin } from '../model/runJoin';

/** Input of all detectors: the catalog, and the results computed so far, by record id. */
export interface FindingsInput {
  readonly catalog: RunCatalog;
  readonly summaries: ReadonlyMap<number, RecordSummary>;
  readonly shifts: ReadonlyMap<number, RecordShift>;
  readonly checks: ReadonlyMap<number, LayerCheck>;
  /** Present if shifts are measured from another run: their references are then records of it. */
  readonly comparison?: ComparedRun | undefined;
  /** False while results are still missing. Detectors that compare all layers wait for it. */
  readonly isComplete: boolean;
}

/** What is known of the run that is the reference. */
export interface ComparedRun {
  readonly join: RunJoin;
  /** By record id of the run. */
  readonly comparisons: ReadonlyMap<number, RecordComparison>;
}

/** Formats a variant as ` (train · rank 3)`; empty if the variant has no label. */
export function variantInWords(variant: Variant | undefined): string {
  const label = variant === undefined ? '' : variantLabel(variant);
  return label === '' ? '' : ` (${label})`;
}

/** Formats a number for a sentence, with three digits. Large numbers have the exponent format of the panel. */
export function figure(value: number): string {
  return withDigits(value, 3);
}

/** Formats a ratio with two digits. */
export function factor(ratio: number): string {
  return withDigits(ratio, 2);
}

function withDigits(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits))).replace('e+', 'e');
}

/** Formats a list as `3, 5, 9`, or as `0, 1, 2, 3, 4, 5, 6, 7, …` if it has more than `most` items. */
export function listed(items: readonly (number | string)[], most = 8): string {
  return `${items.slice(0, most).join(', ')}${items.length > most ? ', …' : ''}`;
}
