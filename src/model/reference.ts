import type { Layout } from './catalog';

/** What a shift is measured from: a step of the run (a number, the layer's first step, or the step before), or another run. */
export type Reference = ReferenceStep | OtherRun;

/** A reference within the run. */
export type ReferenceStep = 'first' | 'previous' | number;

/** Another run as the reference: each record is compared with the one there that belongs to it; see runJoin.ts. */
export interface OtherRun {
  /** URIs of the run's folder or files. */
  readonly roots: readonly string[];
  /**
   * Further runs beside the reference, each by its roots. How far those of its kind are from it, whose knobs are equal
   * but for seeds, is noise.
   */
  readonly group?: readonly (readonly string[])[];
  /** Layers that the person joined, by full name: the layer in the other run, or null for none. */
  readonly layers?: Readonly<Record<string, string | null>>;
  /** Layouts that the person chose for layers of the other run, by full name there; absent: those of the run's options. */
  readonly layouts?: Readonly<Record<string, Layout>>;
}

export function isOtherRun(reference: Reference): reference is OtherRun {
  return typeof reference === 'object';
}
