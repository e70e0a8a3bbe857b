import { t } from '@vscode/l10n';
import type { QuickPickItem } from 'vscode';
import type { AnalysisOptions } from '../../model/analysis';
import type { LayerEntry } from '../../model/catalog';
import { axesQuestionId, axesReading, axisRoles, type Readings } from '../../model/questions';

interface AxisChoice extends QuickPickItem {
  readonly value: { readonly readings: Readings };
}

/** The ways to say which axes of a layer's array hold steps or layers, for all arrays that are named alike. */
export function axisChoices({ array }: LayerEntry, { readings }: AnalysisOptions): readonly AxisChoice[] {
  if (array === undefined || array.shape.length < 2) return [];
  const { name, shape, axes } = array;
  const roles = axisRoles(axes, shape.length) ?? shape.map(() => null);
  const choose = (reading: string) => ({ readings: { ...readings, [axesQuestionId(name)]: reading } });
  const description = t('array of shape [{0}]', shape.join(', '));
  const choices = shape.flatMap((length, axis) =>
    (['step', 'layer'] as const).flatMap((role): AxisChoice[] => {
      const others = roles.map((each, i) => (i === axis ? role : each === role ? null : each));
      if (roles[axis] === role || axisRoles(axesReading(others), shape.length) === undefined) return [];
      return [
        {
          label:
            role === 'step'
              ? t('Axis {0} Is {1} Steps', axis, length)
              : t('Axis {0} Is {1} Layers', axis, length),
          description,
          value: choose(axesReading(others)),
        },
      ];
    }),
  );
  if (roles.every((role) => role === null)) return choices;
  const whole = axesReading(shape.map(() => null));
  return [{ label: t('One Layer at One Step'), description, value: choose(whole) }, ...choices];
}
