import type {
  AnalysisOptions,
  Distributions,
  Method,
  Range,
  RecordShift,
  RecordSummary,
} from '../model/analysis';
import type { BatchSizes } from '../model/batchSizes';
import type { RecordEntry, RunCatalog } from '../model/catalog';
import type { RunUpdate } from '../model/catalogDelta';
import type { ChannelFigures } from '../model/channelFigures';
import type { ChannelPositions } from '../model/channelPositions';
import type { LayerCheck } from '../model/check';
import type { RecordComparison } from '../model/comparison';
import type { RecordCoordinates } from '../model/coordinates';
import type { Cube, Place } from '../model/cube';
import type { Densities } from '../model/densities';
import type { FormatCasts } from '../model/formatCasts';
import type { MethodSweep } from '../model/methodSweep';
import type { Problem } from '../model/problem';
import type { Readings } from '../model/questions';
import type { ResidualFigures } from '../model/residualStream';
import type { ScalarCurve } from '../model/scalars';
import type { Translations } from '../model/translations';
import type { Procedure } from '../rpc/rpc';

/** The calls of the host to the kernel worker. Every call can be cancelled and reports its progress. */
export interface KernelApi {
  /**
   * Sets the memory for sketches in bytes (so that changing options does not read files again), the number of compute
   * workers (0: one per core), and the location of the disk cache. Clears what is in memory.
   */
  configure: Procedure<KernelResources, void, never>;

  /**
   * Lists the run from paths and headers alone. Progress: the number of files visited so far; the catalog of a part of
   * a large run, which can be analysed while the others are listed; then the first records of a large run in batches;
   * the remaining records are in the catalog.
   */
  openRun: Procedure<
    { run: string; roots: readonly string[]; readings?: Readings },
    OpenedCatalog,
    { files: number } | { sample: RunCatalog } | { records: readonly RecordEntry[] }
  >;

  /**
   * Checks for changes in an open run: of the files with these URIs, or of all files. Opens only new or changed files.
   */
  updateRun: Procedure<{ run: string; files?: readonly string[] }, RunUpdate, never>;

  /**
   * Computes summaries and shifts of the records: first and last step of each layer first, then halving the gaps, and
   * the focused layer before the others. Progress delivers each result when it is ready. A record that fails is a
   * problem in the progress, not a rejection.
   */
  analyse: Procedure<AnalyseRequest, { done: number; failed: number }, AnalyseProgress>;

  /**
   * Compares the outputs of normalization layers with what follows from their inputs and declarations, at some steps of
   * each. Progress delivers each result; earlier results are delivered again without reading.
   */
  checkLayers: Procedure<{ run: string; options: AnalysisOptions }, void, LayerCheck>;

  /**
   * Compares the records of a run with those of the run that is the reference in the options, which must be open too:
   * element by element, and against chance. Progress delivers each, step by step, layers in their order. `records`: only
   * these.
   */
  compareRuns: Procedure<
    { run: string; options: AnalysisOptions; records?: readonly number[] },
    void,
    RecordComparison
  >;

  /** Histograms of one record and of its reference, before and after every method. */
  distributions: Procedure<DistributionRequest, Distributions, never>;

  /**
   * Statistics of the channels of a layer, at its steps; `step` is included in any case. `ahead`: the person has
   * not asked for them yet, so the answer is null if not all of it is in memory.
   */
  channels: Procedure<
    { run: string; options: AnalysisOptions; layer: number; variant: number; step: number; ahead?: boolean },
    ChannelFigures | null,
    never
  >;

  /** Means over samples of a channel, by position; null for a layer without positions. */
  channelPositions: Procedure<
    {
      run: string;
      options: AnalysisOptions;
      layer: number;
      variant: number;
      step: number;
      channel: number;
    },
    ChannelPositions | null,
    never
  >;

  /** The distributions of a layer over its steps; `step` is included in any case. */
  densities: Procedure<
    { run: string; options: AnalysisOptions; layer: number; variant: number; step: number },
    Densities,
    never
  >;

  /** What batch normalization of a record would do in smaller batches. */
  batchSizes: Procedure<{ run: string; options: AnalysisOptions; record: number }, BatchSizes, never>;

  /** Some elements of a record, and their sets under every method; of the element at a place, with distributions. */
  cube: Procedure<{ run: string; options: AnalysisOptions; record: number } & Place, Cube, never>;

  /** What casts of a record to narrow number formats would lose. */
  formatCasts: Procedure<{ run: string; options: AnalysisOptions; record: number }, FormatCasts, never>;

  /** What other numbers of groups would do to a record's shift, and where ε is large. */
  methodSweep: Procedure<{ run: string; options: AnalysisOptions; record: number }, MethodSweep, never>;

  /** How branches change a residual stream, in the order of the pairs of records before and after a branch. */
  residuals: Procedure<
    { run: string; options: AnalysisOptions; pairs: readonly (readonly [before: number, after: number])[] },
    readonly ResidualFigures[],
    never
  >;

  /**
   * How large the elements of these records of one layer are, and how far they have moved since the record `first`: both
   * are read.
   */
  coordinates: Procedure<
    { run: string; options: AnalysisOptions; first: number; records: readonly number[] },
    readonly RecordCoordinates[],
    never
  >;

  /**
   * The scalars of a run with these names. Of curves with more than four times `points` values, about as many that draw
   * the same line, and those at the steps of the run.
   */
  scalars: Procedure<
    { run: string; names: readonly string[]; points?: number },
    readonly ScalarCurve[],
    never
  >;

  /** Forgets the run and all its results. */
  closeRun: Procedure<{ run: string }, void, never>;

  /** Removes the sketches that are kept on disk. Returns the number of bytes freed. */
  clearCache: Procedure<void, number, never>;
}

export interface OpenedCatalog extends RunCatalog {
  /** True if records, layers and variants of the sample have the same ids in it, so that their results stay valid. */
  readonly extendsSample?: boolean;
}

export interface KernelResources {
  /** Absent: English. */
  readonly translations?: Translations;
  /** Bytes. */
  readonly memoryBudget: number;
  readonly workers: number;
  /** Absent: nothing is kept on disk. */
  readonly cache?: {
    /** URI of the cache folder. If it has no path, the host reads and writes its files. */
    readonly folder: string;
    /** Maximum size in bytes. */
    readonly limit: number;
  };
}

export interface AnalyseRequest {
  readonly run: string;
  readonly options: AnalysisOptions;
  /** Layer ids to compute before all others, in the order of interest. */
  readonly layers?: readonly number[];
  /** Records whose results under these options the host already has; they are not sent again. */
  readonly known?: readonly number[];
  /** Only these, in this order, whatever is known. */
  readonly records?: readonly number[];
  /** Include every unit's mean and variance (the report's --statistics). */
  readonly statistics?: boolean;
  /** Send estimates of a layer's first and last records, if these are large, before they are read completely. */
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
  /** The range to chart, by method; absent: the kernel chooses the range that holds 99.8 % of both. */
  readonly ranges?: Partial<Record<Method, Range>>;
}

/**
 * The calls of the kernel to the host: access to files without a path (virtual file systems, the web host). Only the
 * cache folder is written to.
 */
export interface KernelHostApi {
  readFile: Procedure<{ uri: string }, Uint8Array, never>;
  statFile: Procedure<{ uri: string }, FolderEntry, never>;
  listFolder: Procedure<{ uri: string }, readonly FolderEntry[], never>;
  /** Writes a cache file atomically. */
  writeCached: Procedure<{ name: string; bytes: Uint8Array }, void, never>;
  removeCached: Procedure<{ name: string }, void, never>;
  /** Reads a file of the extension by its name next to the kernel's script, for a kernel without a folder. */
  readAsset: Procedure<{ name: string }, Uint8Array, never>;
  /** Logs a defect after which the kernel continues. */
  reportDefect: Procedure<{ problem: Problem }, void, never>;
}

export interface FolderEntry {
  /** Last segment of the path, decoded. */
  readonly name: string;
  readonly uri: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** Bytes; 0 for folders. */
  readonly size: number;
  /** Files only: time of the last change, in milliseconds since 1970, if known. */
  readonly modified?: number;
  /** Links only, and only in listings: the final target, with all links resolved. */
  readonly leadsTo?: string;
}
