import type {
  AnalysisOptions,
  Distributions,
  Method,
  Range,
  RecordShift,
  RecordSummary,
} from '../model/analysis';
import type { BatchSizes } from '../model/batchSizes';
import type { RecordPlace, RunCatalog } from '../model/catalog';
import type { CatalogColumns } from '../model/catalogColumns';
import type { CatalogDelta } from '../model/catalogDelta';
import type { ChannelFigures } from '../model/channelFigures';
import type { ChannelPositions } from '../model/channelPositions';
import type { CoordinateCheck } from '../model/coordinateCheck';
import type { Cube, Place } from '../model/cube';
import type { Densities } from '../model/densities';
import type { DiagnosisState, FindingKind } from '../model/findings';
import type { FormatCasts } from '../model/formatCasts';
import type { QuantityId } from '../model/mapQuantities';
import type { MethodSweep } from '../model/methodSweep';
import type { Problem } from '../model/problem';
import type { QuantityColumn } from '../model/quantityTable';
import type { GroupMember, RunGroup } from '../model/runGroup';
import type { ScalarCurve } from '../model/scalars';
import type { ShiftColumns } from '../model/shiftTable';
import type { Procedure } from '../rpc/rpc';

/** What the panel (webview) asks of the host. */
export interface HostApi {
  /** First call of a webview that has loaded: one full snapshot comes back. Later news comes as {@link PanelApi} calls. */
  ready: Procedure<{ focus?: Focus }, PanelSnapshot, never>;
  /** The user selected another layer or variant: its summaries are sent, and computed first. */
  focus: Procedure<Focus, LayerResults, never>;
  /**
   * The map shows this quantity now: its figures of all records come back, and those of records that change come with
   * updates. None do for the shift, which every panel gets.
   */
  quantity: Procedure<{ quantity: QuantityId }, QuantityColumn, never>;
  /** The person changed an option; the host remembers it, recomputes, and answers with {@link PanelApi.options}. */
  setOptions: Procedure<Partial<OptionChanges>, void, never>;
  /** The person wants to set an option in a dialog; `layer`: the one in view. */
  chooseOption: Procedure<{ option: OptionName; layer?: number }, void, never>;
  distributions: Procedure<
    { record: number; reference?: number; bins: number; ranges?: Partial<Record<Method, Range>> },
    Distributions,
    never
  >;
  /** Statistics of the channels of a layer, at its steps; `step` and `ahead`: as in the call to the kernel. */
  channels: Procedure<Focus & { step: number; ahead?: boolean }, ChannelFigures | null, never>;
  /** Means over samples of a channel, by position; null for a layer without positions. */
  channelPositions: Procedure<Focus & { step: number; channel: number }, ChannelPositions | null, never>;
  /** The distributions of a layer over its steps; `step` is included in any case. */
  densities: Procedure<Focus & { step: number }, Densities, never>;
  /** What batch normalization of a record would do in smaller batches. */
  batchSizes: Procedure<{ record: number }, BatchSizes, never>;
  /** Some elements of a record, and their sets under every method; of the element at a place, with distributions. */
  cube: Procedure<{ record: number } & Place, Cube, never>;
  /** What casts of a record to narrow number formats would lose. */
  formatCasts: Procedure<{ record: number }, FormatCasts, never>;
  /** What other numbers of groups would do to a record's shift, and where ε is large. */
  methodSweep: Procedure<{ record: number }, MethodSweep, never>;
  /** A layer and a quantity over the runs that this one is shown beside. */
  runGroup: Procedure<Focus & { quantity: QuantityId }, RunGroup, never>;
  /** How the size of a layer's activations depends on width; null if the runs do not differ in width. */
  coordinates: Procedure<Focus, CoordinateCheck | null, never>;
  /** The person wants to see another run of the group, at this place. */
  showRun: Procedure<{ key: string; layer?: number; variant?: number; step?: number }, void, never>;
  /** Scalars of the run, by name. */
  scalars: Procedure<{ names: readonly string[] }, readonly ScalarCurve[], never>;
  /** The person wants to choose which scalars are shown; null if the dialog is dismissed. */
  chooseScalars: Procedure<{ shown: readonly string[] }, readonly string[] | null, never>;
  /** Stops the current computation; existing results stay. */
  cancel: Procedure<void, void, never>;
  /** Takes up a cancelled computation again. */
  resume: Procedure<void, void, never>;
  /** Runs a command of the extension by its name without the prefix, such as `exportReport`. */
  runCommand: Procedure<{ command: PanelCommand; layer?: number }, void, never>;
  /** Shows how a kind of finding is determined. */
  openDefinition: Procedure<{ kind: FindingKind }, void, never>;
  copyText: Procedure<{ text: string }, void, never>;
  /** The page has a defect: for the log. */
  reportDefect: Procedure<{ problem: Problem }, void, never>;
}

export type PanelCommand =
  | 'openRun'
  | 'openSample'
  | 'exportReport'
  | 'savePicture'
  | 'stopComparing'
  | 'goToDefinition'
  | 'showLog';

/** Options that have a dialog. */
export type OptionName =
  | 'layout'
  | 'groups'
  | 'epsilon'
  | 'reference'
  /** Another run as the reference. */
  | 'otherRun'
  /** The layer of the other run that belongs to a layer. */
  | 'partner'
  | 'percentiles';

/** The options that the panel can set; a layout is by layer full name, an absent one is reset with null. */
export interface OptionChanges extends Omit<AnalysisOptions, 'epsilon' | 'groups'> {
  readonly epsilon: number | null;
  readonly groups: number | null;
}

/** The user's selection; the host computes this layer first and sends its summaries. */
export interface Focus {
  readonly layer: number;
  readonly variant: number;
}

/** A catalog as the panel has it: of records only which they are. */
export type PanelCatalog = RunCatalog<RecordPlace>;

/** Everything a webview needs to draw at once. */
export interface PanelSnapshot {
  /** Absent while the run is being listed, or when it could not be. */
  readonly catalog?: CatalogColumns;
  /** URIs of what is open, which a panel remembers in order to be restored after a reload. */
  readonly roots: readonly string[];
  /** The name of what is open, until there is a catalog. */
  readonly title: string;
  readonly options: AnalysisOptions;
  readonly progress: PanelProgress;
  readonly problems: readonly Problem[];
  /** What the last finished computation says of the run. */
  readonly diagnosis: DiagnosisState;
  /** Headline shift of every record that has one. */
  readonly shiftMap: ShiftColumns;
  /** The quantity that the map shows, of every record that has it. */
  readonly quantity: QuantityColumn;
  readonly layer?: LayerResults;
  /** The run that this one is compared with, if it is. */
  readonly other?: OtherSnapshot;
}

/** The run that the run in view is compared with; figures and results follow as updates. */
export interface OtherSnapshot {
  readonly roots: readonly string[];
  readonly title: string;
  /** Absent until the run is listed. */
  readonly catalog?: CatalogColumns;
}

/** What is new of the run that the run in view is compared with. */
export interface OtherUpdate {
  /** Changes of its catalog, in order. */
  readonly deltas: readonly CatalogDelta<RecordPlace>[];
  /** The quantity that the map shows, of records of that run. */
  readonly quantity: QuantityColumn;
  /** Of the layer and variant that belong to those in focus only. */
  readonly summaries: readonly RecordSummary[];
}

/** Everything that other options change, except results. */
export interface PanelOptions {
  readonly options: AnalysisOptions;
  readonly progress: PanelProgress;
  /** All there are now. */
  readonly problems: readonly Problem[];
  /** The run that this one is compared with under these options, if it is. */
  readonly other?: OtherSnapshot;
}

/**
 * Results of the focused layer and variant. Only some of many records are in the answer, first and last step included;
 * the others follow as updates.
 */
export interface LayerResults extends Focus {
  readonly summaries: readonly RecordSummary[];
  readonly shifts: readonly RecordShift[];
}

export interface PanelProgress {
  readonly state: 'listing' | 'computing' | 'cancelled' | 'complete' | 'failed';
  readonly done: number;
  /** 0 while listing. */
  readonly total: number;
  /** True if the run is watched for new steps. */
  readonly watched?: true;
  /** True while new steps come: the last of them not long ago. */
  readonly live?: true;
}

/** What the host sends to the panel. */
export interface PanelApi {
  /** Another catalog, which replaces everything. View choices (layer, step, toggles) stay if they still apply. */
  catalog: Procedure<PanelSnapshot, void, never>;
  /** Other options: earlier results are invalid, and new ones follow as updates. */
  options: Procedure<PanelOptions, void, never>;
  /**
   * The results since the last update. At most one update per 100 ms, and only one at a time: the next one is sent
   * after this one is processed.
   */
  update: Procedure<PanelUpdate, void, never>;
  /** What the last finished computation says of the run, whenever that changes. */
  diagnosis: Procedure<DiagnosisState, void, never>;
  /** The runs that this one is shown beside, itself first, whenever something of them changes; empty if too few are open. */
  group: Procedure<readonly GroupMember[], void, never>;
  /** A palette command, tree click or key that moves the view. */
  navigate: Procedure<Navigation, void, never>;
  /** The record in view; null if there is none. */
  place: Procedure<void, PanelPlace | null, never>;
  /** The pictures that can be made of what the panel shows now. */
  pictures: Procedure<void, readonly PictureChoice[], never>;
  /** Makes a picture; fails if the panel no longer shows its subject. */
  picture: Procedure<PictureRequest, PictureFile, never>;
}

/** A picture that can be made. */
export interface PictureChoice {
  readonly id: string;
  readonly label: string;
  readonly description: string;
}

export interface PictureRequest {
  readonly id: string;
  readonly format: 'svg' | 'png';
  /** The colors of the editor's theme, or dark on white. */
  readonly colors: 'theme' | 'print';
  /** The version of Normscope, for the caption. */
  readonly version: string;
}

export interface PictureFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface PanelUpdate {
  readonly progress: PanelProgress;
  readonly problems: readonly Problem[];
  /** Changes of the catalog, in order; apply them before the rest of the update. */
  readonly deltas: readonly CatalogDelta<RecordPlace>[];
  readonly shiftMap: ShiftColumns;
  /** The quantity that the map shows, of the records that changed. */
  readonly quantity: QuantityColumn;
  /** Of the focused layer and variant only. */
  readonly summaries: readonly RecordSummary[];
  readonly shifts: readonly RecordShift[];
  /** Of the run that this one is compared with, if it is. */
  readonly other?: OtherUpdate;
}

/** A record in view. */
export interface PanelPlace extends Focus {
  readonly step: number;
}

export type Navigation =
  | Movement
  /** To the place before the last jump, and to the one that was left by going back. */
  | { readonly to: 'back' }
  | { readonly to: 'forward' };

/** A navigation that does not depend on where the person was before. */
export type Movement =
  | { readonly to: 'nextStep' | 'previousStep' | 'nextLayer' | 'previousLayer' | 'followLatest' }
  | {
      readonly to: 'record';
      readonly layer: number;
      readonly step?: number;
      readonly variant?: number;
    };
