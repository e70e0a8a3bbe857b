import { exceedsFloor } from '../../src/model/analysis';
import type { RecordPlace } from '../../src/model/catalog';
import type { ModuleNode } from '../../src/model/layerNames';
import { isOtherRun, type Reference } from '../../src/model/reference';
import { type RunJoin, referenceRecord } from '../../src/model/runJoin';
import { positionOf, recordAt, seriesOf } from '../../src/model/series';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { isDiverging, sizeOfDifference } from './comparedFigures';
import { linearScale, type MapScale, mapScale, sizeScale } from './mapScale';
import type { ShownQuantity } from './mapSource';

/** The figures of one layer at the step in view and at its reference. */
export interface DepthPoint {
  /** One value, or three, ascending. */
  readonly now: readonly number[];
  /** Empty for the shift, which is 0 at the reference, and where there is no reference. */
  readonly before: readonly number[];
  /** Whether the value is no larger than noise, or a share of 0. */
  readonly isQuiet: boolean;
}

/** A quantity along the depth of the network, at one step. */
export interface DepthProfile {
  /** By layer; undefined where the layer has no figure at the step. */
  readonly points: readonly (DepthPoint | undefined)[];
  /** Of all values of all layers. */
  readonly scale: MapScale;
  /** Where bars begin. */
  readonly origin: number;
  /** The layer with the largest jump from the layer before it, and the factor if both are positive. */
  readonly jump: { readonly layer: number; readonly factor: number | undefined } | undefined;
  /** The mean factor from one block to the next. */
  readonly growth: number | undefined;
}

/** The figures of all layers, and where bars begin if not at 0. */
export type Points = Pick<DepthProfile, 'points'> & Partial<Pick<DepthProfile, 'origin'>>;

/** Blocks from which growth is reported, at least. */
const MIN_BLOCKS = 3;

/** The figures of all layers at a step. */
export function depthProfile(
  catalog: PanelCatalog,
  shown: ShownQuantity,
  tree: readonly ModuleNode[],
  variant: number,
  step: number,
  reference: Reference,
  join?: RunJoin<RecordPlace>,
): DepthProfile {
  const points = catalog.layers.map(({ id }): DepthPoint | undefined => {
    const series = seriesOf(catalog, id, variant);
    const record = recordAt(series, step);
    if (record === undefined) return undefined;
    if (shown.figures === undefined) {
      const w1 = shown.shiftMap.w1Of(record.id, shown.method);
      if (Number.isNaN(w1)) return undefined;
      const floor = shown.shiftMap.floorOf(record.id, shown.method);
      return { now: [w1], before: [], isQuiet: !exceedsFloor(w1, floor) };
    }
    const now = shown.all.map((figure) => figure.get(record.id));
    if (now.some(Number.isNaN)) return undefined;
    const from = referenceRecord(series, positionOf(series, step), reference, join);
    const isItself = from?.id === record.id && !isOtherRun(reference);
    const all = isOtherRun(reference) ? (shown.ofOther ?? []) : shown.all;
    const before = from === undefined || isItself ? [] : all.map((figure) => figure.get(from.id));
    return { now, before: before.some(Number.isNaN) ? [] : before, isQuiet: isQuiet(shown, now[0]) };
  });
  return {
    points,
    scale: depthScale(shown, points),
    origin: shown.scale === 'ratio' ? 1 : 0,
    jump: largestJump(shown, points),
    growth: growthPerBlock(shown, points, tree),
  };
}

/** Whether a value is a share of 0, or no difference. */
function isQuiet({ scale }: ShownQuantity, value: number): boolean {
  if (isDiverging(scale)) return sizeOfDifference(scale, value) === 0;
  return (scale === 'share' || scale === 'rareShare') && value === 0;
}

/** Linear from 0, or logarithmic where all values are positive and span decades. */
function depthScale({ scale }: ShownQuantity, points: DepthProfile['points']): MapScale {
  let [min, max, least] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const point of points)
    for (const value of point === undefined ? [] : [...point.now, ...point.before]) {
      if (!Number.isFinite(value)) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
      if (value > 0) least = Math.min(least, value);
    }
  if (min > max) return mapScale(scale, undefined);
  if (scale === 'signed') return mapScale(scale, { min: Math.min(min, 0), max: Math.max(max, 0) });
  if (scale === 'rareShare' || isDiverging(scale)) return mapScale(scale, { min, max });
  // Twice the smallest factor that sizeScale draws by logarithm: a bar from 0 is easier to read.
  const spansDecades = min >= 0 && max / least >= 100;
  return spansDecades ? sizeScale({ min: least, max }) : linearScale({ min: Math.min(0, min), max });
}

/** The value of a point by which layers are compared. */
function middleOf({ now }: DepthPoint): number {
  return now[now.length >> 1];
}

function largestJump({ scale }: ShownQuantity, points: DepthProfile['points']): DepthProfile['jump'] {
  const byFactor = scale === 'size' || scale === 'sigmas';
  let found: DepthProfile['jump'];
  let largest = 0;
  let before: number | undefined;
  // A jump of what runs differ by says nothing of the network.
  if (isDiverging(scale)) return undefined;
  points.forEach((point, layer) => {
    if (point === undefined) return;
    const value = middleOf(point);
    if (before !== undefined && !(byFactor && (before <= 0 || point.isQuiet))) {
      const jump = byFactor ? Math.log(value / before) : Math.abs(value - before);
      if (jump > largest && Number.isFinite(jump)) {
        largest = jump;
        found = { layer, factor: byFactor ? value / before : undefined };
      }
    }
    before = value;
  });
  return found;
}

function growthPerBlock(
  { scale }: ShownQuantity,
  points: DepthProfile['points'],
  tree: readonly ModuleNode[],
): number | undefined {
  if (scale !== 'size' && scale !== 'sigmas') return undefined;
  const outputs = numberedBlocks(tree).flatMap(({ layers }) => {
    const last = [...layers].reverse().find((layer) => points[layer] !== undefined);
    const value = last === undefined ? undefined : points[last];
    return value === undefined ? [] : [middleOf(value)];
  });
  const [first, last] = [outputs[0], outputs.at(-1)];
  if (outputs.length < MIN_BLOCKS || last === undefined || !(first > 0) || !(last > 0)) return undefined;
  return (last / first) ** (1 / (outputs.length - 1));
}

/** The numbered modules beside one another that hold most layers, such as the blocks of a transformer. */
function numberedBlocks(nodes: readonly ModuleNode[]): readonly ModuleNode[] {
  const here = nodes.filter(({ label }) => /^[./]?\d+(?:$|[./])/.test(label));
  const size = (blocks: readonly ModuleNode[]) => blocks.reduce((sum, { layers }) => sum + layers.length, 0);
  let largest: readonly ModuleNode[] = here.length >= MIN_BLOCKS ? here : [];
  for (const { children } of nodes) {
    const below = numberedBlocks(children);
    if (size(below) > size(largest)) largest = below;
  }
  return largest;
}

/** The point of several layers: that of the one with the largest value. */
export function worstPoint(
  { points, origin = 0 }: Points,
  layers: readonly number[],
): DepthPoint | undefined {
  let worst: DepthPoint | undefined;
  for (const layer of layers) {
    const point = points[layer];
    if (point === undefined) continue;
    if (worst === undefined || farness(point, origin) > farness(worst, origin)) worst = point;
  }
  return worst;
}

/** How far a point is from where bars begin: a ratio by its logarithm. */
function farness(point: DepthPoint, origin: number): number {
  const value = middleOf(point);
  return Math.abs(origin === 1 ? Math.log(value) : value);
}
