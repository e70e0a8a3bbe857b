import type { FileSystem } from '../../io/fileSystem';
import type { Histogram } from '../../model/analysis';
import { type Cube, type CubeMethod, type Place, type SetsBy, setOf } from '../../model/cube';
import { spacedIndices } from '../../model/spacedIndices';
import { divisorsOf } from '../figures/divisors';
import { meanSquareOf, planMethods } from '../methods/methodPlan';
import { groupPartition, samplePartition } from '../methods/partition';
import { optionsFor, type RecordOptions } from '../methods/recordOptions';
import {
  type CubeElements,
  type ElementReader,
  type Included,
  openElements,
  type SetRange,
} from '../record/cubeElements';
import { coarsen, type Moments, varianceOf } from '../statistics/moments';
import { type Extent, positionAxes } from '../tensor/layoutAxes';
import { openFiles } from '../tensor/openFiles';
import type { ReadRun } from './sketchStore';

/** Included indices of each axis, at most: more cannot be distinguished in a drawing. */
const MOST = { n: 6, c: 16, p: 9 };
/** Maximum number of moments of samples and channels. */
const MAX_UNITS = 2 ** 20;
/** Maximum number of bins of a set's distribution. */
const BINS = 24;

/** The element whose sets are described; an index that the record does not have becomes its last. */
export interface CubeRequest extends Place {
  readonly record: number;
}

/** Returns some elements of a record and their sets under every method. Reads the record twice. */
export async function cube(
  fileSystem: FileSystem,
  { catalog, options, recent }: ReadRun,
  { record: id, ...wanted }: CubeRequest,
  signal: AbortSignal,
): Promise<Cube> {
  const open = () => openFiles(fileSystem, recent);
  const record = catalog.records[id];
  const shape = record.parts?.[0].shape ?? record.shape;
  const recordOptions = optionsFor(catalog.layers[record.layer], shape, options);
  const reader = await openElements(open, record, recordOptions, signal);
  try {
    const { samples, channels, positions } = reader.axes;
    const element = {
      n: Math.min(wanted.n, samples - 1),
      c: Math.min(wanted.c, channels - 1),
      p: Math.min(wanted.p, positions - 1),
    };
    const rows = Math.max(1, Math.min(MOST.n, Math.floor(MAX_UNITS / channels)));
    const included = {
      n: spacedIndices(samples, rows, element.n),
      c: spacedIndices(channels, MOST.c, element.c),
      p: spacedIndices(positions, MOST.p, element.p),
    };
    const elements = await reader.read(included);
    const sets = setsOf(reader, recordOptions, included, elements, element);
    const ranges = sets.flatMap(({ range }) => range ?? []);
    const counts = await reader.count(element, ranges);
    return {
      record: id,
      samples,
      channels,
      positions,
      positionAxes: positionAxes(recordOptions.layout, shape),
      ...included,
      values: elements.values,
      epsilon: recordOptions.epsilon,
      groups: recordOptions.groups,
      element,
      methods: sets.map(({ of, range }) =>
        range === undefined ? of : { ...of, distribution: histogramOf(range, counts[ranges.indexOf(range)]) },
      ),
    };
  } finally {
    await reader.close();
  }
}

/** A method's sets, and the range of the element's set; absent if it has no finite value. */
interface FoundSets {
  readonly of: CubeMethod;
  readonly range?: SetRange;
}

function setsOf(
  { axes, parameters }: Pick<ElementReader, 'axes' | 'parameters'>,
  options: RecordOptions,
  included: Included,
  elements: CubeElements,
  element: Place,
): FoundSets[] {
  const { samples, channels, positions } = axes;
  const rows = { samples: included.n.length, channels, positions };
  const [i, j] = [included.n.indexOf(element.n), included.c.indexOf(element.c)];
  const k = included.p.indexOf(element.p);
  const plans = planMethods(axes, options);
  const reasonOf = (method: CubeMethod['method'], of = plans) => {
    const plan = of.find((each) => each.method === method);
    return plan !== undefined && 'reason' in plan ? { reason: plan.reason } : {};
  };
  const found = (
    kind: Pick<CubeMethod, 'method' | 'groups' | 'by' | 'sets' | 'reason'>,
    moments: Moments,
    unitOf: (i: number, at: number) => number,
  ): FoundSets => {
    const across = kind.by === 'samplePosition' ? included.p.length : included.c.length;
    const units = Array.from({ length: included.n.length * across }, (_, at) =>
      unitOf(Math.floor(at / across), at % across),
    );
    const own = unitOf(i, kind.by === 'samplePosition' ? k : j);
    const running = kind.method === 'batch' ? parameters : {};
    const statistic = (of: (unit: number, channel: number) => number) =>
      Float64Array.from(units, (unit, at) =>
        moments.count[unit] === 0 ? Number.NaN : of(unit, included.c[at % across]),
      );
    const isRms = kind.method === 'rms';
    const of = {
      ...kind,
      size: axes.size / kind.sets,
      mean: statistic((unit, c) => (isRms ? 0 : (running.mean?.[c] ?? moments.mean[unit]))),
      variance: statistic((unit, c) =>
        isRms ? meanSquareOf(moments, unit) : (running.variance?.[c] ?? varianceOf(moments, unit)),
      ),
    };
    const count = moments.count[own];
    if (count === 0) return { of };
    const [min, max] = [moments.min[own], moments.max[own]];
    const bins = min < max ? Math.min(BINS, Math.ceil(Math.sqrt(count))) : 1;
    return { of, range: { ...kind, min, max, bins } };
  };
  const perPosition = options.layerScope === 'position' && positions > 1;
  const ofGroups = groupMoments(elements.row, rows);
  const groupSets = (
    groups: number,
    method: 'group' | 'instance',
    reason: { reason?: string },
  ): FoundSets => {
    const kind = { method, groups, by: 'sampleGroup' as const, sets: samples * groups, ...reason };
    return found(kind, ofGroups(groups), (row, column) =>
      setOf(kind, axes, { n: row, c: included.c[column], p: 0 }),
    );
  };
  const layerSets = (method: 'layer' | 'rms'): FoundSets => {
    const by: SetsBy = perPosition ? 'samplePosition' : 'sample';
    const kind = { method, groups: 1, by, sets: perPosition ? samples * positions : samples };
    return perPosition
      ? found({ ...kind, ...reasonOf(method) }, elements.place, (row, at) => row * included.p.length + at)
      : found({ ...kind, ...reasonOf(method) }, coarsen(elements.row, samplePartition(rows)), (row) => row);
  };
  return [
    found(
      { method: 'batch', groups: channels, by: 'channel', sets: channels, ...reasonOf('batch') },
      elements.channel,
      (_, column) => included.c[column],
    ),
    layerSets('layer'),
    groupSets(channels, 'instance', reasonOf('instance')),
    ...divisorsOf(channels)
      .reverse()
      .map((groups) =>
        groupSets(groups, 'group', reasonOf('group', planMethods(axes, { ...options, groups }))),
      )
      .reverse(),
    layerSets('rms'),
  ];
}

/**
 * Returns a function that gives the moments of the sets of a number of groups, which divides the channels: merged from
 * those of the fewest groups so far that lie within them, because from the channels each would take as long as the
 * first. Ask for many groups before few.
 */
function groupMoments(row: Moments, rows: Extent): (groups: number) => Moments {
  const known = new Map([[rows.channels, row]]);
  return (groups) => {
    const before = known.get(groups);
    if (before !== undefined) return before;
    const finer = Math.min(...[...known.keys()].filter((each) => each % groups === 0));
    const moments = coarsen(known.get(finer) ?? row, groupPartition({ ...rows, channels: finer }, groups));
    known.set(groups, moments);
    return moments;
  };
}

function histogramOf({ min, max }: SetRange, counts: Float64Array): Histogram {
  // A constant has a bar too.
  const margin = min < max ? 0 : Math.max(Math.abs(min), 1) / 2;
  return { min: min - margin, max: max + margin, counts, below: 0, above: 0 };
}
