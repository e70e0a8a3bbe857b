import { t } from '@vscode/l10n';
import type { Problem } from '../../src/model/problem';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';
import { richText } from './richText';

/** What a watched run shows before its first step. What cannot be read is listed above. */
function Waiting({ data }: { data: RunData }) {
  const { actions } = usePanel();
  const hasUnread = data.problems.some(({ code }) => code !== 'empty');
  return (
    <div class="empty" data-waiting>
      <h1>
        {hasUnread
          ? t('No activations found in {0}', data.title)
          : t('Waiting for the first step of {0}', data.title)}
      </h1>
      <p aria-live="polite">
        {richText(
          t('Start the training. Steps appear here as they are written to {0}, and the view follows them.'),
          data.roots.map((root) => <code key={root}>{readablePath(root)}</code>),
        )}
      </p>
      <p>
        {richText(
          t(
            'A step is one or more files (NumPy, safetensors, PyTorch, HDF5 or zarr) whose names contain the step, such as {0}.',
          ),
          <code>step_000100.safetensors</code>,
        )}
      </p>
      <p class="buttons">
        <button type="button" class="secondary" onClick={() => actions.run('openRun')}>
          {t('Open Another Run…')}
        </button>
      </p>
    </div>
  );
}

function listingText({ title, progress: { done } }: RunData): string {
  return done === 1 ? t('Listing {0}: 1 file', title) : t('Listing {0}: {1} files', title, done);
}

function readablePath(uri: string): string {
  const path = uri.replace(/^[a-z][\w+.-]*:\/\/[^/]*/iu, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** What the panel shows while there is nothing to chart, and what to do about it. */
export function EmptyState({ data, failures }: { data: RunData | undefined; failures: readonly Problem[] }) {
  const { actions } = usePanel();
  if (data === undefined && failures.length === 0) {
    return (
      <p class="empty">
        <Icon name="loading codicon-modifier-spin" /> {t('Opening…')}
      </p>
    );
  }
  if (data?.progress.state === 'listing') {
    return (
      <p class="empty" aria-live="polite">
        <Icon name="loading codicon-modifier-spin" /> {listingText(data)}{' '}
        <button type="button" class="link" onClick={actions.cancel}>
          {t('Cancel')}
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
      <h1>{wasCancelled ? t('Listing {0} was canceled', data.title) : t('No activations to show')}</h1>
      <p>
        {richText(
          t(
            'A run is a folder of activation dumps (NumPy, safetensors, PyTorch, HDF5, zarr or TensorBoard files) of a network’s layers at several training steps, such as {0}.',
          ),
          <code>step_000100.safetensors</code>,
        )}
      </p>
      {failures.map(({ message }) => (
        <p key={message}>{message}</p>
      ))}
      <p class="buttons">
        {wasCancelled && (
          <button type="button" onClick={actions.resume}>
            {t('Resume')}
          </button>
        )}
        <button type="button" onClick={() => actions.run('openRun')}>
          {t('Open Activation Run…')}
        </button>
        <button type="button" class="secondary" onClick={() => actions.run('openSample')}>
          {t('Open Sample Run')}
        </button>
      </p>
    </div>
  );
}
