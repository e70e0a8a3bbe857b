import type { ArrayEntry, AxisIndices, RecordDType } from '../model/catalog';
import type { AxisRole } from '../model/questions';
import type { ListedFile } from './listing/listing';
import type { FileNotes } from './metadata/metadata';
import type { NameFields } from './naming/nameFields';

/** What the axes of an array hold. */
export interface ArrayAxes {
  /** One for each axis: null where it belongs to each record. */
  readonly roles: readonly (AxisRole | null)[];
  /** The step at each index of the axis of steps, where it is known; else the index is the step. */
  readonly steps?: readonly number[];
}

/** A tensor of which a header promises the values, or the distributions in their place. */
export interface RecordInfo {
  /** Key inside the file. */
  readonly name: string;
  /** The key that naming parses, if it differs from the name; empty if the file's name contains the layer. */
  readonly key?: string;
  /** Keys and list indices that lead to the tensor, if the file nests containers and one tells its values apart by numbers. */
  readonly path?: readonly (string | number)[];
  /** Name of the layer, if the file states it; it is not parsed. */
  readonly layer?: string;
  /** True if the file's name adds nothing to this, or is empty. */
  readonly isNamed?: true;
  /** These override the fields of the name. */
  readonly fields?: NameFields;
  readonly dtype: RecordDType;
  readonly shape: readonly number[];
  /** Type of the module, if the recorder's naming includes it. */
  readonly module?: string;
  /** Why it is not part of the run, if it is known to be something other than an activation. */
  readonly excludedReason?: string;
  /** The index on each axis of the file's tensor that this record is at; see {@link RecordEntry.slice}. */
  readonly slice?: AxisIndices;
  /** What the file says of its axes, where some hold steps or layers. */
  readonly axes?: ArrayAxes;
  /** The array that holds the record among others; absent where it holds nothing else. */
  readonly array?: ArrayEntry;
  /** Ends the layer's name: which of several layers that one array holds, such as `layer 3`. */
  readonly part?: string;
  /** Where it can only be read from front to back. */
  readonly isSequential?: true;
  /** Present if it can be read from multiples of this number of indices of the first axis. */
  readonly unpackedRows?: number;
  /** Where only distributions are left: why layout, ε and G cannot be changed. */
  readonly summarized?: string;
}

/** What the header of one dump file says. */
export interface FileHeader extends FileNotes {
  readonly file: ListedFile;
  /** In file order, without the scalars that became fields. */
  readonly tensors: readonly RecordInfo[];
  /** What users should know about the file although it is valid: whole sentences. */
  readonly remarks?: readonly string[];
  /** True if the file keeps its tensors in the order in which they were written. */
  readonly keepsOrder?: true;
  /** Why the file is not part of the run, if it is valid. */
  readonly unrecognized?: string;
}
