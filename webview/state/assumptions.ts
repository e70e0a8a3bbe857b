import { t } from '@vscode/l10n';
import type { AnalysisOptions } from '../../src/model/analysis';
import type { LayerEntry, Layout } from '../../src/model/catalog';
import { layoutGuesses, layoutGuessText } from '../../src/model/layoutGuesses';
import { isAnswered, type Question, readingLabel, readingOf, readingText } from '../../src/model/questions';
import type { OptionChanges } from '../../src/protocol/panelApi';
import type { RunData } from './runData';

/**
 * An assumption that could be wrong. The first actions switch to the other readings. The last keeps what is assumed;
 * it is absent if there is only the way back.
 */
export interface Assumption {
  readonly kind: 'layout' | 'reading';
  readonly severity: 'question';
  readonly text: string;
  readonly actions: readonly { readonly label: string; readonly changes: Partial<OptionChanges> }[];
}

/** What is assumed of the layer in view and of the run, the most important first. */
export function assumptionsOf({ catalog, options }: RunData, layer: LayerEntry): readonly Assumption[] {
  if (catalog === undefined) return [];
  const assumptions = [
    layoutAssumption(catalog.layers, options, layer),
    ...(catalog.questions ?? []).map((question) => readingAssumption(question, options)),
  ];
  return assumptions.filter((assumption) => assumption !== undefined);
}

/** One answer for all layers with the same assumption: frameworks and recorders use one order throughout. */
function layoutAssumption(
  layers: readonly LayerEntry[],
  options: AnalysisOptions,
  layer: LayerEntry,
): Assumption | undefined {
  const guess = layoutGuesses(layers, options).find((each) => each.layers.includes(layer));
  if (guess === undefined) return undefined;
  const layoutChanges = (layout: Layout): Partial<OptionChanges> => ({
    layouts: {
      ...options.layouts,
      ...Object.fromEntries(guess.layers.map(({ fullName }) => [fullName, layout])),
    },
  });
  return {
    kind: 'layout',
    severity: 'question',
    text: layoutGuessText(guess, layer),
    actions: [
      ...guess.others.map((other) => ({ label: t('Use {0}', other), changes: layoutChanges(other) })),
      { label: t('Keep {0}', guess.layout), changes: layoutChanges(guess.layout) },
    ],
  };
}

/** How names or axes are read: while it is a guess, or where the person chose otherwise and may go back. */
function readingAssumption(question: Question, { readings }: AnalysisOptions): Assumption | undefined {
  const { id, guess, others } = question;
  const reading = readingOf(question, readings);
  const choose = (choice: string) => ({ readings: { ...readings, [id]: choice } });
  const offer = (choice: string) => ({ label: readingLabel(question, choice), changes: choose(choice) });
  if (isAnswered(question, readings) && reading === guess) return undefined;
  const { [id]: _, ...rest } = readings ?? {};
  return {
    kind: 'reading',
    severity: 'question',
    text: readingText(question, reading),
    actions:
      reading === guess
        ? [...others.map(offer), { label: t('Keep'), changes: choose(guess) }]
        : [{ label: readingLabel(question, guess), changes: { readings: rest } }],
  };
}
