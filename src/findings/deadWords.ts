import { t } from '@vscode/l10n';
import type { LayerEntry } from '../model/catalog';
import type { Finding } from '../model/findings';
import { listed } from './input';
import { holdsIn } from './words';

/**
 * Why a channel is dead: the layer's own scale is 0, a rectifier zeroes it, or an earlier layer makes it constant.
 */
export type DeathCause = 'scale' | 'rectifier' | 'constant';

/** The dead channels of one layer. */
export interface DeadLayer {
  readonly layer: LayerEntry;
  readonly cause: DeathCause;
  readonly dead: ReadonlySet<number>;
  readonly channels: number;
  /** Whether all dead channels are 0 instead of another constant. */
  readonly areZero: boolean;
  /** First step at which most of these channels are dead. */
  readonly step: number;
  readonly variant: number;
}

/**
 * Returns the sentences of a finding about dead channels. `own`: layers where dead channels originate. `behind`:
 * names of the later layers that pass them on.
 */
export function deadWords(
  cause: DeathCause,
  origin: DeadLayer,
  own: readonly DeadLayer[],
  behind: readonly string[],
): Pick<Finding, 'title' | 'evidence' | 'why' | 'advice' | 'refute'> {
  return {
    title: titleOf(cause, origin, own),
    evidence: evidenceOf(cause, origin, own, behind),
    ...WORDS[cause](),
  };
}

function titleOf(cause: DeathCause, origin: DeadLayer, own: readonly DeadLayer[]): string {
  const { layer, dead, channels, areZero, step } = origin;
  if (dead.size === channels)
    return areZero
      ? t('{0} has output only zeros since step {1}', layer.name, step)
      : t('{0} has had the same output for every input since step {1}', layer.name, step);
  if (own.length > 1)
    return t(
      '{0} of {1} channels in {2} layers are dead, starting in {3} at step {4}',
      ...[deadOf(own), channelsOf(own), own.length, layer.name, step],
    );
  return cause === 'scale'
    ? t(
        '{0} of {1} channels of {2} have been dead since step {3}: γ is 0',
        ...[dead.size, channels, layer.name, step],
      )
    : t('{0} of {1} channels of {2} have been dead since step {3}', dead.size, channels, layer.name, step);
}

function evidenceOf(
  cause: DeathCause,
  origin: DeadLayer,
  own: readonly DeadLayer[],
  behind: readonly string[],
): string {
  const sentence = holdsIn(
    ofOrigin(cause, origin),
    own.map(({ layer }) => layer.name),
  );
  return behind.length === 0 ? sentence : t('{0} Later layers pass them on: {1}.', sentence, listed(behind));
}

function ofOrigin(cause: DeathCause, { layer, dead, areZero, step }: DeadLayer): string {
  const which = listed([...dead].sort((a, b) => a - b));
  if (cause === 'scale')
    return t(
      'γ of {0} is 0 in channel {1}, mostly since step {2}, so the output of these channels is the same in every sample.',
      ...[layer.name, which, step],
    );
  return areZero
    ? t(
        'Zero in every sample up to the last step, mostly since step {0}: channel {1} of {2}.',
        ...[step, which, layer.name],
      )
    : t(
        'The same value in every sample up to the last step, mostly since step {0}: channel {1} of {2}.',
        ...[step, which, layer.name],
      );
}

function deadOf(all: readonly DeadLayer[]): number {
  return all.reduce((sum, each) => sum + each.dead.size, 0);
}

function channelsOf(all: readonly DeadLayer[]): number {
  return all.reduce((sum, each) => sum + each.channels, 0);
}

const WORDS: Readonly<Record<DeathCause, () => Pick<Finding, 'why' | 'advice' | 'refute'>>> = {
  scale: () => ({
    why: t('A scale of 0 blocks the signal of its channel, and the gradient to earlier layers.'),
    advice: t(
      'Nothing is wrong if channels were pruned. Otherwise, exclude γ and β from weight decay and L1 penalties.',
    ),
    refute: t(
      'A γ that becomes nonzero at later steps, as in a residual branch that is initialized with γ = 0.',
    ),
  }),
  rectifier: () => ({
    why: t('A rectifier whose input stays below 0 passes no gradient, so its channel cannot recover.'),
    advice: t(
      'Try a lower learning rate or warmup, normalization before the activation, or a leaky activation.',
    ),
    refute: t('Other inputs, for which these channels are not 0.'),
  }),
  constant: () => ({
    why: t('A channel with a single value gives later layers no information about the input.'),
    advice: t(
      'Check this layer’s weights: rows of zeros output only the bias. Also check whether its input is masked or constant.',
    ),
    refute: t('Other inputs, for which these channels differ.'),
  }),
};
