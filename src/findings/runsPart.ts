import { t } from '@vscode/l10n';
import type { LayerEntry, RecordEntry } from '../model/catalog';
import type { Detector } from './detector';
import type { ComparedRun } from './input';
import { stepBefore } from './origin';
import { type Parting, partingInTurns, partingLine } from './parting';

/** Most differences that are listed. */
const LISTED = 5;

/**
 * Finds where the run parts from the run that is its reference. It is a warning if both are equal up to a layer, since
 * they then got the same input there; runs that differ from the beginning, such as other seeds, get a note. Runs only on
 * complete results.
 */
export const runsPartFindings: Detector = function* (input) {
  const { catalog, comparison, isComplete } = input;
  if (!isComplete || comparison === undefined || comparison.comparisons.size === 0) return [];
  const parting = yield* partingInTurns(input, comparison);
  const { firstDifference, aboveNoise } = parting;
  const first = firstDifference?.record ?? aboveNoise?.record;
  if (first === undefined) return [];
  const isParting = firstDifference?.isAfterEqual === true;
  const layers = firstDifference?.layers ?? [first.layer];
  const isPlaced = firstDifference?.isOrderKnown !== false || layers.length === 1;
  const after = isParting ? stepBefore(catalog, first) : undefined;
  return [
    {
      kind: 'runs-part',
      severity: isParting ? 'warning' : 'note',
      ...(isPlaced && { layer: first.layer }),
      layers,
      step: first.step,
      ...(after !== undefined && { after }),
      variant: first.variant,
      isOriginKnown: true,
      title: titleOf(input.catalog.layers[first.layer].name, first.step, comparison, isPlaced),
      evidence: [
        partingLine(input, parting),
        ...settings(catalog.layers, comparison, first),
        ...size(parting),
      ].join(' '),
      why: isParting
        ? t(
            'Up to there, both runs computed the same, so what differs between them is in this layer or just before it.',
          )
        : t(
            'Runs with other seeds or data differ from the beginning. Only what is above noise then tells them apart.',
          ),
      advice: isParting
        ? t(
            'Compare this layer’s code, settings and library version in both runs, and the data and random state at this step.',
          )
        : t(
            'Start both runs from one checkpoint, seed and data order to see the first operation that differs.',
          ),
      refute: isParting
        ? t('The same run repeated differs here too: then the operation is not deterministic.')
        : t('Further runs of the other kind that are as far from each other.'),
    },
  ];
};

function titleOf(layer: string, step: number, { join }: ComparedRun, isPlaced: boolean): string {
  const { name } = join.other;
  return isPlaced
    ? t('{0} first differs from {1} at step {2}', layer, name, step)
    : t('The run first differs from {0} at step {1}', name, step);
}

/** How many elements differ. */
function size({ firstDifference }: Parting): readonly string[] {
  if (firstDifference === undefined) return [];
  const { elements, of } = firstDifference.difference;
  return [t('{0} of its {1} elements differ.', elements, of)];
}

/** What the layer declares otherwise in the two runs. */
function settings(
  layers: readonly LayerEntry[],
  { join }: ComparedRun,
  first: RecordEntry,
): readonly string[] {
  const other = join.layers[first.layer]?.other;
  if (other === undefined) return [];
  const [own, its] = [layers[first.layer], join.other.layers[other]].map(declared);
  const keys = [...new Set([...own.keys(), ...its.keys()])];
  const partner = join.partnerOf(first);
  const texts = keys
    .filter((key) => own.get(key) !== its.get(key))
    .map((key) =>
      t('{0} is {1} here and {2} there', key, own.get(key) ?? t('unknown'), its.get(key) ?? t('unknown')),
    );
  if (partner?.training !== undefined && first.training !== undefined && partner.training !== first.training)
    texts.unshift(
      first.training
        ? t('it is in training mode here and in evaluation mode there')
        : t('it is in evaluation mode here and in training mode there'),
    );
  if (texts.length === 0) return [];
  return [t('Its settings differ: {0}.', texts.slice(0, LISTED).join('; '))];
}

function declared({
  module,
  class: own,
  epsilon,
  groups,
  momentum,
  attributes = {},
}: LayerEntry): ReadonlyMap<string, string> {
  const figures = Object.entries({ ...attributes, eps: epsilon, num_groups: groups, momentum });
  const texts = figures.flatMap(([key, value]) =>
    value === undefined ? [] : [[key, JSON.stringify(value)] as const],
  );
  const name = own ?? module;
  return new Map<string, string>([...(name === undefined ? [] : [['class', name] as const]), ...texts]);
}
