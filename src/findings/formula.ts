import { t } from '@vscode/l10n';
import type { LayerEntry, Layout } from '../model/catalog';
import type { LayerCheck } from '../model/check';
import type { FittedFormula } from '../model/formula';
import { formulaText } from '../model/formulaText';
import type { Candidate } from './detector';
import { type FindingsInput, figure } from './input';
import { rmsOf } from './measured';

/** Maximum distance from 2 of the root mean square of a normalized output scaled by 1 + γ with γ near 1. */
const NEAR_TWO = 0.1;

/** A difference from the usual formula: a title, and a sentence that explains it. */
interface Departure {
  readonly title: string;
  readonly sentence: string;
}

/**
 * Finds normalization layers with their own forward pass whose formula differs from the usual formula for their name:
 * ε outside the root [the usual formula has the biased variance and √(σ² + ε): Ioffe & Szegedy 2015; Ba et al. 2016;
 * Zhang & Sennrich 2019], n − 1, groups of channels that are not adjacent [Wu & He 2018, eq. 7], other axes, or a
 * scale of 1 + γ with γ near 1. The severity is a note: such a class declares no formula, so it contradicts nothing,
 * but a port or a checkpoint expects the usual formula.
 */
export function formulaFindings(input: FindingsInput): readonly Candidate[] {
  const { catalog } = input;
  const ordered = [...input.checks.values()].sort((a, b) => stepOf(a) - stepOf(b));
  const contradicted = new Set(
    ordered.flatMap(({ record, mismatch }) => (mismatch ? [layerOf(record)] : [])),
  );
  const seen = new Set<number>();
  return ordered.flatMap((check): Candidate[] => {
    const layer = catalog.layers[layerOf(check.record)];
    if (layer?.ownForward !== true || seen.has(layer.id) || contradicted.has(layer.id)) return [];
    if (check.fit.kind !== 'fitted') return [];
    const departures = departuresOf(input, layer, check.record, check.fit.fitted);
    if (departures.length === 0) return [];
    seen.add(layer.id);
    return [findingOf(input, layer, check, check.fit.fitted, departures)];
  });

  function layerOf(record: number): number {
    return catalog.records[record].layer;
  }

  function stepOf({ record }: LayerCheck): number {
    return catalog.records[record].step;
  }
}

function departuresOf(
  input: FindingsInput,
  layer: LayerEntry,
  record: number,
  { formula, unseen }: FittedFormula,
): readonly Departure[] {
  const { name } = layer;
  const { statistics, place, divisor, scale, units } = formula;
  if (statistics !== 'input') return [];
  const found: Departure[] = [];
  const isEpsilonSeen = !unseen.includes('place') && !unseen.includes('epsilon');
  if (place === 'outside' && isEpsilonSeen && divisor !== '1')
    found.push({
      title: t('{0} adds ε outside the root', name),
      sentence: t('The usual formula adds ε to the variance or mean square, inside the root.'),
    });
  if (place === 'no root')
    found.push({
      title: t('{0} divides by the variance, not by its square root', name),
      sentence: t('The usual formula divides by the square root of the variance, the standard deviation.'),
    });
  if (divisor === 'n - 1' && !unseen.includes('divisor'))
    found.push({
      title: t('{0} uses the standard deviation over n − 1', name),
      sentence: t('The usual formula uses the biased variance, over n.'),
    });
  if (units.parts !== undefined && units.parts.kind !== 'contiguous')
    found.push({
      title: t('{0} groups channels that are not adjacent', name),
      sentence: t('Groups usually consist of adjacent channels, over all positions.'),
    });
  else if (hasOtherAxes(layer, units.axes, units.parts?.axes[0]))
    found.push({
      title: t('{0} normalizes over axes that its name does not suggest', name),
      sentence: t('Layers with such a name usually normalize over other axes.'),
    });
  const size = scale === '1 + gamma' ? sizeOf(input, record) : Number.NaN;
  if (Math.abs(size - 2) <= NEAR_TWO)
    found.push({
      title: t('{0} scales by 1 + γ with γ near 1', name),
      sentence: t(
        'The root mean square of its output is {0}: a value of 2 means that γ already includes the 1 that the layer adds.',
        figure(size),
      ),
    });
  return found;
}

function sizeOf({ summaries }: FindingsInput, record: number): number {
  const summary = summaries.get(record);
  return summary === undefined ? Number.NaN : rmsOf(summary);
}

/**
 * Whether no layer with that name normalizes over these axes, in any order of the tensor's axes. If the layout is a
 * guess, any axis with as many elements as the channel axis may be the channel axis.
 */
function hasOtherAxes(layer: LayerEntry, axes: readonly number[], divided: number | undefined): boolean {
  const { layout, layoutGuessed, shape } = layer;
  const channels = layout.indexOf('C');
  const [, family] = /(Batch|Layer|RMS|Group|Instance)Norm/iu.exec(nameOf(layer)) ?? [];
  if (family === undefined || channels < 0) return false;
  const possible = layoutGuessed
    ? shape.flatMap((extent, axis) => (extent === shape[channels] ? [axis] : []))
    : [channels];
  return possible.every((axis) => isOtherUnit(family.toLowerCase(), layout, axis, axes, divided));
}

function isOtherUnit(
  family: string,
  layout: Layout,
  channels: number,
  axes: readonly number[],
  divided: number | undefined,
): boolean {
  const samples = layout.indexOf('N');
  const takesSamples = samples >= 0 && axes.includes(samples);
  const takesPositions = [...layout].every(
    (_, axis) => axis === samples || axis === channels || axes.includes(axis),
  );
  switch (family) {
    case 'batch':
      return !takesSamples || !takesPositions || axes.includes(channels);
    case 'instance':
      return takesSamples || !takesPositions || axes.includes(channels);
    case 'group':
      return takesSamples || !takesPositions || (divided !== undefined && divided !== channels);
    default:
      return takesSamples || !axes.includes(channels);
  }
}

/** Name of the layer's own class, which suggests its intended formula. */
function nameOf({ class: own, base, module = '' }: LayerEntry): string {
  const qualified = own ?? base ?? module;
  return qualified.slice(qualified.lastIndexOf('.') + 1);
}

function findingOf(
  { catalog }: FindingsInput,
  layer: LayerEntry,
  { record }: LayerCheck,
  { formula }: FittedFormula,
  departures: readonly Departure[],
): Candidate {
  const { step, variant } = catalog.records[record];
  const [{ title }] = departures;
  const text = formulaText(formula, layer.layout);
  return {
    kind: 'formula',
    cause: [nameOf(layer), text].join('\n'),
    severity: 'note',
    layer: layer.id,
    layers: [layer.id],
    step,
    variant,
    title,
    evidence: [t('Its output is {0}.', text), ...departures.map(({ sentence }) => sentence)].join(' '),
    why: t(
      'A port of the layer, or a checkpoint that was trained with the usual formula, produces different outputs.',
    ),
    advice: t(
      'Compare the forward pass with the library’s layer of this name, and use the library’s layer if both should compute the same.',
    ),
    refute: t('A class that differs on purpose, such as one that reproduces an older model.'),
  };
}
