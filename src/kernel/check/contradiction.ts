import type { LayerEntry } from '../../model/catalog';
import type { Mismatch } from '../../model/check';
import type { FittedFormula, Formula, Units } from '../../model/formula';
import type { Comparison } from './compare';
import { PLACES } from './denominator';
import { isOtherEpsilon, uncertaintyOf } from './slopes';

/** Attribute names for ε. */
const EPSILON_NAMES = ['eps', 'epsilon', 'variance_epsilon'];
/**
 * Relative difference, in addition to its uncertainty, within which a fitted ε counts as another form of the declared
 * ε.
 */
const SAME_EPSILON = 0.02;

/** Returns the part of a documented formula that the fitted formula contradicts. */
export function contradictedPart(declared: Formula, found: Formula): Mismatch['kind'] {
  if (found.statistics !== declared.statistics) return 'statistics';
  const units = (formula: Formula) => JSON.stringify(formula.units);
  if (units(found) !== units(declared))
    return declared.units.parts !== undefined && found.units.parts !== undefined ? 'groups' : 'axes';
  if (found.centered !== declared.centered) return 'axes';
  if (found.divisor !== declared.divisor || found.moment !== declared.moment) return 'statistics';
  if (found.scale !== declared.scale || found.shift !== declared.shift) return 'affine';
  return 'epsilon';
}

/** Returns the ε attribute of a class, whatever its name. */
export function carriedEpsilon({ attributes = {} }: Pick<LayerEntry, 'attributes'>): NamedNumber | undefined {
  for (const name of EPSILON_NAMES) {
    const value = attributes[name];
    if (typeof value === 'number' && value > 0) return { name, value };
  }
  return undefined;
}

interface NamedNumber {
  readonly name: string;
  readonly value: number;
}

/** An attribute that contradicts a formula, and the formulas that would agree with the attribute. */
export interface Contradiction {
  readonly mismatch: Mismatch;
  readonly agrees: (formula: Formula) => boolean;
}

/**
 * Returns the attribute that contradicts the formula of a class with its own forward pass: its ε, number of groups, or
 * normalized shape. Such a class is free to choose its axes, centering, scale, and the place of ε.
 */
export function contradictedAttribute(
  layer: Pick<LayerEntry, 'attributes'>,
  { formula, unseen }: Pick<FittedFormula, 'formula' | 'unseen'>,
  comparison: Comparison,
  shape: readonly number[],
  channelAxis: number,
): Contradiction | undefined {
  if (formula.statistics === 'none') return undefined;
  const epsilon = carriedEpsilon(layer);
  const isSure = unseen.every((part) => part === 'epsilon');
  if (epsilon !== undefined && isSure && isContradicted(epsilon.value, formula, comparison, shape)) {
    return {
      mismatch: { kind: 'epsilon', declared: { by: 'attribute', ...epsilon } },
      agrees: (each) => each.epsilon === epsilon.value,
    };
  }
  if (formula.statistics !== 'input') return undefined;
  const groups = layer.attributes?.['num_groups'];
  const isCount = typeof groups === 'number' && Number.isInteger(groups) && groups > 0;
  if (isCount && hasOtherGroups(groups, formula, shape, channelAxis)) {
    return {
      mismatch: { kind: 'groups', declared: { by: 'attribute', name: 'num_groups', value: groups } },
      agrees: (each) => each.statistics !== 'input' || !hasOtherGroups(groups, each, shape, channelAxis),
    };
  }
  const normalized = numbersIn(layer.attributes?.['normalized_shape']);
  if (normalized !== undefined && hasOtherExtents(normalized, formula.units, shape)) {
    return {
      mismatch: { kind: 'axes', declared: { by: 'attribute', name: 'normalized_shape', value: normalized } },
      agrees: ({ statistics, units }) => statistics !== 'input' || !hasOtherExtents(normalized, units, shape),
    };
  }
  return undefined;
}

/** Returns all formulas with the given structure and ε, whatever their divisor. */
export function underEpsilon(formula: Formula, epsilon: number): readonly Formula[] {
  const divisors = formula.statistics === 'running' ? (['n'] as const) : (['n', 'n - 1', '1'] as const);
  return PLACES.flatMap((place) => divisors.map((divisor) => ({ ...formula, place, divisor, epsilon })));
}

function hasOtherExtents(
  normalized: readonly number[],
  { axes, parts }: Units,
  shape: readonly number[],
): boolean {
  const sizeOf = (extents: readonly number[]) => extents.reduce((product, each) => product * each, 1);
  return parts === undefined && sizeOf(normalized) !== sizeOf(axes.map((axis) => shape[axis]));
}

function isContradicted(
  declared: number,
  { epsilon, place, units }: Formula,
  comparison: Comparison,
  shape: readonly number[],
): boolean {
  const fit = comparison.epsilon;
  if (fit === undefined || epsilon === declared || !isOtherEpsilon(fit, declared)) return false;
  const n = units.axes.reduce((size, axis) => size * shape[axis], 1) / (units.parts?.count ?? 1);
  // A class may add its ε to the sum instead of the mean, square it, or clamp V instead of its root, as in max(√V, ε).
  const forms = [n, 1 / n, Math.sqrt(n), 1 / Math.sqrt(n)].map((factor) => declared * factor);
  const ofRoot = place === 'max' ? [Math.sqrt(declared)] : [];
  return ![...forms, declared ** 2, ...ofRoot].some(
    (form) => Math.abs(epsilon - form) <= uncertaintyOf(fit) + SAME_EPSILON * form,
  );
}

function hasOtherGroups(
  groups: number,
  { units: { axes, parts }, affineAxes }: Formula,
  shape: readonly number[],
  channelAxis: number,
): boolean {
  if (parts === undefined) {
    // One group contains all channels. With as many groups as channels, each group is one channel.
    const isOne = groups === 1;
    const others = shape.flatMap((extent, axis) => (axis > 0 && !axes.includes(axis) ? [extent] : []));
    return !(isOne || others.includes(groups) || axes.includes(0));
  }
  const isOfChannels = parts.axes[0] === (affineAxes.length === 1 ? affineAxes[0] : channelAxis);
  return (
    parts.kind === 'reshaped' || !isOfChannels || (parts.kind === 'contiguous' && parts.count !== groups)
  );
}

function numbersIn(value: unknown): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  const isList = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number');
  return isList ? value : undefined;
}
