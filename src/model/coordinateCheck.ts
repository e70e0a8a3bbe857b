import type { LayerEntry, RecordEntry, RecordPlace, RunCatalog } from './catalog';
import type { RecordCoordinates } from './coordinates';
import { type Knobs, widthOf } from './knobs';
import { joinRuns } from './runJoin';
import { recordAt, type Series, seriesOf } from './series';
import { type WidthSlope, widthSlope } from './widthSlope';

/** The widths of runs, and how they are known: as a knob, or from the number of channels. */
export interface RunWidths {
  readonly from: 'knob' | 'channels';
  /** One for each run. */
  readonly widths: readonly number[];
}

/**
 * How wide the networks of several runs are: by their knobs, else by the number of channels of the first layer where the
 * runs' shapes differ in that alone. Undefined where all are equally wide, or not all widths are known.
 */
export function widthsOf(runs: readonly RunCatalog<RecordPlace>[]): RunWidths | undefined {
  const knobs = runs.map(({ knobs: stated = {} }: { knobs?: Knobs }) => widthOf(stated));
  if (isWidths(knobs)) return { from: 'knob', widths: knobs };
  const [first, ...others] = runs;
  if (first === undefined) return undefined;
  const joins = others.map((other) => joinRuns(first, other));
  for (const layer of first.layers) {
    const joined = joins.map(({ layers, other }) => other.layers[layers[layer.id]?.other ?? -1]);
    const channels = [layer, ...joined].map((each) => each && channelsOf(each));
    if (joined.every((each) => each !== undefined && differsInChannels(layer, each)) && isWidths(channels))
      return { from: 'channels', widths: channels };
  }
  return undefined;
}

function isWidths(widths: readonly (number | undefined)[]): widths is readonly number[] {
  return widths.every((width) => width !== undefined) && new Set(widths).size > 1;
}

function channelsOf({ layout, shape }: LayerEntry): number | undefined {
  return shape[layout.indexOf('C')];
}

/** Whether two layers' tensors have the same extents, but for channels. */
function differsInChannels(a: LayerEntry, b: LayerEntry): boolean {
  const axis = a.layout.indexOf('C');
  return (
    a.layout === b.layout &&
    a.shape.length === b.shape.length &&
    a.shape.every((length, i) => i === axis || length === b.shape[i])
  );
}

/** The records of one run to read for a layer: h_0, and h_t by step. */
export interface CoordinatePlan<R extends RecordPlace = RecordEntry> {
  /** Position among the runs. */
  readonly run: number;
  readonly first: R;
  /** One for each step of the plan. */
  readonly records: readonly R[];
}

/** What to read for one layer. */
export interface LayerPlan<R extends RecordPlace = RecordEntry> {
  /** Steps that all runs have, ascending; h_0 is that of the first. */
  readonly steps: readonly number[];
  readonly runs: readonly CoordinatePlan<R>[];
}

/**
 * Which records to read for a layer of the first run: of all runs that have it, at the steps that these have in common.
 * `choose` selects some of the steps. Undefined where fewer than two runs have it, or no step is common.
 */
export function planLayer<R extends RecordPlace>(
  runs: readonly RunCatalog<R>[],
  layer: number,
  variant: number,
  choose: (steps: readonly number[]) => readonly number[] = (steps) => steps,
): LayerPlan<R> | undefined {
  const series = seriesOfRuns(runs, layer, variant);
  const present = series.flatMap((each, run) => (each.length === 0 ? [] : [{ run, each }]));
  const [first, ...others] = present;
  if (first === undefined || others.length === 0) return undefined;
  const common = first.each
    .map(({ step }) => step)
    .filter((step) => others.every(({ each }) => recordAt(each, step) !== undefined));
  if (common.length === 0) return undefined;
  const steps = choose(common);
  return {
    steps,
    runs: present.flatMap(({ run, each }) => {
      const h0 = recordAt(each, common[0]);
      const records = steps.flatMap((step) => recordAt(each, step) ?? []);
      return h0 === undefined ? [] : [{ run, first: h0, records }];
    }),
  };
}

/** The series of a layer of the first run, and those that belong to it in the others; empty where there is none. */
export function seriesOfRuns<R extends RecordPlace>(
  runs: readonly RunCatalog<R>[],
  layer: number,
  variant: number,
): readonly Series<R>[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  const own = seriesOf(first, layer, variant);
  return [
    own,
    ...others.map((other) => {
      const partner = own.length === 0 ? undefined : joinRuns(first, other).partnerOf(own[0]);
      return partner === undefined ? [] : seriesOf(other, partner.layer, partner.variant);
    }),
  ];
}

/** The figures of one run for one layer. */
export interface RunCoordinates {
  readonly run: number;
  readonly width: number;
  /** One for each step; NaN if unknown. */
  readonly size: readonly number[];
  readonly change: readonly number[];
}

/** The slopes of one layer at one step; absent where there are not two widths with a size above 0. */
export interface StepSlopes {
  readonly step: number;
  /** Of mean |h_t|. */
  readonly size?: WidthSlope;
  /** Of mean |h_t − h_0|. */
  readonly change?: WidthSlope;
}

/** How the size of one layer's coordinates depends on width, at some steps. */
export interface LayerCoordinates {
  /** Ascending. */
  readonly steps: readonly StepSlopes[];
  readonly runs: readonly RunCoordinates[];
  /** What stands in the way of some figures: whole sentences, each once. */
  readonly reasons: readonly string[];
}

/** Fits the slopes of one layer. `found`: for each run of the plan what was read, in any order. */
export function layerCoordinates(
  { steps, runs }: LayerPlan<RecordPlace>,
  widths: readonly number[],
  found: readonly (readonly RecordCoordinates[])[],
): LayerCoordinates {
  const read = runs.map(({ run, records }, i): RunCoordinates => {
    const byRecord = new Map(found[i].map((each) => [each.record, each]));
    const figure = (of: Figure) => records.map(({ id }) => byRecord.get(id)?.[of] ?? Number.NaN);
    return { run, width: widths[run], size: figure('size'), change: figure('change') };
  });
  const slopeOf = (of: Figure, step: number) =>
    widthSlope(read.map((each) => ({ width: each.width, size: each[of][step] })));
  const reasons = found.flat().flatMap(({ reason }) => reason ?? []);
  return {
    steps: steps.map((step, i) => {
      const [size, change] = [slopeOf('size', i), slopeOf('change', i)];
      return { step, ...(size !== undefined && { size }), ...(change !== undefined && { change }) };
    }),
    runs: read,
    reasons: [...new Set(reasons)],
  };
}

type Figure = 'size' | 'change';

/** The check of one layer, for a panel. */
export interface CoordinateCheck extends LayerCoordinates {
  readonly layer: number;
  readonly variant: number;
  readonly from: RunWidths['from'];
  /** The names of the runs that {@link RunCoordinates.run} counts. */
  readonly titles: readonly string[];
}
