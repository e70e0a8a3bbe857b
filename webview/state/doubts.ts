import { type AnalysisOptions, layoutOf } from '../../src/model/analysis';
import type { LayerEntry, Layout, NumbersDoubt, NumbersReading } from '../../src/model/catalog';
import type { Knobs } from '../../src/protocol/panelApi';
import type { RunData } from './runData';

/** Something that was assumed and could be otherwise: what to tell, and what each answer turns. */
export interface Doubt {
  readonly kind: 'layout' | 'numbers';
  readonly text: string;
  /** The other reading. */
  readonly other: Answer;
  /** What is assumed, from now on known; absent where nothing is left to say but the way back. */
  readonly keep?: Answer;
}

export interface Answer {
  readonly label: string;
  readonly knobs: Partial<Knobs>;
}

/** What is assumed of the layer in view and of the run, most telling first. */
export function doubtsOf({ catalog, options }: RunData, layer: LayerEntry): readonly Doubt[] {
  if (catalog === undefined) return [];
  const doubts = [layoutDoubt(catalog.layers, options, layer)];
  if (catalog.numbers !== undefined) doubts.push(numbersDoubt(catalog.numbers, options.numbers));
  return doubts.filter((doubt) => doubt !== undefined);
}

function isUndecided({ fullName, otherLayout }: LayerEntry, options: AnalysisOptions): boolean {
  return otherLayout !== undefined && !Object.hasOwn(options.layouts, fullName);
}

/** One answer for all layers of which the same is assumed: frameworks and recorders have one order throughout. */
function layoutDoubt(
  layers: readonly LayerEntry[],
  options: AnalysisOptions,
  layer: LayerEntry,
): Doubt | undefined {
  const { otherLayout } = layer;
  if (otherLayout === undefined || !isUndecided(layer, options)) return undefined;
  const assumed = layoutOf(layer, options);
  const alike = layers.filter(
    (each) =>
      isUndecided(each, options) && layoutOf(each, options) === assumed && each.otherLayout === otherLayout,
  );
  const knobs = (layout: Layout): Partial<Knobs> => ({
    layouts: { ...options.layouts, ...Object.fromEntries(alike.map(({ fullName }) => [fullName, layout])) },
  });
  const whose = alike.length === 1 ? 'this layer' : `${alike.length} layers`;
  return {
    kind: 'layout',
    text: `${assumed} is assumed for ${whose} (here [${layer.shape.join(', ')}]); it could be ${otherLayout}.`,
    other: { label: `Use ${otherLayout}`, knobs: knobs(otherLayout) },
    keep: { label: `Keep ${assumed}`, knobs: knobs(assumed) },
  };
}

const READINGS: Readonly<Record<NumbersReading, string>> = {
  step: 'steps',
  layer: 'part of the layers’ names',
};

function numbersDoubt(
  { guess, example }: NumbersDoubt,
  chosen: NumbersReading | undefined,
): Doubt | undefined {
  if (chosen === guess) return undefined;
  const other = guess === 'step' ? 'layer' : 'step';
  const numbers = `Numbers in names such as ${example} are`;
  return chosen === undefined
    ? {
        kind: 'numbers',
        text: `${numbers} taken for ${READINGS[guess]}.`,
        other: { label: `Read them as ${READINGS[other]}`, knobs: { numbers: other } },
        keep: { label: 'Keep', knobs: { numbers: guess } },
      }
    : {
        kind: 'numbers',
        text: `${numbers} read as ${READINGS[other]}, as you chose.`,
        other: { label: `Read them as ${READINGS[guess]}`, knobs: { numbers: null } },
      };
}
