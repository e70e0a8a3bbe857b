import { t } from '@vscode/l10n';
import { type AnalysisOptions, layoutOf } from '../../src/model/analysis';
import type { AmbiguousNumbers, BareNumberMeaning, LayerEntry, Layout } from '../../src/model/catalog';
import type { OptionChanges } from '../../src/protocol/panelApi';
import type { RunData } from './runData';

/**
 * An assumption that could be wrong. The first action switches to the other reading. The second keeps what is assumed;
 * it is absent if there is only the way back.
 */
export interface Assumption {
  readonly kind: 'layout' | 'numbers';
  readonly severity: 'question';
  readonly text: string;
  readonly actions: readonly { readonly label: string; readonly changes: Partial<OptionChanges> }[];
}

/** What is assumed of the layer in view and of the run, the most important first. */
export function assumptionsOf({ catalog, options }: RunData, layer: LayerEntry): readonly Assumption[] {
  if (catalog === undefined) return [];
  const assumptions = [layoutAssumption(catalog.layers, options, layer)];
  if (catalog.numbers !== undefined) assumptions.push(numbersAssumption(catalog.numbers, options.numbers));
  return assumptions.filter((assumption) => assumption !== undefined);
}

function isUndecided({ fullName, otherLayout }: LayerEntry, options: AnalysisOptions): boolean {
  return otherLayout !== undefined && !Object.hasOwn(options.layouts, fullName);
}

/** One answer for all layers with the same assumption: frameworks and recorders use one order throughout. */
function layoutAssumption(
  layers: readonly LayerEntry[],
  options: AnalysisOptions,
  layer: LayerEntry,
): Assumption | undefined {
  const { otherLayout } = layer;
  if (otherLayout === undefined || !isUndecided(layer, options)) return undefined;
  const assumed = layoutOf(layer, options);
  const alike = layers.filter(
    (each) =>
      isUndecided(each, options) && layoutOf(each, options) === assumed && each.otherLayout === otherLayout,
  );
  const layoutChanges = (layout: Layout): Partial<OptionChanges> => ({
    layouts: { ...options.layouts, ...Object.fromEntries(alike.map(({ fullName }) => [fullName, layout])) },
  });
  const shape = layer.shape.join(', ');
  return {
    kind: 'layout',
    severity: 'question',
    text:
      alike.length === 1
        ? t(
            'The layout of this layer, [{0}], is assumed to be {1}. It could be {2}.',
            shape,
            assumed,
            otherLayout,
          )
        : t(
            'The layout of {0} layers, here [{1}], is assumed to be {2}. It could be {3}.',
            alike.length,
            shape,
            assumed,
            otherLayout,
          ),
    actions: [
      { label: t('Use {0}', otherLayout), changes: layoutChanges(otherLayout) },
      { label: t('Keep {0}', assumed), changes: layoutChanges(assumed) },
    ],
  };
}

function numbersAssumption(
  { guess, example }: AmbiguousNumbers,
  chosen: BareNumberMeaning | undefined,
): Assumption | undefined {
  if (chosen === guess) return undefined;
  const other = guess === 'step' ? 'layer' : 'step';
  if (chosen === undefined)
    return {
      kind: 'numbers',
      severity: 'question',
      text:
        guess === 'step'
          ? t('Numbers in names such as {0} are assumed to be steps.', example)
          : t('Numbers in names such as {0} are assumed to be part of the layer names.', example),
      actions: [
        { label: readLabel(other), changes: { numbers: other } },
        { label: t('Keep'), changes: { numbers: guess } },
      ],
    };
  return {
    kind: 'numbers',
    severity: 'question',
    text:
      other === 'step'
        ? t('Numbers in names such as {0} are read as steps, as you chose.', example)
        : t('Numbers in names such as {0} are read as part of the layer names, as you chose.', example),
    actions: [{ label: readLabel(guess), changes: { numbers: null } }],
  };
}

function readLabel(meaning: BareNumberMeaning): string {
  return meaning === 'step' ? t('Read Them as Steps') : t('Read Them as Layer Names');
}
