import { t } from '@vscode/l10n';
import type { LayerEntry, RunCatalog } from '../model/catalog';
import type { Finding } from '../model/findings';
import type { FindingsInput } from './input';
import { className, isOwn } from './modules';
import { holdsIn } from './words';

/** Maximum number of elements. With two elements, x̂ is ±1 whatever their values; with one element, it is 0. */
const FEW = 2;

interface FewElements {
  readonly layer: LayerEntry;
  readonly size: number;
}

/**
 * Finds layer, group, and instance normalization whose units have one or two elements, so that its output is constant
 * or ±1 (times γ, plus β), such as GroupNorm(32, 64) on a vector. Returns one finding.
 */
export function smallUnitFindings({ catalog }: FindingsInput): Finding[] {
  const found = catalog.layers.flatMap((layer): FewElements[] => {
    const size = unitSize(catalog, layer);
    return size === undefined || size > FEW ? [] : [{ layer, size }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { layer, size } = first;
  return [
    {
      kind: 'small-units',
      severity: found.some((each) => each.size === 1) ? 'error' : 'warning',
      layer: layer.id,
      layers: found.map((each) => each.layer.id),
      step: layer.steps[0],
      title:
        size === 1
          ? t('{0} normalizes single elements: its output is constant', layer.name)
          : t('{0} normalizes pairs of elements: its output is ±1', layer.name),
      evidence: holdsIn(
        size === 1
          ? t('{0} on [{1}] has one element in each unit.', declaration(layer), layer.shape.join(', '))
          : t('{0} on [{1}] has two elements in each unit.', declaration(layer), layer.shape.join(', ')),
        found.map((each) => each.layer.name),
      ),
      why: t('Such a unit keeps only the sign of a difference, or nothing at all.'),
      advice: t(
        'Use fewer groups (GroupNorm(1, …) is layer normalization over the sample), or layer normalization.',
      ),
      refute: t('Other inputs to the same layer that have more positions.'),
    },
  ];
}

function declaration(layer: LayerEntry): string {
  const { groups, normalizedShape } = layer;
  const argument = groups ?? normalizedShape?.join(', ');
  return argument === undefined ? className(layer) : `${className(layer)}(${argument})`;
}

/** Number of elements that share one mean and standard deviation; undefined for other layers. */
function unitSize({ layers }: RunCatalog, layer: LayerEntry): number | undefined {
  if (layer.input === undefined || isOwn(layer)) return undefined;
  const shape = layers[layer.input]?.shape ?? layer.shape;
  const [, method] = /^(Layer|Group|Instance)Norm/u.exec(className(layer)) ?? [];
  const [samples, channels] = [extentOf(layer, shape, 'N'), extentOf(layer, shape, 'C')];
  const perSample = shape.reduce((product, extent) => product * extent, 1) / samples;
  if (method === 'Group' && layer.groups !== undefined) return perSample / layer.groups;
  if (method === 'Instance') return perSample / channels;
  if (method === 'Layer') return layer.normalizedShape?.reduce((product, extent) => product * extent, 1);
  return undefined;
}

function extentOf({ layout }: LayerEntry, shape: readonly number[], role: 'N' | 'C'): number {
  const axis = layout.indexOf(role);
  return axis < 0 ? 1 : shape[axis];
}
