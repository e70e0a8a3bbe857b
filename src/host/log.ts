import { t } from '@vscode/l10n';
import { commands, type LogOutputChannel, Uri, window, workspace } from 'vscode';
import { type Problem, toProblem } from '../model/problem';
import { formatThrown } from '../model/thrownError';
import { MESSAGE_GATHER } from './session/pacing';
import type { Session } from './session/session';

/** A problem, and when it was logged. */
export interface LoggedProblem {
  readonly time: Date;
  readonly problem: Problem;
}

/** Logs everything that goes wrong, in full, and shows one message for each run. */
export interface Log {
  readonly channel: LogOutputChannel;
  /** The last problems, the newest last; an issue report contains them. */
  readonly recent: readonly LoggedProblem[];
  report(session: Session, problems: readonly Problem[]): void;
  /** Logs what was thrown while `doing`. The caller shows the message. */
  failure(doing: string, error: unknown): void;
}

const RECENT = 20;

export function createLog(): Log {
  const channel = window.createOutputChannel('Normscope', { log: true });
  const gathering = new Map<Session, Problem[]>();
  const recent: LoggedProblem[] = [];
  /** The trace that was logged last. A defect in every record needs it only once. */
  let lastTrace = '';

  function write(problem: Problem, doing?: string): void {
    recent.push({ time: new Date(), problem });
    if (recent.length > RECENT) recent.shift();
    const what = doing === undefined ? describe(problem) : `${doing}: ${describe(problem)}`;
    const trace = problem.cause === undefined ? '' : formatThrown(problem.cause);
    const isRepeated = trace !== '' && trace === lastTrace;
    if (trace !== '') lastTrace = trace;
    const text = trace === '' ? what : `${what}\n${isRepeated ? '    (same stack as above)' : trace}`;
    if (problem.code === 'internal') channel.error(text);
    else channel.warn(text);
  }

  async function show(session: Session): Promise<void> {
    const problems = gathering.get(session) ?? [];
    gathering.delete(session);
    const [first] = problems;
    if (first === undefined) return;
    const message =
      problems.length === 1
        ? describe(first)
        : t(
            '{0} tensors or files of {1} could not be read. The first problem: {2}',
            problems.length,
            session.title,
            describe(first),
          );
    const isDefect = problems.some(({ code }) => code === 'internal');
    const showMessage = session.catalog === undefined ? window.showErrorMessage : window.showWarningMessage;
    await offerActions(showMessage, message, isDefect);
  }

  return {
    channel,
    recent,
    report: (session, problems) => {
      for (const problem of problems) write(problem);
      if (problems.length === 0) return;
      const gathered = gathering.get(session);
      if (gathered !== undefined) gathered.push(...problems);
      else {
        gathering.set(session, [...problems]);
        setTimeout(() => void show(session), MESSAGE_GATHER);
      }
    },
    failure: (doing, error) => write(toProblem(error, ''), doing),
  };
}

type ShowMessage = (message: string, ...actions: string[]) => Thenable<string | undefined>;

/** Shows a message with a button for the log and, for a defect, a button for an issue report. */
export async function offerActions(
  showMessage: ShowMessage,
  message: string,
  isDefect: boolean,
): Promise<void> {
  const [log, issue] = [t('Show Log'), t('Report Issue…')];
  const answer = await showMessage(message, ...(isDefect ? [log, issue] : [log]));
  if (answer === log) void commands.executeCommand('normscope.showLog');
  else if (answer === issue) void commands.executeCommand('normscope.reportIssue');
}

function describe({ path, tensor, message }: Problem): string {
  const file = path === '' ? '' : workspace.asRelativePath(Uri.parse(path));
  const where = [file, tensor ?? ''].filter((part) => part !== '').join(', ');
  return where === '' ? message : t('{0}: {1}', where, message);
}
