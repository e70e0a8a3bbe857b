import type { ScalarSeries } from '../formats/scalarSeries';
import type { ArrayEntry, AxisIndices, RecordDType } from '../model/catalog';
import type { AxisRole } from '../model/questions';
import type { ListedFile } from './listing/listing';
import type { FileNotes } from './metadata/metadata';
import type { NameFields } from './naming/nameFields';

/** What the axes of an array hold. */
export interface ArrayAxes {
  /** One entry per axis: null for an axis of each record. */
  readonly roles: readonly (AxisRole | null)[];
  /** The step at each index of the axis of steps, if known; otherwise, the index is the step. */
  readonly steps?: readonly number[];
}

/** A tensor that a header announces: its values, or distributions in their place. */
export interface RecordInfo {
  /** Key inside the file. */
  readonly name: string;
  /** The key that naming parses, if it differs from the name; empty if the file's name contains the layer. */
  readonly key?: string;
  /** Keys and list indices that lead to the tensor, if the file nests containers and one of them has numbers as keys. */
  readonly path?: readonly (string | number)[];
  /** Name of the layer, if the file states it; it is not parsed. */
  readonly layer?: string;
  /** True if nothing is read from the file's name. */
  readonly isNamed?: true;
  /** Fields that override those of the name. */
  readonly fields?: NameFields;
  readonly dtype: RecordDType;
  readonly shape: readonly number[];
  /** Type of the module, if the recorder's naming includes it. */
  readonly module?: string;
  /** Why it is not part of the run, if it is known to be something other than an activation. */
  readonly excludedReason?: string;
  /** This record's index on each axis of the file's tensor; see {@link RecordEntry.slice}. */
  readonly slice?: AxisIndices;
  /** True if the elements are complex: the last axis, of two, has the real and the imaginary part. */
  readonly isComplex?: true;
  /** What the file says about its axes, if some hold steps or layers. */
  readonly axes?: ArrayAxes;
  /** The array that holds this record among others; absent if it holds nothing else. */
  readonly array?: ArrayEntry;
  /** Suffix of the layer's name if one array holds several layers, such as `layer 3`. */
  readonly part?: string;
  /** Present if the tensor can only be read from front to back. */
  readonly isSequential?: true;
  /** Present if it can be read from multiples of this number of indices of the first axis. */
  readonly unpackedRows?: number;
  /** Present if only distributions were kept: why layout, ε, and G cannot be changed. */
  readonly summarized?: string;
}

/** What the header of one dump file says. */
export interface FileHeader extends FileNotes {
  readonly file: ListedFile;
  /** In file order, without scalars that became fields. */
  readonly tensors: readonly RecordInfo[];
  /** What users should know about a valid file: whole sentences. */
  readonly remarks?: readonly string[];
  /** True if the file keeps its tensors in the order in which they were written. */
  readonly keepsOrder?: true;
  /** Scalars of a log over its steps. */
  readonly curves?: readonly ScalarSeries[];
  /** A list `steps` beside the tensors. */
  readonly listedSteps?: readonly number[];
  /** Why the file is not part of the run, if it is valid. */
  readonly unrecognized?: string;
}
