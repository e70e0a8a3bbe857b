import type {
  AnalysisOptions,
  Distributions,
  Method,
  Range,
  RecordShift,
  RecordSummary,
} from '../model/analysis';
import type { RecordEntry, RunCatalog } from '../model/catalog';
import type { RunUpdate } from '../model/catalogDelta';
import type { LayerCheck } from '../model/check';
import type { Problem } from '../model/problem';
import type { Readings } from '../model/questions';
import type { Procedure } from '../rpc/rpc';

/** What the host asks of the kernel worker. Every call can be cancelled; progress comes as it is made. */
export interface KernelApi {
  /**
   * Bytes of sketches to keep, so that options change without reading files again, how many workers compute at a time
   * (0: one a core), and where sketches are kept on disk. Forgets what is kept in memory.
   */
  configure: Procedure<KernelResources, void, never>;

  /**
   * Lists the run from paths and headers alone. Progress: files looked at so far, then the first records of a large
   * run, some at a time; the others come with the catalog.
   */
  openRun: Procedure<
    { run: string; roots: readonly string[]; readings?: Readings },
    RunCatalog,
    { files: number } | { records: readonly RecordEntry[] }
  >;

  /**
   * Looks for what has changed in an open run: at the files of these URIs, or, where none are given, everywhere.
   * Only what is new or different is opened.
   */
  updateRun: Procedure<{ run: string; files?: readonly string[] }, RunUpdate, never>;

  /**
   * Computes summaries and shifts of the records, first and last step of a layer first, then halving the gaps;
   * the focused layer before the others. Progress carries each result once it is there. A record that fails
   * is a problem in the progress, never a rejection.
   */
  analyse: Procedure<AnalyseRequest, { done: number; failed: number }, AnalyseProgress>;

  /**
   * Compares the outputs of normalization layers with what their inputs and declarations give, at some steps of each;
   * the progress carries each result. What was checked before is told again without reading.
   */
  checkLayers: Procedure<{ run: string; options: AnalysisOptions }, void, LayerCheck>;

  /** Histograms of one record and of its reference, before and after every method. */
  distributions: Procedure<DistributionRequest, Distributions, never>;

  /** Forgets the run and what was kept of it. */
  closeRun: Procedure<{ run: string }, void, never>;

  /** Removes the sketches that are kept on disk; the bytes that were freed. */
  clearCache: Procedure<void, number, never>;
}

export interface KernelResources {
  /** Bytes. */
  readonly memoryBudget: number;
  readonly workers: number;
  /** Absent: nothing is kept on disk. */
  readonly cache?: {
    /** URI of a folder of ours: where it has no path, the host reads and writes its files. */
    readonly folder: string;
    /** Bytes at most. */
    readonly limit: number;
  };
}

export interface AnalyseRequest {
  readonly run: string;
  readonly options: AnalysisOptions;
  /** Layer ids to compute before all others, in the order of interest. */
  readonly layers?: readonly number[];
  /** Records whose results under these options the host has already; they are not told again. */
  readonly known?: readonly number[];
  /** Only these, in this order, whatever is known. */
  readonly records?: readonly number[];
  /** With every unit's mean and variance (the report's --statistics). */
  readonly statistics?: boolean;
  /** Large records at the ends of a series are told as estimates before all of them was read. */
  readonly estimates?: boolean;
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

/**
 * What the kernel asks of the host: files that no path leads to (virtual file systems, the web host). Only below the
 * cache's folder is anything written or removed.
 */
export interface KernelHostApi {
  readFile: Procedure<{ uri: string }, Uint8Array, never>;
  statFile: Procedure<{ uri: string }, FolderEntry, never>;
  listFolder: Procedure<{ uri: string }, readonly FolderEntry[], never>;
  /** Writes a file of the cache, whole or not at all. */
  writeCached: Procedure<{ name: string; bytes: Uint8Array }, void, never>;
  removeCached: Procedure<{ name: string }, void, never>;
  /** A file of the extension's own, by its name beside the kernel's script, for a kernel that has no folder. */
  readAsset: Procedure<{ name: string }, Uint8Array, never>;
  /** The kernel has a defect and goes on: for the log. */
  reportDefect: Procedure<{ problem: Problem }, void, never>;
}

export interface FolderEntry {
  /** Last segment of the path, decoded. */
  readonly name: string;
  readonly uri: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** Bytes; 0 for folders. */
  readonly size: number;
  /** Of files: when the content last changed, in milliseconds since 1970, where that is known. */
  readonly modified?: number;
  /** Where a link leads in the end, without links on the way; only listings tell it, and of links alone. */
  readonly leadsTo?: string;
}
