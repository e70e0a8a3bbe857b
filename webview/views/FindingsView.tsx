import { t } from '@vscode/l10n';
import { useRef, useState } from 'preact/hooks';
import { type Finding, findingKey, type Severity } from '../../src/model/findings';
import type { PanelCatalog } from '../../src/protocol/panelApi';
import { placesOf, sinceWords, type VerdictLine, verdictLine } from '../state/findings';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';
import { useDismiss } from './useDismiss';

const DRAWER = 'findings-drawer';

const ICONS: Readonly<Record<VerdictLine['severity'], string>> = {
  error: 'error',
  warning: 'warning',
  none: 'pass',
  pending: 'ellipsis',
};

/** The verdict in a line of fixed height, and the findings in a drawer over the charts, so that nothing moves. */
export function FindingsView({ data }: { data: RunData }) {
  const [isOpen, setOpen] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);
  const { severity, sentence, count, isStale } = verdictLine(data);
  const findings = data.diagnosis.diagnosis?.findings ?? [];
  const { catalog } = data;
  const isShown = isOpen && findings.length > 0 && catalog !== undefined;
  useDismiss(isShown, () => setOpen(false), toggle);
  return (
    <section
      class={`verdict ${severity}${isStale ? ' stale' : ''}`}
      data-verdict={severity}
      data-stale={isStale}
    >
      <button
        ref={toggle}
        type="button"
        class="verdict-line"
        aria-expanded={isShown}
        aria-controls={DRAWER}
        disabled={findings.length === 0}
        title={isStale ? t('{0} (of the last finished computation)', sentence) : sentence}
        onClick={() => setOpen(!isShown)}
      >
        <Icon name={ICONS[severity]} />
        <span class="sentence">{sentence}</span>
        {count !== '' && (
          <span class="count">
            {count} <Icon name={isShown ? 'chevron-up' : 'chevron-down'} />
          </span>
        )}
      </button>
      {catalog !== undefined && (
        <section id={DRAWER} class="drawer" aria-label={t('Findings')} hidden={!isShown}>
          <FindingList
            findings={findings}
            catalog={catalog}
            onlyHere={data.diagnosis.onlyHere ?? []}
            onLeave={() => setOpen(false)}
          />
        </section>
      )}
    </section>
  );
}

interface ListProps {
  readonly findings: readonly Finding[];
  readonly catalog: PanelCatalog;
  /** Findings that the run which this one is compared with does not have, by their keys. */
  readonly onlyHere: readonly string[];
  /** Called when the person goes to a layer. */
  readonly onLeave: () => void;
}

function FindingList({ findings, ...props }: ListProps) {
  return (
    <ul>
      {findings.map((finding) => (
        <FindingItem key={findingKey(finding)} finding={finding} {...props} />
      ))}
    </ul>
  );
}

function FindingItem({ finding, ...props }: Omit<ListProps, 'findings'> & { finding: Finding }) {
  const { catalog, onlyHere, onLeave } = props;
  const { actions } = usePanel();
  const { kind, severity, title, evidence, why, advice, refute, consequences = [] } = finding;
  const since = sinceWords(finding);
  return (
    <li data-finding={kind} data-severity={severity}>
      <details
        onToggle={({ currentTarget }) => {
          if (currentTarget.open) currentTarget.scrollIntoView({ block: 'nearest' });
        }}
      >
        <summary>
          <span class={`severity ${severity}`}>
            <Icon name={severity === 'note' ? 'info' : severity} />
            <span class="visually-hidden">{severityWords(severity)}: </span>
          </span>
          {title}
          {onlyHere.includes(findingKey(finding)) && (
            <small class="badge" data-only-here>
              {t('only in this run')}
            </small>
          )}
          {consequences.length > 0 && <span class="muted"> {followingWords(consequences.length)}</span>}
        </summary>
        <dl>
          {since !== undefined && <Detail term={t('Since when')} text={since} />}
          <Detail term={t('Figures')} text={evidence} />
          <Detail term={t('Why it matters')} text={why} />
          <Detail term={t('What to try')} text={advice} />
          <Detail term={t('What would refute it')} text={refute} />
        </dl>
        <p>
          {placesOf(finding, catalog).map(({ label, navigation }) => (
            <button
              key={label}
              type="button"
              class="link"
              data-place
              onClick={() => {
                onLeave();
                actions.navigate(navigation);
              }}
            >
              {label}
            </button>
          ))}
          <button type="button" class="link" data-definition onClick={() => actions.openDefinition(kind)}>
            {t('How this is determined')}
          </button>
        </p>
        {consequences.length > 0 && (
          <section aria-label={t('What follows from it')}>
            <FindingList findings={consequences} {...props} />
          </section>
        )}
      </details>
    </li>
  );
}

function Detail({ term, text }: { term: string; text: string }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </>
  );
}

function severityWords(severity: Severity): string {
  if (severity === 'error') return t('Error');
  return severity === 'warning' ? t('Warning') : t('Note');
}

function followingWords(count: number): string {
  return count === 1 ? t('1 more follows from it') : t('{0} more follow from it', count);
}
