import { t } from '@vscode/l10n';
import type { Knobs } from './knobs';
import type { Problem } from './problem';
import type { Question } from './questions';
import type { RunScalars } from './scalars';

/** Element types that a dump can hold, by their usual names. */
export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float8_e4m3fn'
  | 'float8_e5m2'
  | 'float8_e4m3'
  | 'float8_e3m4'
  | 'float8_e4m3fnuz'
  | 'float8_e4m3b11fnuz'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu'
  | 'float6_e2m3fn'
  | 'float6_e3m2fn'
  | 'float4_e2m1fn'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

/** `unknown` is possible if only histograms of the tensor exist. */
export type RecordDType = DType | 'unknown';

/**
 * The roles of a tensor's axes, one letter an axis, first axis first: `N` sample, `C` channel or feature,
 * any other capital letter (`H`, `W`, `D`, `L`, `T`, `S`) a spatial or sequence position.
 * `N` and `C` occur at most once each: `NCHW`, `NHWC`, `NC`, `NLC`, `NCL`, `LNC`.
 */
export type Layout = string;

/** One entry for each axis of a tensor: the index that is meant on it, or null where the whole axis is. */
export type AxisIndices = readonly (number | null)[];

/** Which record it is; all that the panel needs to know of one. */
export interface RecordPlace {
  /** Position in {@link RunCatalog.records}; how everything else refers to the record. */
  readonly id: number;
  /** Position in {@link RunCatalog.layers}. */
  readonly layer: number;
  readonly step: number;
  /** Position in {@link RunCatalog.variants}. */
  readonly variant: number;
  /** True where its file was deleted while the run was open: ids stay as they are, and this one is of no series. */
  readonly removed?: true;
}

/** What a recorder says of a tensor that it stored in a narrower type. */
export interface Narrowing {
  /** The type that the tensor had. */
  readonly from: DType;
  /**
   * The largest rounding error of a value of typical size, in standard deviations of its channel (or of its sample or
   * position, if that is larger).
   */
  readonly error?: number;
  /** Finite values that are infinite in the file. */
  readonly overflowed?: number;
}

/** One tensor of one layer at one step (and phase, rank and call). */
export interface RecordEntry extends RecordPlace {
  /** Empty if only histograms exist and the shape is no longer known. */
  readonly shape: readonly number[];
  readonly dtype: RecordDType;
  /** Where axes of the file's tensor are steps or layers: where on them this record is; the shape is that of the others. */
  readonly slice?: AxisIndices;
  /** True where the file holds the tensor's distributions in place of its values. */
  readonly summarized?: true;
  /** True if the tensor is compressed: to read from its middle, everything before is decompressed too. */
  readonly isSequential?: true;
  /**
   * Decompression can start at multiples of this number of indices of the first axis. Absent: only at the beginning.
   */
  readonly unpackedRows?: number;
  /** URI of the file. */
  readonly file: string;
  /** Key of the tensor inside the file; empty if the file is the tensor. */
  readonly tensor: string;
  /**
   * The tensors of several ranks that make up the record, concatenated along the sample axis; `file` and `tensor` are
   * those of the first. Absent if the record is one tensor.
   */
  readonly parts?: readonly RecordPart[];
  /** Whether the module was in training mode, if the recorder saved it. */
  readonly training?: boolean;
  /** Key, in the same file, of the tensor that was the module's input, if the recorder saved it. */
  readonly input?: string;
  /** Number of samples that the module processed, if the record has fewer. */
  readonly samples?: number;
  /** Present if the recorder narrowed the tensor from a wider type. */
  readonly narrowed?: Narrowing;
  /** Identifies this state of the file. Absent if unknown, and if each part has its own. See io/fileStamp.ts. */
  readonly stamp?: string;
}

/** One rank's tensor of a record that is made of several. */
export interface RecordPart {
  readonly rank: number;
  readonly file: string;
  readonly tensor: string;
  readonly shape: readonly number[];
  /** Present if it is narrower than the record's type; values are then widened, which is exact. */
  readonly dtype?: DType;
  /** As in {@link RecordEntry}. */
  readonly slice?: AxisIndices;
  readonly stamp?: string;
}

/** The role of a tensor that is not an activation, for a normalization layer, by PyTorch's names. */
export type ParameterRole = 'weight' | 'bias' | 'running_mean' | 'running_var';

/** A number or flag of a module, or a short list of them; null is Python's None. */
export type ModuleAttribute = number | boolean | null | readonly (number | boolean)[];

/** The source location of a layer's definition. */
export interface SourceLocation {
  /** As the recorder saw it: a path on its machine. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
}

/**
 * Which of several records of one layer at one step: phase, rank, and micro-batch or call index.
 * A run without any of them has the one variant `{}`.
 */
export interface Variant {
  readonly phase?: string;
  readonly rank?: number;
  readonly call?: number;
  /** All ranks together, as synchronized batch normalization sees them. */
  readonly ranks?: readonly number[];
}

/** An array in a file, and how its axes are read. */
export interface ArrayEntry {
  /** One for all arrays of the run that are named alike but for numbers. */
  readonly name: string;
  readonly shape: readonly number[];
  /** A character for each axis: `s` where it holds steps, `l` layers, `.` else. */
  readonly axes: string;
}

/** One layer of a run: a name that recurs across steps. */
export interface LayerEntry {
  /** Position in {@link RunCatalog.layers}. */
  readonly id: number;
  /** Short name: the key without the affix that all keys of the run share. Unique in the run. */
  readonly name: string;
  /** The name as the dump has it (for tooltips, sidecar look-up and remembered choices). Unique in the run. */
  readonly fullName: string;
  readonly layout: Layout;
  /** False if a sidecar or the user set the layout. */
  readonly layoutGuessed: boolean;
  /** The other layouts that a guessed one could as well be; absent where the shape or the module shows it plainly. */
  readonly otherLayouts?: readonly Layout[];
  /**
   * If all records of the layer are histograms instead of values: a sentence that says why layout, ε, and G are fixed.
   */
  readonly summarized?: string;
  /** Of the layer's first record. */
  readonly dtype: RecordDType;
  /** Of the layer's first record. */
  readonly shape: readonly number[];
  /** The array that the layer's first record is read from; absent where only distributions are left. */
  readonly array?: ArrayEntry;
  /** Steps that have a record of the layer, ascending, without repeats. */
  readonly steps: readonly number[];
  /** Module type as the recorder knows it, such as `torch.nn.BatchNorm2d`. */
  readonly module?: string;
  /** Qualified name of the module's class, if `module` is the class that it derives from. */
  readonly class?: string;
  /** The class of torch.nn that it is or derives from. */
  readonly base?: string;
  /** Whether its forward pass is not that of `base`. */
  readonly ownForward?: boolean;
  /** The numbers, flags and short lists of numbers that the module carries, by attribute name. */
  readonly attributes?: Readonly<Record<string, ModuleAttribute>>;
  /** The layer's ε, if the recorder saved it. */
  readonly epsilon?: number;
  /** The layer's number of groups, if the recorder saved it. */
  readonly groups?: number;
  /** Momentum of its running statistics, as PyTorch defines it. */
  readonly momentum?: number;
  /** Of layer normalization: the extents of the last axes, which it normalizes over. */
  readonly normalizedShape?: readonly number[];
  /** Whether the module was in training mode, if the recorder saved it per layer and not per record. */
  readonly training?: boolean;
  /** Where its module is defined. */
  readonly source?: SourceLocation;
  /** Id of the layer that this normalization layer reads. */
  readonly input?: number;
  /**
   * Id of the normalization layer that reads this one. If this layer declares no ε, groups, or parameters, those here
   * are of that normalization layer, because its effect on its input is of interest.
   */
  readonly normalizedBy?: number;
  /** Keys of scale γ, shift β, and running statistics in the file of each of the layer's records, by role. */
  readonly parameters?: Readonly<Partial<Record<ParameterRole, string>>>;
}

/** A file, or a tensor of a file, that is not part of the run, and why. */
export interface Unrecognized {
  readonly path: string;
  readonly tensor?: string;
  readonly reason: string;
}

/**
 * The source of the order of a run's layers: `calls`, a list by the recorder or the user of the layers in the order in
 * which they run; `file`, the order of tensors in the files; `numbers`, the numbers in otherwise equal names; `names`:
 * none of these, so the order is unknown.
 */
export type LayerOrder = 'calls' | 'file' | 'numbers' | 'names';

/** Everything known of a run from paths and headers alone; no tensor data was read. */
export interface RunCatalog<R extends RecordPlace = RecordEntry> {
  /** URIs that the person opened: one folder, or files. */
  readonly roots: readonly string[];
  /** Folder or file name, or the sidecar's name. */
  readonly name: string;
  /** From the sidecar, one or two sentences. */
  readonly description?: string;
  /** What distinguishes it from other runs of a sweep; absent if nothing is known. */
  readonly knobs?: Knobs;
  /** In the order of the network where {@link order} knows it. */
  readonly layers: readonly LayerEntry[];
  /** Absent if the creator of the catalog put the layers in order. */
  readonly order?: LayerOrder;
  /** All steps of the run, ascending. */
  readonly steps: readonly number[];
  /** At least one; in the order: phase, rank (all of them together first), call. */
  readonly variants: readonly Variant[];
  readonly records: readonly R[];
  readonly problems: readonly Problem[];
  readonly unrecognized: readonly Unrecognized[];
  /** Its scalars, such as the loss; absent if it has none. */
  readonly scalars?: RunScalars;
  /** What names and shapes leave open; absent where nothing is. */
  readonly questions?: readonly Question[];
  /** What the person should know of the run though nothing is wrong with it: whole sentences. */
  readonly remarks?: readonly string[];
}

/** Everything that is not part of the run, as problems. */
export function unrecognizedProblems({ unrecognized }: Pick<RunCatalog, 'unrecognized'>): Problem[] {
  return unrecognized.map(({ path, tensor, reason }) => ({
    code: 'unrecognized',
    path,
    ...(tensor !== undefined && { tensor }),
    message: reason,
  }));
}

/** The label of a variant, such as `train · rank 3 · call 1`; empty for the only variant of a simple run. */
export function variantLabel(variant: Variant): string {
  const parts: string[] = [];
  if (variant.phase !== undefined) parts.push(variant.phase);
  if (variant.ranks !== undefined) parts.push(t('all {0} ranks', variant.ranks.length));
  if (variant.rank !== undefined) parts.push(t('rank {0}', variant.rank));
  if (variant.call !== undefined) parts.push(t('call {0}', variant.call));
  return parts.join(' · ');
}
