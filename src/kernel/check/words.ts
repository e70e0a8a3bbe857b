import type { Layout } from '../../model/catalog';
import type { Mismatch } from '../../model/check';
import type { Declaration, Normalizing } from './normalizing';

const AXIS_WORDS: Readonly<Record<string, string>> = {
  N: 'samples',
  C: 'channels',
  H: 'height',
  W: 'width',
  D: 'depth',
  L: 'positions',
  T: 'positions',
  S: 'positions',
};

/** `the channels (axis 2)`, `height and width (axes 2, 3)`. */
function axesInWords(axes: readonly number[], layout: Layout): string {
  const names = axes.map((axis) => AXIS_WORDS[layout[axis]] ?? `axis ${layout[axis]}`);
  const list =
    names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? 'nothing');
  return `the ${list} (${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(', ')})`;
}

/** What a way to normalize is called: `group norm with 4 groups`, `layer norm over the channels (axis 2)`. */
export function inWords(way: Normalizing, kind: Declaration['kind'], layout: Layout): string {
  const samples = layout.indexOf('N');
  const channel = layout.indexOf('C');
  if (way.identity === true) return 'no normalization at all';
  const tail = `${way.unbiased === true ? ', by n − 1 in place of n' : ''}${way.plain === true ? ' without γ and β' : ''}`;
  const name = way.rms === true ? 'RMS norm' : 'layer norm';
  if (way.groups !== undefined)
    return `${way.rms === true ? 'RMS norm in' : 'group norm with'} ${way.groups} groups${tail}`;
  if (way.running === true) return `${kind} norm by its running statistics (eval mode)${tail}`;
  const isBatch = way.axes.length === layout.length - 1 && !way.axes.includes(channel) && way.rms !== true;
  if (isBatch && kind === 'batch') return `batch norm by the batch's own statistics (train mode)${tail}`;
  if (isBatch && kind !== 'layer') return `batch norm, over ${axesInWords(way.axes, layout)}${tail}`;
  if (kind === 'instance' && !way.axes.includes(channel) && !way.axes.includes(samples))
    return `instance norm, over ${axesInWords(way.axes, layout)}${tail}`;
  return `${name} over ${axesInWords(way.axes, layout)}${tail}`;
}

/** The sentence of a mismatch between what was declared and what explains the output. */
export function explain(
  declared: Normalizing,
  actual: Normalizing | undefined,
  kind: Declaration['kind'],
  layout: Layout,
): Mismatch {
  const says = inWords(declared, kind, layout);
  if (actual === undefined) {
    return {
      kind: 'unexplained',
      sentence: `It declares ${says}; the output is something else, and no other axes, groups, ε or statistics give it.`,
    };
  }
  const epsilon =
    actual.epsilon === declared.epsilon
      ? ''
      : ` and ε ${figure(actual.epsilon)} in place of ${figure(declared.epsilon)}`;
  const sameWay = JSON.stringify({ ...actual, epsilon: 0 }) === JSON.stringify({ ...declared, epsilon: 0 });
  if (sameWay) {
    return {
      kind: 'epsilon',
      sentence: `It declares ε ${figure(declared.epsilon)}; the output is what ε ${figure(actual.epsilon)} gives.`,
    };
  }
  if (declared.groups !== undefined && actual.groups !== undefined && actual.rms !== true) {
    return {
      kind: 'groups',
      sentence: `It declares ${declared.groups} groups; the output is what ${actual.groups} groups give${epsilon}.`,
    };
  }
  const part =
    actual.plain === true
      ? 'affine'
      : actual.running !== declared.running || actual.unbiased === true
        ? 'statistics'
        : 'axes';
  return {
    kind: part,
    sentence: `It declares ${says}; the output is what ${inWords(actual, kind, layout)} gives${epsilon}.`,
  };
}

/** As people write ε: `1e-5`. */
function figure(epsilon: number): string {
  return epsilon < 0.01 ? epsilon.toExponential() : String(epsilon);
}
