import { t } from '@vscode/l10n';
import { isOtherRun, type ReferenceStep } from '../../src/model/reference';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { useChosen } from './useChosen';

/** A menu with more steps than this lists only those in use. */
const MAX_OPTIONS = 100;

/** Values of the menu that are no reference within the run. */
const OTHER_STEP = 'other';
const CURRENT_RUN = 'run';
const ANOTHER_RUN = 'runs';

/** Chooses what shifts are measured from: a step of the run, or another run. */
export function ReferenceSelect({ data, selection }: { data: RunData; selection: Selection }) {
  const { actions } = usePanel();
  const { reference } = data.options;
  const { series, record } = selection;
  const isLong = series.length > MAX_OPTIONS;
  const steps = [
    ...new Set([
      ...(isLong ? [record.step] : series.map(({ step }) => step)),
      ...(typeof reference === 'number' ? [reference] : []),
    ]),
  ].sort((a, b) => a - b);
  const [shown, choose] = useChosen(isOtherRun(reference) ? CURRENT_RUN : String(reference));
  return (
    <label>
      {t('reference')}{' '}
      <select
        aria-label={t('Reference step of the shift')}
        class="reference"
        title={data.other?.title}
        value={shown}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          if (chosen === CURRENT_RUN) return undefined;
          if (chosen !== OTHER_STEP && chosen !== ANOTHER_RUN) {
            choose(chosen);
            return actions.setOptions({ reference: parseStep(chosen) });
          }
          // The dialog may be canceled.
          event.currentTarget.value = shown;
          return actions.chooseOption(chosen === OTHER_STEP ? 'reference' : 'otherRun');
        }}
      >
        <option value="first">{t('first step')}</option>
        <option value="previous">{t('previous step')}</option>
        {steps.map((step) => (
          <option key={step} value={String(step)}>
            {t('step {0}', step)}
          </option>
        ))}
        {isLong && <option value={OTHER_STEP}>{t('Other…')}</option>}
        {isOtherRun(reference) && (
          <option value={CURRENT_RUN}>{data.other?.title ?? t('another run')}</option>
        )}
        <option value={ANOTHER_RUN}>{t('Another run…')}</option>
      </select>
    </label>
  );
}

function parseStep(value: string): ReferenceStep {
  return value === 'first' || value === 'previous' ? value : Number(value);
}
