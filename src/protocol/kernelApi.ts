import type { AnalysisOptions, Distributions, Method, Range, RecordShift, RecordSummary } from './analysis';
import type { RunCatalog } from './catalog';
import type { Problem } from './problem';
import type { Procedure } from './rpc';

/** What the host asks of the kernel worker. Every call can be cancelled; progress comes as it is made. */
export interface KernelApi {
  /**
   * Bytes of sketches to keep, so that knobs turn without reading files again, and how many workers compute at a time
   * (0: one a core). Forgets what is kept.
   */
  configure: Procedure<{ memoryBudget: number; workers: number }, void, never>;

  /** Lists the run from paths and headers alone. Progress: files looked at so far. */
  openRun: Procedure<{ run: string; roots: readonly string[] }, RunCatalog, { files: number }>;

  /**
   * Computes summaries and shifts of the records, first and last step of a layer first, then halving the gaps;
   * the focused layer before the others. Progress carries each result once it is there. A record that fails
   * is a problem in the progress, never a rejection.
   */
  analyse: Procedure<AnalyseRequest, { done: number; failed: number }, AnalyseProgress>;

  /** Histograms of one record and of its reference, before and after every method. */
  distributions: Procedure<DistributionRequest, Distributions, never>;

  /** Forgets the run and what was kept of it. */
  closeRun: Procedure<{ run: string }, void, never>;
}

export interface AnalyseRequest {
  readonly run: string;
  readonly options: AnalysisOptions;
  /** Layer ids to compute before all others, in the order of interest. */
  readonly layers?: readonly number[];
  /** Records whose results under these options the host has already; they are not told again. */
  readonly known?: readonly number[];
  /** With every unit's mean and variance (the report's --statistics). */
  readonly statistics?: boolean;
}

export type AnalyseProgress =
  | { readonly kind: 'summary'; readonly summary: RecordSummary }
  | { readonly kind: 'shift'; readonly shift: RecordShift }
  | { readonly kind: 'problem'; readonly record: number; readonly problem: Problem };

export interface DistributionRequest {
  readonly run: string;
  readonly options: AnalysisOptions;
  readonly record: number;
  /** Record id of the reference drawn behind; absent: none. */
  readonly reference?: number;
  readonly bins: number;
  /** Where to look, by method; absent: the range that holds 99.8 % of both, by the kernel. */
  readonly ranges?: Partial<Record<Method, Range>>;
}

/** What the kernel asks of the host: files that no path leads to (virtual file systems, the web host). */
export interface KernelHostApi {
  readFile: Procedure<{ uri: string }, Uint8Array, never>;
  listFolder: Procedure<{ uri: string }, readonly FolderEntry[], never>;
}

export interface FolderEntry {
  /** Last segment of the path, decoded. */
  readonly name: string;
  readonly uri: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** Bytes; 0 for folders. */
  readonly size: number;
}
