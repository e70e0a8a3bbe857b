import { type AnalysisOptions, layoutOf } from '../../src/model/analysis';
import type { AmbiguousNumbers, BareNumberMeaning, LayerEntry, Layout } from '../../src/model/catalog';
import type { OptionChanges } from '../../src/protocol/panelApi';
import type { RunData } from './runData';

/**
 * Something that was assumed and could be otherwise. The first answer is the other reading; the second, what is assumed,
 * is absent where nothing is left to say but the way back.
 */
export interface Assumption {
  readonly kind: 'layout' | 'numbers';
  readonly severity: 'question';
  readonly text: string;
  readonly actions: readonly { readonly label: string; readonly changes: Partial<OptionChanges> }[];
}

/** What is assumed of the layer in view and of the run, most telling first. */
export function assumptionsOf({ catalog, options }: RunData, layer: LayerEntry): readonly Assumption[] {
  if (catalog === undefined) return [];
  const assumptions = [layoutAssumption(catalog.layers, options, layer)];
  if (catalog.numbers !== undefined) assumptions.push(numbersAssumption(catalog.numbers, options.numbers));
  return assumptions.filter((assumption) => assumption !== undefined);
}

function isUndecided({ fullName, otherLayout }: LayerEntry, options: AnalysisOptions): boolean {
  return otherLayout !== undefined && !Object.hasOwn(options.layouts, fullName);
}

/** One answer for all layers of which the same is assumed: frameworks and recorders have one order throughout. */
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
  const whose = alike.length === 1 ? 'this layer' : `${alike.length} layers`;
  return {
    kind: 'layout',
    severity: 'question',
    text: `${assumed} is assumed for ${whose} (here [${layer.shape.join(', ')}]); it could be ${otherLayout}.`,
    actions: [
      { label: `Use ${otherLayout}`, changes: layoutChanges(otherLayout) },
      { label: `Keep ${assumed}`, changes: layoutChanges(assumed) },
    ],
  };
}

const READINGS: Readonly<Record<BareNumberMeaning, string>> = {
  step: 'steps',
  layer: 'part of the layers’ names',
};

function numbersAssumption(
  { guess, example }: AmbiguousNumbers,
  chosen: BareNumberMeaning | undefined,
): Assumption | undefined {
  if (chosen === guess) return undefined;
  const other = guess === 'step' ? 'layer' : 'step';
  const numbers = `Numbers in names such as ${example} are`;
  return chosen === undefined
    ? {
        kind: 'numbers',
        severity: 'question',
        text: `${numbers} taken for ${READINGS[guess]}.`,
        actions: [
          { label: `Read them as ${READINGS[other]}`, changes: { numbers: other } },
          { label: 'Keep', changes: { numbers: guess } },
        ],
      }
    : {
        kind: 'numbers',
        severity: 'question',
        text: `${numbers} read as ${READINGS[other]}, as you chose.`,
        actions: [{ label: `Read them as ${READINGS[guess]}`, changes: { numbers: null } }],
      };
}
