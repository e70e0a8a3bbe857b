import type { Problem } from '../../src/protocol/problem';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';

/** What is shown where there is nothing to chart, and what to do about it. */
export function EmptyState({ data, failures }: { data: RunData | undefined; failures: readonly Problem[] }) {
  const { actions } = usePanel();
  if (data === undefined && failures.length === 0) {
    return (
      <p class="empty">
        <Icon name="loading codicon-modifier-spin" /> Opening…
      </p>
    );
  }
  if (data?.progress.state === 'listing') {
    return (
      <p class="empty" aria-live="polite">
        <Icon name="loading codicon-modifier-spin" /> Listing {data.title}: {data.progress.done} files{' '}
        <button type="button" class="link" onClick={actions.cancel}>
          Cancel
        </button>
      </p>
    );
  }
  const wasCancelled = data?.progress.state === 'cancelled';
  return (
    <div class="empty">
      <h1>{wasCancelled ? `Listing ${data.title} was cancelled` : 'No activations to show'}</h1>
      <p>
        A run is a folder of dumps (<code>.npy</code>, <code>.npz</code>, <code>.safetensors</code>,{' '}
        <code>.pt</code> or <code>.pth</code>) of a network’s layers at several training steps, such as{' '}
        <code>step_000100.safetensors</code>.
      </p>
      {failures.map(({ message }) => (
        <p key={message}>{message}</p>
      ))}
      <p class="buttons">
        {wasCancelled && (
          <button type="button" onClick={actions.resume}>
            Resume
          </button>
        )}
        <button type="button" onClick={() => actions.run('openRun')}>
          Open Activation Run…
        </button>
        <button type="button" class="secondary" onClick={() => actions.run('openSample')}>
          Open Sample Run
        </button>
      </p>
    </div>
  );
}
