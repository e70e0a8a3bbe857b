import type { Problem } from '../../src/model/problem';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';

/** A run that is open before its first step. */
function Waiting({ data }: { data: RunData }) {
  const { actions } = usePanel();
  return (
    <div class="empty" data-waiting>
      <h1>Waiting for the first step of {data.title}</h1>
      <p aria-live="polite">
        Start the training: steps are computed and drawn here as they are written to{' '}
        {data.roots.map((root) => (
          <code key={root}>{readablePath(root)}</code>
        ))}
        , and the view follows them.
      </p>
      <p>
        A step is one or more files (<code>.npy</code>, <code>.npz</code>, <code>.safetensors</code>,{' '}
        <code>.pt</code>, …) with the step in their name, such as <code>step_000100.safetensors</code>.
      </p>
      <p class="buttons">
        <button type="button" class="secondary" onClick={() => actions.run('openRun')}>
          Open Another Run…
        </button>
      </p>
    </div>
  );
}

function readablePath(uri: string): string {
  const path = uri.replace(/^[a-z][\w+.-]*:\/\/[^/]*/iu, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

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
  if (data?.progress.watched && data.catalog !== undefined && data.progress.state !== 'cancelled') {
    return <Waiting data={data} />;
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
