import { t } from '@vscode/l10n';
import type { LayerEntry } from '../../src/model/catalog';
import type { OtherRun } from '../../src/model/reference';
import type { RunJoin } from '../../src/model/runJoin';
import type { PanelCatalog } from '../../src/protocol/panelApi';

/** A layer, the one of the other run that belongs to it, and how or why not. */
export interface LayerJoin {
  readonly layer: LayerEntry;
  readonly other: LayerEntry | undefined;
  readonly words: string;
}

/** How the layers of a run and of another one belong together, in the order of the run. */
export function layerJoins(
  { layers }: Pick<PanelCatalog, 'layers'>,
  join: Pick<RunJoin<never>, 'layers'> & { readonly other: Pick<PanelCatalog, 'layers'> },
  chosen: OtherRun['layers'] = {},
): readonly LayerJoin[] {
  return layers.map((layer) => {
    const { other, by } = join.layers[layer.id] ?? {};
    const found = other === undefined ? undefined : join.other.layers[other];
    return { layer, other: found, words: by === undefined ? whyNone(layer, chosen) : howWords(by) };
  });
}

function howWords(by: 'choice' | 'name' | 'order'): string {
  switch (by) {
    case 'choice':
      return t('chosen');
    case 'name':
      return t('same name');
    case 'order':
      return t('same type and order');
  }
}

function whyNone(layer: LayerEntry, chosen: NonNullable<OtherRun['layers']>): string {
  if (Object.hasOwn(chosen, layer.fullName))
    return chosen[layer.fullName] === null
      ? t('none, chosen')
      : t('the chosen layer does not exist or belongs to another one');
  const type = layer.class ?? layer.module;
  return type === undefined
    ? t('no layer of this name; the type is not known')
    : t('no layer of this name, and not as many {0} without a partner', type);
}
