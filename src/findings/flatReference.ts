import { t } from '@vscode/l10n';
import { DEFAULT_EPSILON, isDefined, type RecordSummary } from '../model/analysis';
import type { Candidate } from './detector';
import { type FindingsInput, figure } from './input';
import { layerNames } from './layerWords';

/**
 * Whether a record's raw σ is below ε, or below the default ε if the layer's own is larger. In units of such a σ,
 * every shift is large.
 */
export function isFlat(summary: RecordSummary | undefined): boolean {
  const deviation = deviationOf(summary);
  if (summary === undefined || deviation === undefined) return false;
  return deviation < Math.min(summary.epsilon, DEFAULT_EPSILON);
}

/** Returns a note about layers whose reference has a σ below ε. `flat` maps layer ids to reference record ids. */
export function flatReferences(
  { catalog, summaries }: FindingsInput,
  flat: ReadonlyMap<number, number>,
): readonly Candidate[] {
  const layers = [...flat.keys()].sort((a, b) => a - b);
  if (layers.length === 0) return [];
  const reference = catalog.records[flat.get(layers[0]) ?? 0];
  const summary = summaries.get(reference.id);
  const { name } = catalog.layers[layers[0]];
  const deviation = figure(deviationOf(summary) ?? Number.NaN);
  const epsilon = figure(summary?.epsilon ?? Number.NaN);
  return [
    {
      kind: 'flat-reference',
      severity: 'note',
      layer: layers[0],
      layers,
      step: reference.step,
      variant: reference.variant,
      title:
        layers.length === 1
          ? t('{0} has almost no spread at the reference step', name)
          : t('{0} layers have almost no spread at the reference step', layers.length),
      evidence:
        layers.length === 1
          ? t('σ is {0} at step {1}, below ε = {2}.', deviation, reference.step, epsilon)
          : t(
              'σ of {0} is {1} at step {2}, below ε = {3}. Affected layers: {4}.',
              ...[name, deviation, reference.step, epsilon, layerNames(catalog, layers)],
            ),
      why: t(
        'Shifts are in units of the reference’s σ, so every later step of such a layer shows a large shift.',
      ),
      advice: t(
        'Choose a reference step at which the layer is active. A residual branch that is initialized to zero is flat at the first step, which is expected.',
      ),
      refute: t('A spread at the reference step that is larger than rounding.'),
    },
  ];
}

function deviationOf(summary: RecordSummary | undefined): number | undefined {
  const raw = summary?.methods.none;
  return raw === undefined || !isDefined(raw) ? undefined : Math.sqrt(raw.variance);
}
