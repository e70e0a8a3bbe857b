import type { Formula, Units } from '../../model/formula';
import { type Parameters, possibleAffineAxes } from './parameters';

/** The parts of a formula other than D: which elements share statistics, centering, scale, and shift. */
export type Structure = Pick<Formula, 'statistics' | 'units' | 'centered' | 'scale' | 'shift' | 'affineAxes'>;

export type AffinePart = Pick<Formula, 'scale' | 'shift' | 'affineAxes'>;

/** Numbers of pieces to try for a reshaped sample if the layer does not state its number of groups. */
const USUAL_PARTS = [2, 4, 8, 16, 32, 64];
/** Maximum number of divisors of an axis to try as groups. */
const MAX_DIVISORS = 48;

/**
 * Returns all divisions into units to try, simplest first: each set of axes; groups of the channels, contiguous or
 * interleaved, of a sample or of a position; pieces of a sample that was reshaped with its axes in another order. Each
 * division of the elements occurs once, even if several descriptions produce it.
 */
export function possibleUnits(
  shape: readonly number[],
  channelAxes: readonly number[],
  groups: number | undefined,
): readonly Units[] {
  // An axis with one element shares nothing.
  const all = shape.flatMap((extent, axis) => (extent > 1 ? [axis] : []));
  const subsets = all.reduce<number[][]>(
    (sets, axis) => sets.concat(sets.map((set) => [...set, axis])),
    [[]],
  );
  const found: Units[] = subsets
    .filter((axes) => axes.length > 0)
    .sort((a, b) => a.length - b.length)
    .map((axes) => ({ axes }));
  const inSample = all.filter((axis) => axis !== 0);
  for (const channel of channelAxes) {
    if (channel === 0) continue;
    const counts = divisors(shape[channel]).filter((count) => count > 1 && count < shape[channel]);
    const places = inSample.length > 1 ? [inSample, [channel]] : [[channel]];
    for (const kind of ['contiguous', 'interleaved'] as const) {
      for (const axes of places) {
        for (const count of counts.slice(0, MAX_DIVISORS))
          found.push({ axes, parts: { kind, count, axes: [channel] } });
      }
    }
  }
  const keyOf = (units: Units) =>
    JSON.stringify([units.axes, units.parts?.kind, units.parts?.count, units.parts?.axes]);
  const known = new Set(found.map(keyOf));
  return [...found, ...reshapedUnits(shape, inSample, groups).filter((each) => !known.has(keyOf(each)))];
}

function reshapedUnits(
  shape: readonly number[],
  inSample: readonly number[],
  groups: number | undefined,
): Units[] {
  if (inSample.length < 2) return [];
  const [first, last] = [inSample[0], inSample[inSample.length - 1]];
  const orders = [inSample, [...inSample.slice(1), first], [last, ...inSample.slice(0, -1)]];
  const size = inSample.reduce((product, axis) => product * shape[axis], 1);
  const counts = new Set([...(groups === undefined ? [] : [groups]), ...USUAL_PARTS]);
  const isNew = (order: readonly number[], i: number) =>
    orders.findIndex((each) => each.join() === order.join()) === i;
  return orders.filter(isNew).flatMap((order) =>
    [...counts].flatMap((count): Units[] => {
      if (count < 2 || count >= size || size % count !== 0) return [];
      return [
        alignedUnits(shape, order, count) ?? {
          axes: inSample,
          parts: { kind: 'reshaped', count, axes: order },
        },
      ];
    }),
  );
}

/**
 * Returns the same pieces as bands of one axis, if each piece consists of whole indices of that axis; otherwise
 * undefined.
 */
function alignedUnits(shape: readonly number[], order: readonly number[], count: number): Units | undefined {
  let left = count;
  for (const [i, axis] of order.entries()) {
    const axes = order.slice(i).sort((a, b) => a - b);
    if (left === 1) return { axes };
    if (shape[axis] % left === 0 && shape[axis] > left)
      return { axes, parts: { kind: 'contiguous', count: left, axes: [axis] } };
    if (left % shape[axis] !== 0) return undefined;
    left /= shape[axis];
  }
  return undefined;
}

/**
 * Returns the scale and shift that the layer's γ and β allow. Forms that give the same result with the actual values
 * occur once.
 */
export function possibleAffine(
  { gamma, beta, affineShape }: Parameters,
  shape: readonly number[],
  channelAxis: number,
): readonly AffinePart[] {
  if (affineShape === undefined) return [{ scale: 'none', shift: false, affineAxes: [] }];
  const isAll = (values: Float64Array | undefined, value: number) =>
    values?.every((each) => each === value) ?? true;
  const shifts = beta === undefined ? [false] : isAll(beta, 0) ? [true] : [true, false];
  const scales: Formula['scale'][] = gamma === undefined ? [] : ['gamma', '1 + gamma'];
  if (!(gamma !== undefined && (isAll(gamma, 1) || isAll(gamma, 0)))) scales.push('none');
  const parts = possibleAffineAxes(affineShape, shape, channelAxis).flatMap((affineAxes) =>
    scales.flatMap((scale) => shifts.map((shift): AffinePart => ({ scale, shift, affineAxes }))),
  );
  const isConstant = isAll(gamma, gamma?.[0] ?? 1) && isAll(beta, beta?.[0] ?? 0);
  const first = parts[0]?.affineAxes.join();
  const isUsed = ({ scale, shift }: AffinePart) => scale !== 'none' || shift;
  return parts.filter(
    (part, i) =>
      (!isConstant || part.affineAxes.join() === first) &&
      (isUsed(part) || parts.findIndex((each) => !isUsed(each)) === i),
  );
}

/**
 * Returns all structures to try. Those without statistics of the input come first: if they fit, so do very many others,
 * and only the first ones are examined.
 */
export function possibleStructures(
  shape: readonly number[],
  channelAxis: number,
  parameters: Parameters,
  groups: number | undefined,
): readonly Structure[] {
  const affine = possibleAffine(parameters, shape, channelAxis);
  const single = affine.flatMap(({ affineAxes }) => (affineAxes.length === 1 ? affineAxes : []));
  const channelAxes = [...new Set([...(channelAxis < 0 ? [] : [channelAxis]), ...single])];
  const whole = { axes: shape.map((_, axis) => axis) };
  const statistics: Omit<Structure, keyof AffinePart>[] = [
    { statistics: 'none', units: whole, centered: false },
  ];
  const length = parameters.running?.mean.length;
  for (const axis of channelAxes) {
    if (shape[axis] !== length) continue;
    const axes = shape.flatMap((_, each) => (each === axis ? [] : [each]));
    statistics.push({ statistics: 'running', units: { axes }, centered: true });
  }
  for (const units of possibleUnits(shape, channelAxes, groups))
    for (const centered of [true, false]) statistics.push({ statistics: 'input', units, centered });
  return statistics.flatMap((each) => affine.map((part) => ({ ...each, ...part })));
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}
