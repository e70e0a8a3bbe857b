import { t } from '@vscode/l10n';
import type { Problem } from '../../src/model/problem';
import { problemsOf } from '../state/problems';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';

/** Problems that are listed; the others are in the log. */
const SHOWN = 50;

/** Everything that could not be read or shown, folded into one line. */
export function ProblemsView({ data, failures }: { data: RunData; failures: readonly Problem[] }) {
  const { actions } = usePanel();
  const problems = problemsOf({ data, failures });
  if (problems.length === 0) return null;
  const unrecognized = problems.filter(({ code }) => code === 'unrecognized').length;
  const read = problems.length - unrecognized;
  const parts = [
    ...(read === 0 ? [] : [read === 1 ? t('1 problem') : t('{0} problems', read)]),
    ...(unrecognized === 0
      ? []
      : [unrecognized === 1 ? t('1 item skipped') : t('{0} items skipped', unrecognized)]),
  ];
  return (
    <details class="problems" data-problems={problems.length} open={data.catalog === undefined}>
      <summary>
        <Icon name="warning" /> {parts.join(', ')}
      </summary>
      <ul>
        {problems.slice(0, SHOWN).map((problem, i) => (
          // The same problem may occur twice, so its position is its key.
          <ProblemLine key={i} problem={problem} />
        ))}
      </ul>
      <button type="button" class="link" onClick={() => actions.run('showLog')}>
        {problems.length > SHOWN ? t('Show {0} More in the Log', problems.length - SHOWN) : t('Show Log')}
      </button>
    </details>
  );
}

function ProblemLine({ problem: { path, tensor, message } }: { problem: Problem }) {
  const where = place(path, tensor);
  return (
    <li>
      {where !== '' && <code>{where}</code>} {message}
    </li>
  );
}

function place(path: string, tensor: string | undefined): string {
  const file = decode(path.slice(path.lastIndexOf('/') + 1));
  return [file, tensor ?? ''].filter((part) => part !== '').join(' › ');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
