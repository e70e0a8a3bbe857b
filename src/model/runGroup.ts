import type { RecordPlace, RunCatalog } from './catalog';
import { widthsOf } from './coordinateCheck';
import { compareKnobs, differingKnobs, type Knobs, kindOf, knobsText } from './knobs';
import type { QuantityId } from './mapQuantities';
import type { QuantityColumn } from './quantityTable';
import { type JoinedBy, joinRuns } from './runJoin';
import { seriesOf } from './series';

/** A run that is compared with others: what is open of it. */
export interface GroupSource {
  readonly key: string;
  /** Its name, until its catalog has one. */
  readonly title: string;
  /** Absent until it is listed. */
  readonly catalog: RunCatalog<RecordPlace> | undefined;
  readonly state: RunState;
  /** The figures of a quantity that exist so far, of these records. */
  figuresOf(quantity: QuantityId, records: readonly number[]): QuantityColumn;
}

export type RunState = 'listing' | 'computing' | 'cancelled' | 'complete' | 'failed';

/** One run of a group, as the panel shows it. */
export interface GroupRun {
  readonly key: string;
  /** The knobs that differ within the group, else the run's name. Unique in the group. */
  readonly title: string;
  readonly name: string;
  readonly knobs: Knobs;
  readonly state: RunState;
  /** The layer there, and how it was joined; absent if it has none, or is not listed yet. */
  readonly layer?: {
    readonly id: number;
    readonly variant: number;
    readonly name: string;
    readonly by?: JoinedBy;
  };
  /** Records of the layer. */
  readonly records: number;
  /** The steps with figures, ascending. */
  readonly steps: Float64Array;
  /** The figures of the quantity, one row each, by step. */
  readonly figures: readonly Float64Array[];
}

/** One layer and quantity over all runs of a group. */
export interface RunGroup {
  readonly layer: number;
  readonly variant: number;
  readonly quantity: QuantityId;
  /** In the order of the knobs that differ. */
  readonly runs: readonly GroupRun[];
  /** Key of the run in view. */
  readonly inView: string;
  readonly differing: readonly string[];
  /** Whether the runs differ in width. */
  readonly isOfWidths: boolean;
}

/** Puts together what is known of a layer of the first source in all of them. */
export function runGroup(
  sources: readonly GroupSource[],
  { layer, variant }: { readonly layer: number; readonly variant: number },
  quantity: QuantityId,
): RunGroup {
  const knobs = sources.map(({ catalog }) => catalog?.knobs ?? {});
  const differing = differingKnobs(knobs);
  const names = sources.map(({ catalog, title }) => catalog?.name ?? title);
  const titles = unique(
    names.map((name, i) => knobsText(knobs[i], differing) || name),
    names,
  );
  const runs = sources.map((source, i): GroupRun => {
    const place = placeIn(sources[0], source, layer, variant);
    const { layer: own, series } = place ?? { series: [] };
    return {
      key: source.key,
      title: titles[i],
      name: names[i],
      knobs: knobs[i],
      state: source.state,
      ...(own !== undefined && { layer: own }),
      records: series.length,
      ...figuresOf(source, quantity, series),
    };
  });
  const catalogs = sources.flatMap(({ catalog }) => catalog ?? []);
  return {
    layer,
    variant,
    quantity,
    inView: sources[0]?.key ?? '',
    runs: runs.sort((a, b) => compareKnobs(a.knobs, b.knobs, differing) || order(a.title, b.title)),
    differing,
    isOfWidths: widthsOf(catalogs) !== undefined,
  };
}

/** The series of a source that belongs to one of the first source. */
function placeIn(first: GroupSource, source: GroupSource, layer: number, variant: number) {
  if (first.catalog === undefined || source.catalog === undefined) return undefined;
  const own = seriesOf(first.catalog, layer, variant);
  const { name } = first.catalog.layers[layer];
  if (source === first) return { layer: { id: layer, variant, name }, series: own };
  const join = joinRuns(first.catalog, source.catalog);
  const partner = own.length === 0 ? undefined : join.partnerOf(own[0]);
  if (partner === undefined) return undefined;
  const { by } = join.layers[layer];
  const { name: there } = source.catalog.layers[partner.layer];
  return {
    layer: { id: partner.layer, variant: partner.variant, name: there, ...(by !== undefined && { by }) },
    series: seriesOf(source.catalog, partner.layer, partner.variant),
  };
}

function figuresOf(
  source: GroupSource,
  quantity: QuantityId,
  series: readonly RecordPlace[],
): Pick<GroupRun, 'steps' | 'figures'> {
  const { record, value } = source.figuresOf(
    quantity,
    series.map(({ id }) => id),
  );
  const width = record.length === 0 ? 1 : value.length / record.length;
  const at = new Map([...record].map((id, i) => [id, i]));
  const known = series.filter(({ id }) => at.has(id));
  return {
    steps: Float64Array.from(known, ({ step }) => step),
    figures: Array.from({ length: width }, (_, figure) =>
      Float64Array.from(known, ({ id }) => value[(at.get(id) ?? 0) * width + figure]),
    ),
  };
}

/** Titles that differ: those that are equal get the name of the run, and then a number. */
function unique(titles: readonly string[], names: readonly string[]): readonly string[] {
  const isAlone = (title: string, all: readonly string[]) => all.filter((each) => each === title).length < 2;
  const named = titles.map((title, i) =>
    isAlone(title, titles) || title === names[i] ? title : `${title} · ${names[i]}`,
  );
  const seen = new Map<string, number>();
  return named.map((title) => {
    if (isAlone(title, named)) return title;
    const number = (seen.get(title) ?? 0) + 1;
    seen.set(title, number);
    return `${title} (${number})`;
  });
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The smallest and the largest figure of runs of one kind, by step. */
export interface KindBand {
  readonly steps: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly runs: number;
}

/** What the runs of each kind span, seeds aside, by {@link kindOf} of their knobs; only kinds of two or more runs. */
export function kindBands(runs: readonly GroupRun[]): ReadonlyMap<string, KindBand> {
  const kinds = new Map<string, GroupRun[]>();
  for (const run of runs) {
    const kind = kindOf(run.knobs);
    kinds.set(kind, [...(kinds.get(kind) ?? []), run]);
  }
  const bands = new Map<string, KindBand>();
  for (const [kind, ofKind] of kinds) {
    if (ofKind.length < 2 || Object.keys(ofKind[0].knobs).length === 0) continue;
    bands.set(kind, bandOf(ofKind));
  }
  return bands;
}

function bandOf(runs: readonly GroupRun[]): KindBand {
  const values = new Map<number, number[]>();
  for (const { steps, figures } of runs) {
    const middle = figures[figures.length >> 1];
    steps.forEach((step, i) => {
      if (Number.isFinite(middle[i])) values.set(step, [...(values.get(step) ?? []), middle[i]]);
    });
  }
  // At a step that one run alone has, nothing is spanned.
  const steps = [...values.keys()]
    .filter((step) => (values.get(step)?.length ?? 0) > 1)
    .sort((a, b) => a - b);
  return {
    steps: Float64Array.from(steps),
    low: Float64Array.from(steps, (step) => Math.min(...(values.get(step) ?? []))),
    high: Float64Array.from(steps, (step) => Math.max(...(values.get(step) ?? []))),
    runs: runs.length,
  };
}

/** What a panel knows of a run of its group at any time: enough to ask again when something of it changes. */
export interface GroupMember {
  readonly key: string;
  readonly title: string;
  readonly state: RunState;
  /** Records that are computed. */
  readonly done: number;
}
