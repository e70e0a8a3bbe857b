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
  /** Keys and places in lists that lead to it, where the file nests containers and one is a list. */
  readonly path?: readonly (string | number)[];
  /** Name of the layer where the file says it; it is not taken apart. */
  readonly layer?: string;
  /** True where the file's own name says nothing beyond that, or nothing at all. */
  readonly isNamed?: true;
  /** Beyond those of the name, and stronger. */
  readonly fields?: NameFields;
  readonly dtype: RecordDType;
  readonly shape: readonly number[];
  /** Type of the module, where the recorder's names say it. */
  readonly module?: string;
  /** Why it is no part of the run, where it is known for something else than an activation. */
  readonly excludedReason?: string;
  /** The index on each axis of the file's tensor that this record is at; see {@link RecordEntry.slice}. */
  readonly slice?: AxisIndices;
  /** What the file says of its axes, where some hold steps or layers. */
  readonly axes?: ArrayAxes;
  /** The array in the file, of which the record may be a part; absent where only distributions are left. */
  readonly array?: ArrayEntry;
  /** Ends the layer's name: which of several layers that one array holds, such as `layer 3`. */
  readonly part?: string;
  /** Where it can only be read from front to back. */
  readonly isSequential?: true;
  /** Where it can be from some indices of the first axis on: multiples of this many. */
  readonly unpackedRows?: number;
  /** Where only distributions are left: why layout, ε and G cannot be changed. */
  readonly summarized?: string;
}

/** What the header of one dump file says. */
export interface FileHeader extends FileNotes {
  readonly file: ListedFile;
  /** In the order of the file, without the scalars that became fields. */
  readonly tensors: readonly RecordInfo[];
  /** True where the file keeps its tensors in the order in which they were written. */
  readonly keepsOrder?: true;
  /** Why the file is no part of the run, where nothing is wrong with it. */
  readonly unrecognised?: string;
}
