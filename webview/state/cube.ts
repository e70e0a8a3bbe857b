import { t } from '@vscode/l10n';
import { NORMALIZING, type NormalizingMethod } from '../../src/model/analysis';
import { type Cube, type CubeMethod, type Place, setOf } from '../../src/model/cube';
import { count, figure, methodName } from '../format';
import type { RunData } from './runData';
import type { Selection } from './selection';
import { placeInView, type ViewState } from './viewState';

/** The sets of a method; of group normalization with G groups. */
export function setsOfMethod(cube: Cube, method: NormalizingMethod, groups: number): CubeMethod | undefined {
  return cube.methods.find(
    (each) => each.method === method && (method !== 'group' || each.groups === groups),
  );
}

/** Every G that the channels can be divided by, ascending. */
export function groupNumbers({ methods }: Cube): readonly number[] {
  return methods.flatMap(({ method, groups }) => (method === 'group' ? [groups] : []));
}

/** The G in view: that of the layer, unless the person has chosen one, or the largest smaller one that divides the channels. */
export function shownGroups(cube: Cube, wanted: number | undefined): number {
  const most = wanted ?? cube.groups;
  return (
    groupNumbers(cube)
      .filter((groups) => groups <= most)
      .at(-1) ?? 1
  );
}

/** An element, if the cube includes it; otherwise the one that the cube was made for. */
export function shownPlace(cube: Cube, wanted: Place): Place {
  return indicesOf(cube, wanted) === undefined ? cube.element : wanted;
}

/** Indices of an element among those that are included; undefined if it is not. */
function indicesOf(cube: Cube, { n, c, p }: Place): Place | undefined {
  const found = { n: cube.n.indexOf(n), c: cube.c.indexOf(c), p: cube.p.indexOf(p) };
  return Math.min(found.n, found.c, found.p) < 0 ? undefined : found;
}

/** An element, the statistics of its set, and what they make of it; NaN if that is not known. */
export interface NormalizedElement {
  readonly x: number;
  readonly mean: number;
  /** Biased; of RMS the mean of squares. */
  readonly variance: number;
  /** x̂ = (x − µ)/√(σ² + ε). */
  readonly output: number;
}

/** An element that the cube includes, under one method. */
export function normalizedElement(cube: Cube, of: CubeMethod, place: Place): NormalizedElement {
  const at = indicesOf(cube, place);
  if (at === undefined) return { x: Number.NaN, mean: Number.NaN, variance: Number.NaN, output: Number.NaN };
  const x = cube.values[(at.n * cube.c.length + at.c) * cube.p.length + at.p];
  const unit = of.by === 'samplePosition' ? at.n * cube.p.length + at.p : at.n * cube.c.length + at.c;
  const [mean, variance] = [of.mean[unit], of.variance[unit]];
  return { x, mean, variance, output: (x - mean) / Math.sqrt(variance + cube.epsilon) };
}

/** Whether two elements share one µ and σ. */
export function areTogether(cube: Cube, of: CubeMethod, a: Place, b: Place): boolean {
  return setOf(of, cube, a) === setOf(of, cube, b);
}

/** x̂ as the formula, and with the numbers in it. */
export function formulaText(
  { method }: CubeMethod,
  { x, mean, variance, output }: NormalizedElement,
  epsilon: number,
): string {
  const [root, result] = [`√(${figure(variance)} + ${figure(epsilon, 2)})`, figure(output)];
  if (method === 'rms') return t('x̂ = x/√(mean x² + ε) = {0}/{1} = {2}', figure(x), root, result);
  const center = mean < 0 ? `+ ${figure(-mean)}` : `− ${figure(mean)}`;
  return t('x̂ = (x − µ)/√(σ² + ε) = ({0})/{1} = {2}', `${figure(x)} ${center}`, root, result);
}

/** How many sets a method has, and of how many values. */
export function setsText({ sets, size }: CubeMethod): string {
  return sets === 1
    ? t('1 set of {0} values', count(size))
    : t('{0} sets of {1} values', count(sets), count(size));
}

/** Which elements are in the set of an element. */
export function setName(cube: Cube, of: CubeMethod, { n, c, p }: Place): string {
  switch (of.by) {
    case 'channel':
      return t('channel {0} of all samples', c);
    case 'sample':
      return t('sample {0}', n);
    case 'samplePosition':
      return t('sample {0}, {1}', n, positionName(cube, p));
    case 'sampleGroup': {
      const width = cube.channels / of.groups;
      const first = Math.floor(c / width) * width;
      return width === 1
        ? t('sample {0}, channel {1}', n, c)
        : t('sample {0}, channels {1} to {2}', n, first, first + width - 1);
    }
  }
}

/** Where an element is. */
export function placeName(cube: Cube, { n, c, p }: Place): string {
  return cube.positions === 1
    ? t('sample {0}, channel {1}', n, c)
    : t('sample {0}, channel {1}, {2}', n, c, positionName(cube, p));
}

/** A position by its axes, as "H 2, W 7". */
function positionName({ positionAxes }: Cube, p: number): string {
  const names: string[] = [];
  let rest = p;
  for (const { letter, length } of positionAxes.slice().reverse()) {
    names.unshift(`${letter} ${rest % length}`);
    rest = Math.floor(rest / length);
  }
  return names.join(', ');
}

/** The element, its set, and x̂ in a sentence. */
export function elementSentence(cube: Cube, of: CubeMethod, place: Place): string {
  const where = placeName(cube, place);
  const element = normalizedElement(cube, of, place);
  const name = methodTitle(of);
  if (of.reason !== undefined) return t('{0}: x = {1}. {2}: {3}', where, figure(element.x), name, of.reason);
  return t(
    '{0}: x = {1}. {2} normalizes it with its set, {3} ({4}): µ {5}, σ {6}, x̂ {7}.',
    where,
    figure(element.x),
    name,
    setName(cube, of, place),
    setsText(of),
    figure(element.mean),
    figure(Math.sqrt(element.variance)),
    figure(element.output),
  );
}

/** A method, with G if it has groups. */
export function methodTitle({ method, groups }: CubeMethod): string {
  return method === 'group' ? t('Group, G = {0}', groups) : methodName(method);
}

/** What a number of groups amounts to. */
export function groupsText({ channels }: Cube, groups: number): string {
  if (groups === channels) return t('one channel per group: instance normalization');
  return groups === 1
    ? t('all channels in one group: layer normalization per sample')
    : t('{0} channels per group', count(channels / groups));
}

/** The methods and the element in view as text: a line for each method, and for each G, separated by tabs. */
export function cubeAsText(cube: Cube, place: Place): string {
  const lines = cube.methods.map((of) => {
    const { x, mean, variance, output } = normalizedElement(cube, of, place);
    return [of.method, of.method === 'group' ? of.groups : '', of.sets, of.size, x, mean, variance, output];
  });
  const head = ['method', 'groups', 'sets', 'size', 'x', 'mean', 'variance', 'normalized'];
  return [head, ...lines].map((cells) => `${cells.join('\t')}\n`).join('');
}

/** What the axes of the drawing are. */
export function axisNames(cube: Cube): { n: string; c: string; p: string } {
  const name = (letter: string, of: number, shown: number) =>
    shown === of ? t('{0} = {1}', letter, count(of)) : t('{0} = {1}, {2} shown', letter, count(of), shown);
  const positions = cube.positionAxes.map(({ letter }) => letter).join(' × ');
  return {
    n: name('N', cube.samples, cube.n.length),
    c: name('C', cube.channels, cube.c.length),
    p: cube.positions === 1 ? '' : name(positions, cube.positions, cube.p.length),
  };
}

/** The rows of the table: every method once, with the G in view. */
export function shownMethods(cube: Cube, groups: number): readonly CubeMethod[] {
  return NORMALIZING.flatMap((method) => setsOfMethod(cube, method, groups) ?? []);
}

/** The element in view under the method in view, in a sentence; undefined until it is known. */
export function elementInView(
  { cube }: Pick<RunData, 'cube'>,
  view: ViewState,
  { record }: Selection,
): string | undefined {
  if (cube?.record !== record.id) return undefined;
  const of = setsOfMethod(cube, view.cubeMethod, shownGroups(cube, view.cubeGroups));
  return of && elementSentence(cube, of, shownPlace(cube, placeInView(view)));
}
