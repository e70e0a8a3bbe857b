import {
  METHODS,
  type Method,
  NORMALIZING,
  type NormalizingMethod,
  type Range,
} from '../../src/model/analysis';
import { CHANNEL_FIGURES, type ChannelFigure } from '../../src/model/channelFigures';
import { COMPARED, type Compared } from '../../src/model/compared';
import type { Place } from '../../src/model/cube';
import { isQuantity, type QuantityId } from '../../src/model/mapQuantities';
import { CHANNEL_ORDERS, type ChannelOrder } from './channels';

/** The tabs of the inspector. */
export const TABS = ['methods', 'channels', 'cube', 'whatIf', 'numbers', 'runs'] as const;
export type Tab = (typeof TABS)[number];

/** How the tab Methods draws distributions over training. */
export const OVER_TRAINING = ['bands', 'density', 'ridgelines'] as const;
export type OverTraining = (typeof OVER_TRAINING)[number];

/** The questions of the tab What if. */
export const QUESTIONS = ['batchSizes', 'methods', 'formats'] as const;
export type Question = (typeof QUESTIONS)[number];

/** What the tab Channels shows of one channel. */
export const CHANNEL_DETAILS = ['training', 'positions'] as const;
export type ChannelDetail = (typeof CHANNEL_DETAILS)[number];

/** What the tab Runs shows: a quantity over training, or the size of activations over the networks' width. */
export const RUN_VIEWS = ['training', 'width'] as const;
export type RunView = (typeof RUN_VIEWS)[number];

/** How the layers of the map are sorted: as the network runs, by name, or by a figure, the largest first. */
export const SORTS = ['network', 'name', 'value', 'largest'] as const;
export type RowSort = (typeof SORTS)[number];

/** What is in view. The panel remembers it; the host does not need it. */
export interface ViewState {
  /** The full name, which stays the same when the run is listed again. */
  readonly layer: string | undefined;
  /** Position in the catalog's variants. */
  readonly variant: number;
  /** A step of the run; undefined for the last step of the layer. */
  readonly step: number | undefined;
  /** Keeps the view at the last step with results. Choosing a step turns it off. */
  readonly follow: boolean;
  /** The visible tab of the inspector. */
  readonly tab: Tab;
  readonly overTraining: OverTraining;
  /** The question of the tab What if. */
  readonly whatIf: Question;
  readonly runView: RunView;
  /** The channel in view; undefined for the first one in the current order. */
  readonly channel: number | undefined;
  /** The sample and the position in view; the cube shows the element at them and the channel. */
  readonly sample: number;
  readonly position: number;
  /** The method whose sets the cube shows, and G of its group normalization; undefined for that of the layer. */
  readonly cubeMethod: NormalizingMethod;
  readonly cubeGroups: number | undefined;
  /** What the channel map shows, and how its channels are sorted. */
  readonly channelFigure: ChannelFigure;
  readonly channelOrder: ChannelOrder;
  readonly channelDetail: ChannelDetail;
  readonly methods: readonly Method[];
  readonly commonScale: boolean;
  readonly logCounts: boolean;
  /** What the map shows. */
  readonly mapQuantity: QuantityId;
  /** The method whose shift the map shows. */
  readonly mapMethod: Method;
  /** How quantities are measured against the other run, if there is one. */
  readonly mapCompared: Compared;
  readonly mapSort: RowSort;
  /** The steps that the map shows, first and last; undefined for all. */
  readonly mapSteps: Range | undefined;
  /** How many times as high as usual the rows of the map are. */
  readonly mapRowZoom: number;
  /** Layers at the top of the map, by full name; at most {@link MAX_PINS}. */
  readonly pins: readonly string[];
  /** Modules that the person opened or folded, by path. */
  readonly open: Readonly<Record<string, boolean>>;
  /** The scalars above the map, by name; undefined until the person chooses. */
  readonly scalars: readonly string[] | undefined;
  /** What is beside the layers in a narrow panel, which does not have room for both. */
  readonly overview: 'map' | 'depth';
  /** Whether all charts are also shown as tables. */
  readonly tables: boolean;
  /** The zoomed ranges of the distributions. */
  readonly ranges: Readonly<Partial<Record<Method, Range>>>;
}

/** Layers that can be pinned: more would leave no room for the others. */
export const MAX_PINS = 6;
/** Scalars that can be shown: more would leave no room for the map. */
export const MAX_SCALARS = 6;
/** Modules whose state is remembered. */
const MAX_OPEN = 1000;

export const INITIAL_VIEW: ViewState = {
  layer: undefined,
  variant: 0,
  step: undefined,
  follow: false,
  tab: 'methods',
  overTraining: 'bands',
  whatIf: 'batchSizes',
  runView: 'training',
  channel: undefined,
  sample: 0,
  position: 0,
  cubeMethod: 'batch',
  cubeGroups: undefined,
  channelFigure: 'shift',
  channelOrder: 'part',
  channelDetail: 'training',
  methods: METHODS,
  commonScale: false,
  logCounts: false,
  mapQuantity: 'shift',
  mapMethod: 'none',
  mapCompared: 'values',
  mapSort: 'network',
  mapSteps: undefined,
  mapRowZoom: 1,
  pins: [],
  open: {},
  scalars: undefined,
  overview: 'map',
  tables: false,
  ranges: {},
};

/** Restores a remembered view; whatever is invalid becomes the initial value. */
export function restoreView(remembered: unknown): ViewState {
  if (typeof remembered !== 'object' || remembered === null || !('view' in remembered)) return INITIAL_VIEW;
  const view = remembered.view as Partial<Record<keyof ViewState, unknown>>;
  if (typeof view !== 'object' || view === null) return INITIAL_VIEW;
  const methods = Array.isArray(view.methods)
    ? METHODS.filter((method) => (view.methods as unknown[]).includes(method))
    : [];
  return {
    layer: typeof view.layer === 'string' ? view.layer : undefined,
    variant: isFigure(view.variant) ? view.variant : 0,
    step: isFigure(view.step) ? view.step : undefined,
    follow: view.follow === true,
    tab: TABS.find((tab) => tab === view.tab) ?? INITIAL_VIEW.tab,
    overTraining: OVER_TRAINING.find((each) => each === view.overTraining) ?? INITIAL_VIEW.overTraining,
    whatIf: QUESTIONS.find((each) => each === view.whatIf) ?? INITIAL_VIEW.whatIf,
    runView: RUN_VIEWS.find((each) => each === view.runView) ?? INITIAL_VIEW.runView,
    channel: isIndex(view.channel) ? view.channel : undefined,
    sample: isIndex(view.sample) ? view.sample : 0,
    position: isIndex(view.position) ? view.position : 0,
    cubeMethod: NORMALIZING.find((method) => method === view.cubeMethod) ?? INITIAL_VIEW.cubeMethod,
    cubeGroups: isIndex(view.cubeGroups) ? view.cubeGroups : undefined,
    channelFigure: CHANNEL_FIGURES.find((each) => each === view.channelFigure) ?? INITIAL_VIEW.channelFigure,
    channelOrder: CHANNEL_ORDERS.find((each) => each === view.channelOrder) ?? INITIAL_VIEW.channelOrder,
    channelDetail: CHANNEL_DETAILS.find((each) => each === view.channelDetail) ?? INITIAL_VIEW.channelDetail,
    methods: methods.length > 0 ? methods : INITIAL_VIEW.methods,
    commonScale: view.commonScale === true,
    logCounts: view.logCounts === true,
    mapQuantity: isQuantity(view.mapQuantity) ? view.mapQuantity : 'shift',
    mapMethod: METHODS.find((method) => method === view.mapMethod) ?? 'none',
    mapCompared: COMPARED.find((each) => each === view.mapCompared) ?? INITIAL_VIEW.mapCompared,
    mapSort: SORTS.find((sort) => sort === view.mapSort) ?? 'network',
    mapSteps: restoreRange(view.mapSteps),
    mapRowZoom: isFigure(view.mapRowZoom) && view.mapRowZoom > 0 ? view.mapRowZoom : INITIAL_VIEW.mapRowZoom,
    pins: (Array.isArray(view.pins) ? view.pins : []).filter(isText).slice(0, MAX_PINS),
    open: restoreOpen(view.open),
    scalars: Array.isArray(view.scalars) ? view.scalars.filter(isText).slice(0, MAX_SCALARS) : undefined,
    overview: view.overview === 'depth' ? 'depth' : 'map',
    tables: view.tables === true,
    ranges: restoreRanges(view.ranges),
  };
}

/** The element in view. */
export function placeInView({ sample, channel, position }: ViewState): Place {
  return { n: sample, c: channel ?? 0, p: position };
}

function restoreOpen(remembered: unknown): Record<string, boolean> {
  if (typeof remembered !== 'object' || remembered === null) return {};
  const known = Object.entries(remembered).filter((entry): entry is [string, boolean] => {
    const [path, isOpen] = entry;
    return path !== '__proto__' && typeof isOpen === 'boolean';
  });
  return Object.fromEntries(known.slice(-MAX_OPEN));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function restoreRanges(remembered: unknown): Partial<Record<Method, Range>> {
  const ranges: Partial<Record<Method, Range>> = {};
  if (typeof remembered !== 'object' || remembered === null) return ranges;
  for (const method of METHODS) {
    const range = restoreRange((remembered as Partial<Record<Method, unknown>>)[method]);
    if (range !== undefined) ranges[method] = range;
  }
  return ranges;
}

function restoreRange(remembered: unknown): Range | undefined {
  if (typeof remembered !== 'object' || remembered === null) return undefined;
  const { min, max } = remembered as Partial<Record<keyof Range, unknown>>;
  return isFigure(min) && isFigure(max) && min < max ? { min, max } : undefined;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isFigure(value: unknown): value is number {
  return Number.isFinite(value);
}
