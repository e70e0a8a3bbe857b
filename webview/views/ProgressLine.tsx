import type { PanelProgress } from '../../src/protocol/panelApi';
import { usePanel } from './context';

/** How far the computation is, with Cancel or Resume; nothing once it is complete. */
export function ProgressLine({ progress }: { progress: PanelProgress }) {
  const { actions } = usePanel();
  const { state, done, total } = progress;
  if (state === 'complete') return null;
  return (
    <div class="progress">
      {state === 'computing' && (
        <progress max={total} value={done} aria-label={`Computing: ${done} of ${total} records`} />
      )}
      <span>
        {state === 'computing' && `Computing ${done} of ${total}`}
        {state === 'listing' && `Listing the run: ${done} files`}
        {state === 'cancelled' && `Cancelled at ${done} of ${total}`}
        {state === 'failed' && `Stopped at ${done} of ${total}`}
      </span>
      {state === 'computing' || state === 'listing' ? (
        <button type="button" class="link" onClick={actions.cancel}>
          Cancel
        </button>
      ) : (
        <button type="button" class="link" onClick={actions.resume}>
          {state === 'failed' ? 'Try again' : 'Resume'}
        </button>
      )}
    </div>
  );
}
