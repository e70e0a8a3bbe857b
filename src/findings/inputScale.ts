import { t } from '@vscode/l10n';
import type { Finding } from '../model/findings';
import { type FindingsInput, figure } from './input';
import { measuredLayers, rmsOf } from './measured';

/**
 * Minimum root mean square. With inputs of order 1 and the initialization of PyTorch, Glorot, or He, the output of a
 * first layer is of order 1. With pixels from 0 to 255, it is 50 to 150.
 */
const LARGE = 30;

/**
 * Detects unscaled inputs [LeCun et al. 1998, §4.3]: the output of the first module is already large at its first
 * record, and no normalization layer reads it. Returns one finding, at that layer.
 */
export function inputScaleFindings(input: FindingsInput): Finding[] {
  const first = measuredLayers(input).find(({ layer }) => layer.id === 0);
  if (first?.layer.module === undefined) return [];
  const { layer, known, series } = first;
  const [{ record, summary }] = known;
  const rms = rmsOf(summary);
  const isBeginning = record === series[0] && record.step === input.catalog.steps[0];
  if (!isBeginning || layer.normalizedBy !== undefined || layer.input !== undefined || !(rms >= LARGE))
    return [];
  if (/^(u?int|bool)/u.test(layer.dtype)) return [];
  return [
    {
      kind: 'input-scale',
      severity: 'warning',
      layer: layer.id,
      layers: [layer.id],
      step: record.step,
      variant: record.variant,
      title: t(
        '{0} is large from the start: root mean square {1} at step {2}',
        layer.name,
        figure(rms),
        record.step,
      ),
      evidence: t(
        'It is the first recorded layer, and no normalization layer reads its output. With inputs of order 1, its output is of order 1.',
      ),
      why: t(
        'Large inputs make the loss steep in the first layer’s weights and flat in the others, and saturate later layers.',
      ),
      advice: t(
        'Scale the inputs to mean 0 and variance 1, or add a normalization layer after the first layer.',
      ),
      refute: t('Standardized inputs and a layer that scales them up on purpose.'),
    },
  ];
}
