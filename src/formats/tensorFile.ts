import type { ByteSource } from '../io/byteSource';
import type { DType } from '../model/catalog';
import type { Problem } from '../model/problem';
import type { SummaryInfo, TensorSummary } from './tensorSummary';

/** What a file's header says of one tensor. */
export interface TensorInfo {
  /** Key inside the file; empty if the file is the tensor. */
  readonly name: string;
  readonly dtype: DType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Elements between neighbors along each axis; C order, Fortran order or any other dense or strided order. */
  readonly strides: readonly number[];
  /**
   * True if the bytes are compressed as a whole or in slabs: reading from the middle decompresses everything before.
   */
  readonly isSequential?: true;
  /**
   * For a sequential tensor compressed in pieces: how many indices of the first axis are decompressed together.
   * Multiples of it can be read without the data before them. Absent if the tensor is one piece.
   */
  readonly unpackedRows?: number;
  /** Keys and list indices that lead to the tensor, if the file nests containers and one of them is a list. */
  readonly path?: readonly (string | number)[];
  /** What the file says of each axis; absent where it says nothing of any. */
  readonly dimensions?: readonly Dimension[];
  /** Texts by key that the file has of this tensor alone, and of the groups around it; absent where it has none. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** What a file says of one axis of a tensor. */
export interface Dimension {
  readonly name?: string;
  /** Names of the file's tensors that hold the positions along the axis (a dimension scale of HDF5). */
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
  /** What a person should know of the file though nothing is wrong with it: whole sentences. */
  readonly remarks?: readonly string[];
  /**
   * The bytes of one tensor: the element at index i is at byte `Σ i_a · strides_a · itemSize`. Read it from front to
   * back (deflated entries start again when read backward).
   */
  openTensor(name: string): Promise<ByteSource>;
  /** Tensors whose histograms are in the file instead of their values; absent if there are none. */
  readonly summaries?: readonly SummaryInfo[];
  /** Reads one of {@link summaries}. */
  readSummary?(name: string): Promise<TensorSummary>;
  /** Closes the file and every source that was opened from it. */
  close(): Promise<void>;
}

/** What the reader cannot know from the bytes. */
export interface FormatHints {
  /** Reads NumPy's raw two-byte type (`V2`) as bfloat16. */
  readonly rawTwoByteIsBfloat16?: boolean;
  /** The type of NumPy's raw one-byte elements (`V1`), which is how it writes most floats of eight bits. */
  readonly rawOneByte?: DType;
}
