import type { Problem } from '../../src/model/problem';
import type { RunData } from '../state/runData';
import { usePanel } from './context';
import { Icon } from './Icon';

/** More than these are in the log. */
const SHOWN = 50;

/** Everything that could not be read or shown, folded into one line. */
export function ProblemsView({ data, failures }: { data: RunData; failures: readonly Problem[] }) {
  const { actions } = usePanel();
  const problems = [...failures, ...data.problems];
  const unrecognised = data.catalog?.unrecognised ?? [];
  if (problems.length + unrecognised.length === 0) return null;
  const parts = [
    ...(problems.length === 0
      ? []
      : [`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`]),
    ...(unrecognised.length === 0 ? [] : [`${unrecognised.length} not recognised`]),
  ];
  const lines = [
    ...problems.map(({ path, tensor, message }) => ({ where: place(path, tensor), what: message })),
    ...unrecognised.map(({ path, tensor, reason }) => ({ where: place(path, tensor), what: reason })),
  ];
  return (
    <details
      class="problems"
      data-problems={problems.length}
      data-unrecognised={unrecognised.length}
      open={data.catalog === undefined}
    >
      <summary>
        <Icon name="warning" /> {parts.join(', ')}
      </summary>
      <ul>
        {lines.slice(0, SHOWN).map(({ where, what }, i) => (
          // The list only grows at its end.
          <li key={i}>
            {where !== '' && <code>{where}</code>} {what}
          </li>
        ))}
      </ul>
      <button type="button" class="link" onClick={() => actions.run('showLog')}>
        {lines.length > SHOWN ? `${lines.length - SHOWN} more in the log` : 'Show Log'}
      </button>
    </details>
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
