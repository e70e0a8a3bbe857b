import type { Notice, NoticeAction } from '../state/notices';
import { noticesOf } from '../state/notices';
import type { RunData } from '../state/runData';
import type { Selection } from '../state/selection';
import { usePanel } from './context';
import { Icon } from './Icon';

const SEVERITY_WORDS: Readonly<Record<Notice['severity'], string>> = {
  error: 'Error',
  warning: 'Warning',
  note: 'Note',
  question: 'Question',
};

/** What one should know of the run and the layer in view: sentences first, then what opens to evidence and advice. */
export function NoticesView({ data, selection }: { data: RunData; selection: Selection }) {
  const notices = noticesOf(data, selection.layer);
  const findings = notices.filter(({ details }) => details !== undefined);
  return (
    <>
      {notices
        .filter(({ details }) => details === undefined)
        .map((notice) => (
          <Sentence key={keyOf(notice)} notice={notice} />
        ))}
      {findings.length > 0 && (
        <section class="findings" aria-label="Findings">
          <ul>
            {findings.map((notice) => (
              <Finding key={keyOf(notice)} notice={notice} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function keyOf({ kind, text, actions }: Notice): string {
  return JSON.stringify([kind, text, actions.map(({ label }) => label)]);
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

function Finding({ notice: { kind, severity, text, details, actions } }: { notice: Notice }) {
  return (
    <li data-notice={kind} data-severity={severity}>
      <details>
        <summary title={details?.evidence}>
          <span class={`severity ${severity}`}>
            <Icon name={severity === 'note' ? 'info' : severity} />
            <span class="visually-hidden">{SEVERITY_WORDS[severity]}: </span>
          </span>
          {text}
        </summary>
        <p>{details?.evidence}</p>
        <p class="muted">{details?.advice}</p>
      </details>
      {actions.map((action) => (
        <ActionButton key={action.label} action={action} />
      ))}
    </li>
  );
}

function ActionButton({ action }: { action: NoticeAction }) {
  const { actions } = usePanel();
  const act = () =>
    'changes' in action ? actions.setOptions(action.changes) : actions.navigate(action.navigation);
  return (
    <button type="button" class="link" data-notice-action onClick={act}>
      {action.label}
    </button>
  );
}
