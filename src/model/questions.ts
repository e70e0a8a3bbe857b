import { t } from '@vscode/l10n';

/**
 * The ambiguities of a run:
 *
 * - `numbers`: the meaning of a number without a word, as in `acts_100`;
 * - `letters`: the meaning of a letter with a number, as in `acts_b7`;
 * - `moments`: whether dates and times distinguish moments of one run, or several runs;
 * - `pairs`: whether `before` and `after` are moments, or parts of names;
 * - `items`: the meaning of the number of a sample or prompt, as in `prompt_3`;
 * - `groups`: whether `step_1_000` is one number, or a step and a number after it;
 * - `epochs`: whether batches are counted over all epochs, or start again each epoch;
 * - `axes`: whether an axis of an array is steps or layers;
 * - `complex`: whether complex tensors are charted, as two channels.
 */
export type QuestionKind =
  | 'numbers'
  | 'letters'
  | 'moments'
  | 'pairs'
  | 'items'
  | 'groups'
  | 'epochs'
  | 'axes'
  | 'complex';

/** Part of names or shapes with more than one possible reading. */
export interface Question {
  /** Key for remembering the user's choice. */
  readonly id: string;
  readonly kind: QuestionKind;
  /**
   * One of the names, such as `acts_1` or `0/`; for `axes`, the shape, such as `[40, 5, 16]`; for `epochs`, an epoch and
   * a batch, such as `3, 120`.
   */
  readonly example: string;
  /** The reading that applies unless the user chooses another. */
  readonly guess: string;
  readonly others: readonly string[];
}

/** The readings that the user chose, by question. They change how a run is listed. */
export type Readings = Readonly<Record<string, string>>;

/**
 * Returns the reading of a question that applies: the user's choice if it is one of the possible ones, otherwise the
 * guess.
 */
export function readingOf({ id, guess, others }: Question, readings: Readings | undefined): string {
  const chosen =
    readings !== undefined && Object.hasOwn(readings, id) ? (readings[id] as string | undefined) : undefined;
  return chosen !== undefined && others.includes(chosen) ? chosen : guess;
}

/** Returns whether the user has answered the question. */
export function isAnswered({ id, guess, others }: Question, readings: Readings | undefined): boolean {
  if (readings === undefined || !Object.hasOwn(readings, id)) return false;
  return readings[id] === guess || others.includes(readings[id]);
}

/** Returns a sentence that states a reading of names or axes. */
export function readingText({ kind, example }: Question, reading: string): string {
  if (kind === 'axes') return axesText(example, reading);
  if (kind === 'epochs') return epochsText(example, reading);
  if (kind === 'groups')
    return reading === 'one'
      ? t('Steps in names such as {0} are read as one number with its digits in groups.', example)
      : t('Steps in names such as {0} are read as a step and a number after it.', example);
  if (kind === 'complex')
    return reading === 'channels'
      ? t('Complex tensors such as {0} are read as two channels: their real and imaginary parts.', example)
      : t('Complex tensors such as {0} are not charted.', example);
  if (kind === 'moments')
    return reading === 'step'
      ? t('Times in names such as {0} are read as consecutive steps of one run.', example)
      : t('Times in names such as {0} are read as part of the layers’ names.', example);
  if (kind === 'pairs')
    return reading === 'step'
      ? t('“Before” and “after” in names such as {0} are read as steps 0 and 1.', example)
      : t('“Before” and “after” in names such as {0} are read as part of the layers’ names.', example);
  if (reading === 'step') return t('Numbers in names such as {0} are read as steps.', example);
  if (reading === 'epoch') return t('Numbers in names such as {0} are read as epochs.', example);
  if (reading === 'batch') return t('Numbers in names such as {0} are read as batches.', example);
  if (reading === 'call') return t('Numbers in names such as {0} are read as samples of one step.', example);
  if (reading === 'rank') return t('Numbers in names such as {0} are read as ranks.', example);
  return t('Numbers in names such as {0} are read as part of the layers’ names.', example);
}

/** Returns the label of a button that chooses a reading. */
export function readingLabel({ kind }: Question, reading: string): string {
  if (kind === 'axes') return axesLabel(reading);
  if (kind === 'epochs')
    return reading === 'global' ? t('Batches Count over All Epochs') : t('Batches Restart Each Epoch');
  if (kind === 'complex') return reading === 'channels' ? t('Read as Two Channels') : t('Skip');
  if (kind === 'groups') return reading === 'one' ? t('Read as One Number') : t('Read as Two Numbers');
  if (reading === 'step') return t('Read as Steps');
  if (reading === 'epoch') return t('Read as Epochs');
  if (reading === 'batch') return t('Read as Batches');
  if (reading === 'call') return t('Read as Samples');
  if (reading === 'rank') return t('Read as Ranks');
  return t('Read as Parts of Names');
}

function epochsText(example: string, reading: string): string {
  const [epoch, batch] = example.split(', ');
  return reading === 'global'
    ? t('Batches are taken to be counted over all epochs: batch {1} of epoch {0} is step {1}.', epoch, batch)
    : t('Batches are taken to start again each epoch: steps are made of epochs and batches.');
}

/** The meaning of an array axis that is not an axis of a single record. */
export type AxisRole = 'step' | 'layer';

/** Returns the id of the question about an array's axes. It stores choices even if no question was asked. */
export function axesQuestionId(array: string): string {
  return `axes:${array}`;
}

/**
 * Encodes the roles of the axes as a reading, with one character per axis: `s` for steps, `l` for layers, `.` for the
 * others.
 */
export function axesReading(roles: readonly (AxisRole | null)[]): string {
  return roles.map((role) => (role === 'step' ? 's' : role === 'layer' ? 'l' : '.')).join('');
}

/** Decodes the roles in a reading; undefined if it does not fit an array with the given number of axes. */
export function axisRoles(reading: string, rank: number): readonly (AxisRole | null)[] | undefined {
  if (reading.length !== rank || !/^[sl.]*$/u.test(reading)) return undefined;
  const roles = [...reading].map((letter) => (letter === 's' ? 'step' : letter === 'l' ? 'layer' : null));
  const isTwice = (role: AxisRole) => roles.filter((each) => each === role).length > 1;
  return isTwice('step') || isTwice('layer') || roles.every((role) => role !== null) ? undefined : roles;
}

function axesText(example: string, reading: string): string {
  const [step, layer] = [reading.indexOf('s'), reading.indexOf('l')];
  if (step >= 0 && layer >= 0)
    return t(
      'In arrays such as {0}, axis {1} is read as steps and axis {2} as layers.',
      example,
      step,
      layer,
    );
  if (step >= 0) return t('In arrays such as {0}, axis {1} is read as steps.', example, step);
  if (layer >= 0) return t('In arrays such as {0}, axis {1} is read as layers.', example, layer);
  return t(
    'Arrays such as {0} are read as one layer at one step, but an axis could be steps or layers.',
    example,
  );
}

function axesLabel(reading: string): string {
  const [step, layer] = [reading.indexOf('s'), reading.indexOf('l')];
  if (step >= 0 && layer >= 0) return t('Axis {0} Is Steps, Axis {1} Is Layers', step, layer);
  if (step >= 0) return t('Axis {0} Is Steps', step);
  if (layer >= 0) return t('Axis {0} Is Layers', layer);
  return t('One Layer at One Step');
}
