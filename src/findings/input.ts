import type { RecordShift, RecordSummary } from '../model/analysis';
import type { RunCatalog, Variant } from '../model/catalog';
import { variantLabel } from '../model/catalog';
import type { LayerCheck } from '../model/check';

/** What findings are made of: the catalog, and what was computed so far, by record. */
export interface FindingsInput {
  readonly catalog: RunCatalog;
  readonly summaries: ReadonlyMap<number, RecordSummary>;
  readonly shifts: ReadonlyMap<number, RecordShift>;
  readonly checks: ReadonlyMap<number, LayerCheck>;
  /** False while results are still to come: what compares all layers waits. */
  readonly isComplete: boolean;
}

/** ` (train · rank 3)`, or nothing. */
export function variantInWords(variant: Variant | undefined): string {
  const label = variant === undefined ? '' : variantLabel(variant);
  return label === '' ? '' : ` (${label})`;
}

/** Figures as a sentence shows them; large ones with the exponent that the panel beside it writes. */
export function figure(value: number): string {
  return withDigits(value, 3);
}

/** How many times as large something is: two digits say enough. */
export function factor(ratio: number): string {
  return withDigits(ratio, 2);
}

function withDigits(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits))).replace('e+', 'e');
}

/** `3, 5, 9` or `0, 1, 2, 3, 4, 5, 6, 7, …`. */
export function listed(items: readonly (number | string)[], most = 8): string {
  return `${items.slice(0, most).join(', ')}${items.length > most ? ', …' : ''}`;
}
