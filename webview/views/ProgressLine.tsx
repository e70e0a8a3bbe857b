import { t } from '@vscode/l10n';
import type { PanelProgress } from '../../src/protocol/panelApi';
import { usePanel } from './context';

/** The progress of the computation, with Cancel or Resume; nothing once it is complete. */
export function ProgressLine({ progress }: { progress: PanelProgress }) {
  const { actions } = usePanel();
  const { state, done, total } = progress;
  if (state === 'complete') return null;
  return (
    <div class="progress">
      {state === 'computing' && (
        <progress max={total} value={done} aria-label={t('Computing: {0} of {1} tensors', done, total)} />
      )}
      <span>{progressText(progress)}</span>
      {state === 'computing' || state === 'listing' ? (
        <button type="button" class="link" onClick={actions.cancel}>
          {t('Cancel')}
        </button>
      ) : (
        <button type="button" class="link" onClick={actions.resume}>
          {state === 'failed' ? t('Try Again') : t('Resume')}
        </button>
      )}
    </div>
  );
}

function progressText({ state, done, total }: PanelProgress): string {
  if (state === 'computing') return t('Computing {0} of {1}', done, total);
  if (state === 'cancelled') return t('Canceled at {0} of {1}', done, total);
  if (state === 'failed') return t('Stopped at {0} of {1}', done, total);
  return done === 1 ? t('Listing the run: 1 file') : t('Listing the run: {0} files', done);
}
