import { type LogOutputChannel, Uri, window, workspace } from 'vscode';
import type { Problem } from '../model/problem';
import type { Session } from './session/session';

/** Everything that went wrong, in full, and one message a run that says so. */
export interface Log {
  readonly channel: LogOutputChannel;
  report(session: Session, problems: readonly Problem[]): void;
}

/** Milliseconds in which problems of one run are gathered into one message. */
const GATHER = 1000;

export function createLog(): Log {
  const channel = window.createOutputChannel('Normscope', { log: true });
  const gathering = new Map<Session, Problem[]>();

  async function tell(session: Session): Promise<void> {
    const problems = gathering.get(session) ?? [];
    gathering.delete(session);
    const [first] = problems;
    if (first === undefined) return;
    const message =
      problems.length === 1
        ? describe(first)
        : `${problems.length} tensors or files of ${session.title} could not be read; the others are shown. First: ${describe(first)}`;
    const tellWith = session.catalog === undefined ? window.showErrorMessage : window.showWarningMessage;
    if ((await tellWith(message, 'Show Log')) === 'Show Log') channel.show(true);
  }

  return {
    channel,
    report: (session, problems) => {
      for (const problem of problems) channel.warn(describe(problem));
      if (problems.length === 0) return;
      const gathered = gathering.get(session);
      if (gathered !== undefined) gathered.push(...problems);
      else {
        gathering.set(session, [...problems]);
        setTimeout(() => void tell(session), GATHER);
      }
    },
  };
}

function describe({ path, tensor, message }: Problem): string {
  const file = path === '' ? '' : workspace.asRelativePath(Uri.parse(path));
  const where = [file, tensor ?? ''].filter((part) => part !== '').join(', ');
  return where === '' ? message : `${where}: ${message}`;
}
