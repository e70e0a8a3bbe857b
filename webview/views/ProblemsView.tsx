import type { Problem } from '../../src/model/problem';
import { problemsOf } from '../state/problems';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';

/** More than these are in the log. */
const SHOWN = 50;

/** Everything that could not be read or shown, folded into one line. */
export function ProblemsView({ data, failures }: { data: RunData; failures: readonly Problem[] }) {
  const { actions } = usePanel();
  const problems = problemsOf({ data, failures });
  if (problems.length === 0) return null;
  const unrecognized = problems.filter(({ code }) => code === 'unrecognized').length;
  const read = problems.length - unrecognized;
  const parts = [
    ...(read === 0 ? [] : [`${read} ${read === 1 ? 'problem' : 'problems'}`]),
    ...(unrecognized === 0 ? [] : [`${unrecognized} not recognized`]),
  ];
  return (
    <details class="problems" data-problems={problems.length} open={data.catalog === undefined}>
      <summary>
        <Icon name="warning" /> {parts.join(', ')}
      </summary>
      <ul>
        {problems.slice(0, SHOWN).map((problem, i) => (
          // A problem may come twice, so that its place is its key.
          <ProblemLine key={i} problem={problem} />
        ))}
      </ul>
      <button type="button" class="link" onClick={() => actions.run('showLog')}>
        {problems.length > SHOWN ? `${problems.length - SHOWN} more in the log` : 'Show Log'}
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
