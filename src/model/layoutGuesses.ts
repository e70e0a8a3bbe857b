import { t } from '@vscode/l10n';
import { type AnalysisOptions, layoutOf } from './analysis';
import type { LayerEntry, Layout } from './catalog';

/** A guessed layout with an alternative, and the layers with the same guess. */
export interface LayoutGuess {
  readonly layout: Layout;
  /** The likeliest first. */
  readonly others: readonly Layout[];
  readonly layers: readonly LayerEntry[];
}

/** Guessed layouts that were not confirmed although others are as plausible, grouped by guess. */
export function layoutGuesses(
  layers: readonly LayerEntry[],
  options: AnalysisOptions,
): readonly LayoutGuess[] {
  const guesses = new Map<string, { layout: Layout; others: readonly Layout[]; layers: LayerEntry[] }>();
  for (const layer of layers) {
    const { fullName, otherLayouts } = layer;
    if (otherLayouts === undefined || Object.hasOwn(options.layouts, fullName)) continue;
    const layout = layoutOf(layer, options);
    const key = [layout, ...otherLayouts].join();
    const known = guesses.get(key);
    if (known === undefined) guesses.set(key, { layout, others: otherLayouts, layers: [layer] });
    else known.layers.push(layer);
  }
  return [...guesses.values()];
}

/** A sentence on a guess; `shown`: one of its layers, whose shape is shown. */
export function layoutGuessText({ layout, others, layers }: LayoutGuess, { shape }: LayerEntry): string {
  const extents = shape.join(', ');
  const [other, third] = others;
  if (layers.length === 1)
    return third === undefined
      ? t('The layout of this layer, [{0}], is assumed to be {1}. It could be {2}.', extents, layout, other)
      : t(
          'The layout of this layer, [{0}], is assumed to be {1}. It could be {2} or {3}.',
          extents,
          layout,
          other,
          third,
        );
  return third === undefined
    ? t(
        'The layout of {0} layers, here [{1}], is assumed to be {2}. It could be {3}.',
        layers.length,
        extents,
        layout,
        other,
      )
    : t(
        'The layout of {0} layers, here [{1}], is assumed to be {2}. It could be {3} or {4}.',
        layers.length,
        extents,
        layout,
        other,
        third,
      );
}
