import type { ByteSource } from '../io/byteSource';
import type { DType } from '../model/catalog';
import type { Problem } from '../model/problem';
import type { ScalarSeries } from './scalarSeries';
import type { SummaryInfo, TensorSummary } from './tensorSummary';

/** The information about one tensor in a file's header. */
export interface TensorInfo {
  /** Key inside the file; empty if the file is the tensor. */
  readonly name: string;
  readonly dtype: DType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /**
   * Distance in elements between neighbors along each axis: C order, Fortran order, or any other dense or strided
   * order.
   */
  readonly strides: readonly number[];
  /**
   * True if the bytes are compressed as a whole or in slabs: reading from the middle decompresses everything before.
   */
  readonly isSequential?: true;
  /**
   * For a sequential tensor compressed in pieces: the number of indices of the first axis that are decompressed
   * together. Reading can start at any multiple of it without the preceding data. Absent if the tensor is one piece.
   */
  readonly unpackedRows?: number;
  /** Keys and list indices that lead to the tensor, if the file nests containers and one of them is a list. */
  readonly path?: readonly (string | number)[];
  /** The file's information about each axis; absent if there is none. */
  readonly dimensions?: readonly Dimension[];
  /** True if the elements are complex: the last axis, of two, has the real and the imaginary part. */
  readonly isComplex?: true;
  /** Texts by key for this tensor, and for the groups around it; absent if there are none. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** A file's information about one axis of a tensor. */
export interface Dimension {
  readonly name?: string;
  /** Names of the file's tensors that contain the positions along the axis (a dimension scale of HDF5). */
  readonly scales?: readonly string[];
}

/** A dump file whose headers have been read and checked; its data is read by range. */
export interface TensorFile {
  readonly path: string;
  readonly format: string;
  readonly tensors: readonly TensorInfo[];
  /**
   * Text by key (safetensors `__metadata__`); empty if the format has none. A map, so that keys such as `__proto__` are
   * safe.
   */
  readonly metadata: ReadonlyMap<string, string>;
  /** Tensors that cannot be read, one problem each; the others are usable. */
  readonly problems: readonly Problem[];
  /** Remarks for the user about a valid file, in whole sentences. */
  readonly remarks?: readonly string[];
  /**
   * Opens the bytes of one tensor: the element at index i is at byte `Σ i_a · strides_a · itemSize`. Read it from front
   * to back (reading deflated entries backward restarts them).
   */
  openTensor(name: string): Promise<ByteSource>;
  /** Tensors with histograms in the file instead of values; absent if there are none. */
  readonly summaries?: readonly SummaryInfo[];
  /** Reads one of {@link summaries}. */
  readSummary?(name: string): Promise<TensorSummary>;
  /** The scalars of a log, over its steps; absent if there are none. */
  readonly scalars?: readonly ScalarSeries[];
  /** Closes the file and every source that was opened from it. */
  close(): Promise<void>;
}

/** Information that the reader cannot derive from the bytes. */
export interface FormatHints {
  /** Whether to read NumPy's raw two-byte type (`V2`) as bfloat16. */
  readonly rawTwoByteIsBfloat16?: boolean;
  /** The type of NumPy's raw one-byte elements (`V1`), the form in which it writes most eight-bit floats. */
  readonly rawOneByte?: DType;
}
