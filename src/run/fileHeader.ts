import type { RecordDType } from '../model/catalog';
import type { ListedFile } from './listing/listing';
import type { FileNotes } from './metadata/metadata';
import type { NameFields } from './naming/nameFields';

/** A tensor of which a header promises the values, or the distributions in their place. */
export interface RecordInfo {
  /** Key inside the file. */
  readonly name: string;
  /** The key as naming takes it apart, where that is not the name; empty where the file's own name says the layer. */
  readonly key?: string;
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
  /** Index of the first axis that this record is, the shape being that of the other axes. */
  readonly slice?: number;
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
  /** What a person should know of the file though nothing is wrong with it: whole sentences. */
  readonly remarks?: readonly string[];
  /** Why the file is no part of the run, where nothing is wrong with it. */
  readonly unrecognised?: string;
}
