import { t } from '@vscode/l10n';
import type { LayerEntry } from '../model/catalog';
import type { Candidate } from './detector';
import type { FindingsInput } from './input';
import { className, isConvolution } from './modules';

/**
 * Finds normalization layers that read the unchanged output of another layer but use a different axis for the
 * channels. Linear and recurrent layers, embeddings, and layer normalization keep features on the last axis; batch,
 * group, and instance normalization use axis 1 [shapes in the PyTorch documentation]. Convolutions use axis 1, and
 * layer normalization over a single axis uses the last. Such code runs only if both axes have the same size, by
 * chance or on purpose.
 */
export function channelAxisFindings({ catalog: { layers, steps } }: FindingsInput): Candidate[] {
  return layers.flatMap((norm): Candidate[] => {
    const read = norm.input === undefined ? undefined : layers[norm.input];
    if (read === undefined || read.fullName.endsWith('.input')) return [];
    const rank = read.shape.length;
    const [given, taken] = [channelsGiven(read), channelsTaken(norm)];
    if (given === undefined || taken === undefined || rank < 3 || (given - taken) % rank === 0) return [];
    const axes = [(given + rank) % rank, (taken + rank) % rank];
    return [findingOf(read, norm, axes, steps[0])];
  });
}

/** Axis of a layer's features; negative values count from the end. */
function channelsGiven(layer: LayerEntry): number | undefined {
  if (isConvolution(layer)) return 1;
  const name = className(layer);
  // Over several axes, such as channels, height and width, it says nothing about where the channels are.
  if (name === 'LayerNorm') return layer.normalizedShape?.length === 1 ? -1 : undefined;
  return /^(Linear|LazyLinear|Embedding|LSTM|GRU|RNN)$/u.test(name) ? -1 : undefined;
}

/**
 * Axis of a normalization layer's channels. Defined only for PyTorch's own classes, which cannot reorder their input.
 */
function channelsTaken({ module = '', normalizedShape, ownForward }: LayerEntry): number | undefined {
  if (ownForward === true) return undefined;
  const name = /^torch\.nn\.(?:modules\.\w+\.)?(\w+)$/u.exec(module)?.[1] ?? '';
  if (/^((Sync)?BatchNorm[123]?d?|InstanceNorm[123]d|GroupNorm)$/u.test(name)) return 1;
  return name === 'LayerNorm' && normalizedShape?.length === 1 ? -1 : undefined;
}

function findingOf(
  read: LayerEntry,
  norm: LayerEntry,
  [given, taken]: readonly number[],
  step: number,
): Candidate {
  const { shape } = read;
  return {
    kind: 'channel-axis',
    cause: [className(read), className(norm), given, taken].join(' '),
    severity: 'warning',
    isOriginKnown: true,
    layer: norm.id,
    layers: [read.id, norm.id],
    step,
    title: t(
      '{0} uses axis {1} for channels, but {2} has them on axis {3}',
      norm.name,
      taken,
      read.name,
      given,
    ),
    evidence: t(
      'The output of {0} ({1}) has shape [{2}], with features on axis {3}. {4} ({5}) reads it unchanged and expects channels on axis {6}.',
      ...[read.name, className(read), shape.join(', '), given, norm.name, className(norm), taken],
    ),
    why: t('The layer then normalizes and scales positions instead of features.'),
    advice: t(
      'Transpose the axes around the normalization layer, or use a layer that expects the channels there.',
    ),
    refute: t('A network that normalizes along this axis on purpose.'),
  };
}
