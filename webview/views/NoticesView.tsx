import type { Notice, NoticeAction } from '../state/notices';
import { noticesOf } from '../state/notices';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { Icon } from './Icon';

/** Notices about the run and the layer in view, one sentence each. */
export function NoticesView({ data, selection }: { data: RunData; selection: Selection }) {
  return (
    <>
      {noticesOf(data, selection.layer).map((notice) => (
        <Sentence key={`${notice.kind}\n${notice.text}`} notice={notice} />
      ))}
    </>
  );
}

function Sentence({ notice: { kind, severity, text, actions } }: { notice: Notice }) {
  return (
    <p class="remark" data-notice={kind} data-severity={severity}>
      <Icon name={severity === 'note' ? 'info' : severity} /> {text}{' '}
      {actions.map((action) => (
        <>
          <ActionButton action={action} />{' '}
        </>
      ))}
    </p>
  );
}

function ActionButton({ action: { label, changes } }: { action: NoticeAction }) {
  const { actions } = usePanel();
  return (
    <button type="button" class="link" data-notice-action onClick={() => actions.setOptions(changes)}>
      {label}
    </button>
  );
}
