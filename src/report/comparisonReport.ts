import { t } from '@vscode/l10n';
import type { FindingsInput } from '../findings/input';
import { missingFrom } from '../findings/missingFrom';
import { partingLine, partingOf } from '../findings/parting';
import type { LayerEntry, RecordEntry, RunCatalog } from '../model/catalog';
import {
  type Chance,
  distanceAndNoise,
  type ElementDifference,
  type RecordComparison,
} from '../model/comparison';
import type { Finding } from '../model/findings';
import type { JoinedBy, RunJoin } from '../model/runJoin';
import { allSeries } from '../model/series';

/** What a report knows of the run that is the reference. */
export interface ComparedReport {
  readonly join: RunJoin;
  /** Further runs of the reference's kind. */
  readonly group: readonly Pick<RunCatalog, 'name' | 'roots'>[];
  readonly comparisons: readonly RecordComparison[];
  /** Findings of the other run alone; absent if they were not looked for. */
  readonly otherFindings?: readonly Finding[];
}

/** The comparison with another run, for the report. */
export interface ReportComparison {
  readonly other: ReportedRun;
  readonly group?: readonly ReportedRun[];
  /** Where the runs part, in one line. */
  readonly line: string;
  readonly equalUntil?: number;
  readonly firstDifference?: {
    readonly layer?: string;
    readonly layers: readonly string[];
    readonly step: number;
    readonly elements: number;
    readonly of: number;
    readonly ulps: number;
  };
  readonly aboveNoise?: {
    readonly layer: string;
    readonly step: number;
    readonly w1: number;
    readonly floor?: number;
    readonly p?: number;
  };
  readonly records: {
    readonly compared: number;
    readonly equal: number;
    readonly incomparable: number;
    /** With a known noise floor, and those of them above it. */
    readonly measured: number;
    readonly aboveNoise: number;
    /** Joined with the nearest step, because the other run has no equal one. */
    readonly nearest: number;
    /** Without a record of the other run that belongs to them. */
    readonly alone: number;
  };
  readonly layers: readonly ComparedLayer[];
  /** Layers of the other run that belong to none of this. */
  readonly onlyThere: readonly string[];
  readonly findings?: {
    readonly onlyHere: readonly ComparedFinding[];
    readonly onlyThere: readonly ComparedFinding[];
  };
}

export interface ReportedRun {
  readonly name: string;
  readonly roots: readonly string[];
}

export interface ComparedLayer {
  readonly layer: string;
  readonly other?: string;
  readonly by?: JoinedBy;
  /** Why it was joined by order, or not at all. */
  readonly reason?: string;
  /** The first step at which it differs, and how. */
  readonly firstDifference?: {
    readonly step: number;
    readonly elements: number;
    readonly of: number;
    readonly ulps: number;
  };
  /** The step at which the distance is largest beside its floor. */
  readonly farthest?: {
    readonly step: number;
    readonly w1: number;
    readonly floor?: number;
    readonly p?: number;
    readonly isAbove: boolean;
  };
}

export interface ComparedFinding {
  readonly kind: string;
  readonly title: string;
}

/** How a record compares with the one of the other run, for a step of the report. */
export interface StepComparison {
  /** Step of the other run's record. */
  readonly step: number;
  readonly difference: ElementDifference;
  readonly chance?: Chance;
}

export function reportComparison(
  input: FindingsInput,
  { join, group, comparisons, otherFindings }: ComparedReport,
  findings: readonly Finding[],
): ReportComparison {
  const { catalog } = input;
  const byRecord = new Map(comparisons.map((each) => [each.record, each]));
  const parting = partingOf(input, { join, comparisons: byRecord });
  const { compared, equal, incomparable, measured, above, equalUntil, firstDifference, aboveNoise } = parting;
  const nameOf = (id: number) => catalog.layers[id].fullName;
  const records = allSeries(catalog).flat();
  const partners = records.map((record) => join.partnerOf(record));
  return {
    other: runOf(join.other),
    ...(group.length > 0 && { group: group.map(runOf) }),
    line: partingLine(input, parting),
    ...(equalUntil !== undefined && { equalUntil }),
    ...(firstDifference !== undefined && {
      firstDifference: {
        ...(firstDifference.isOrderKnown && { layer: nameOf(firstDifference.record.layer) }),
        layers: firstDifference.layers.map(nameOf),
        step: firstDifference.record.step,
        elements: firstDifference.difference.elements,
        of: firstDifference.difference.of,
        ulps: firstDifference.difference.ulps,
      },
    }),
    ...(aboveNoise !== undefined && {
      aboveNoise: {
        layer: nameOf(aboveNoise.record.layer),
        step: aboveNoise.record.step,
        w1: aboveNoise.w1,
        ...(aboveNoise.floor !== undefined && { floor: aboveNoise.floor }),
        ...(aboveNoise.p !== undefined && { p: aboveNoise.p }),
      },
    }),
    records: {
      compared,
      equal,
      incomparable,
      measured,
      aboveNoise: above,
      nearest: records.filter((record, i) => partners[i] !== undefined && partners[i].step !== record.step)
        .length,
      alone: partners.filter((partner) => partner === undefined).length,
    },
    layers: catalog.layers.map((layer) => comparedLayer(input, join, byRecord, layer)),
    onlyThere: join.unmatched.map((id) => join.other.layers[id].fullName),
    ...(otherFindings !== undefined && {
      findings: {
        onlyHere: missingFrom(findings, otherFindings, (id) => join.layers[id].other).map(inShort),
        onlyThere: missingFrom(
          otherFindings,
          findings,
          (id) => join.layers.find((each) => each.other === id)?.layer,
        ).map(inShort),
      },
    }),
  };
}

/** The comparison of one record. */
export function stepComparison({
  join,
  comparisons,
}: Pick<ComparedReport, 'join' | 'comparisons'>): (record: number) => StepComparison | undefined {
  const byRecord = new Map(comparisons.map((each) => [each.record, each]));
  return (record) => {
    const found = byRecord.get(record);
    if (found === undefined) return undefined;
    const { other, difference, chance } = found;
    return { step: join.other.records[other].step, difference, ...(chance !== undefined && { chance }) };
  };
}

function runOf({ name, roots }: Pick<RunCatalog, 'name' | 'roots'>): ReportedRun {
  return { name, roots };
}

function comparedLayer(
  { catalog, shifts }: FindingsInput,
  join: RunJoin,
  comparisons: ReadonlyMap<number, RecordComparison>,
  layer: LayerEntry,
): ComparedLayer {
  const joined = join.layers[layer.id];
  const reason = reasonOf(joined.by);
  if (joined.other === undefined || joined.by === undefined)
    return { layer: layer.fullName, ...(reason !== undefined && { reason }) };
  const own = catalog.records
    .filter((record) => record.layer === layer.id && comparisons.has(record.id))
    .sort((a, b) => a.step - b.step || a.variant - b.variant);
  return {
    layer: layer.fullName,
    other: join.other.layers[joined.other].fullName,
    by: joined.by,
    ...(reason !== undefined && { reason }),
    ...firstOf(own, comparisons),
    ...farthestOf(own, comparisons, shifts),
  };
}

function reasonOf(by: JoinedBy | undefined): string | undefined {
  if (by === undefined)
    return t(
      'No layer of the other run has its name, and its place among the layers of its type is not certain.',
    );
  if (by === 'order')
    return t(
      'No layer of the other run has its name, so it was joined by its order among the layers of its type.',
    );
  return undefined;
}

function firstOf(
  records: readonly RecordEntry[],
  comparisons: ReadonlyMap<number, RecordComparison>,
): Pick<ComparedLayer, 'firstDifference'> {
  for (const { id, step } of records) {
    const difference = comparisons.get(id)?.difference;
    if (difference?.kind !== 'different') continue;
    const { elements, of, ulps } = difference;
    return { firstDifference: { step, elements, of, ulps } };
  }
  return {};
}

function farthestOf(
  records: readonly RecordEntry[],
  comparisons: ReadonlyMap<number, RecordComparison>,
  shifts: FindingsInput['shifts'],
): Pick<ComparedLayer, 'farthest'> {
  let farthest: ComparedLayer['farthest'];
  let most = Number.NEGATIVE_INFINITY;
  for (const { id, step } of records) {
    const metrics = shifts.get(id)?.methods.none;
    if (metrics === undefined) continue;
    const distance = distanceAndNoise(metrics, comparisons.get(id)?.chance);
    // Where chance is unknown, as in equal records, its floor is 0.
    const beside = distance.w1 === 0 ? 0 : distance.w1 / (distance.floor ?? 0);
    if (beside <= most || Number.isNaN(beside)) continue;
    most = beside;
    farthest = { step, ...distance };
  }
  return farthest === undefined ? {} : { farthest };
}

function inShort({ kind, title }: Finding): ComparedFinding {
  return { kind, title };
}
