import { t } from '@vscode/l10n';
import { EventEmitter, type Memento, Uri, workspace } from 'vscode';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../model/analysis';
import type { Problem } from '../../model/problem';
import { runKey } from '../../model/runKey';
import type { KernelLink } from '../kernel/kernelLink';
import { settings } from '../settings';
import { Session } from './session';
import { type SessionFindings, trackFindings } from './sessionFindings';
import { watchRun } from './watchRun';

/** Settings that the kernel gets when it starts. */
const KERNEL_SETTINGS = ['memoryBudget', 'workers', 'cacheSize'];

/** The open runs, and which one is current. */
export interface Runs {
  readonly sessions: readonly Session[];
  readonly current: Session | undefined;
  /** Fires when a run is opened or closed, another run becomes current, or results arrive. */
  readonly onDidChange: EventEmitter<void>['event'];
  /** Opens these roots, unless they are open, and makes their session current. */
  open(roots: readonly string[]): Session;
  setCurrent(session: Session): void;
  /** The findings of a session that was opened here. */
  findingsOf(session: Session): SessionFindings;
  /** Does nothing if the session is closed. */
  close(session: Session): void;
  dispose(): void;
}

export function runs(
  kernel: KernelLink,
  memory: Memento,
  report: (session: Session, problems: readonly Problem[]) => void,
): Runs {
  const changed = new EventEmitter<void>();
  const sessions = new Map<string, Session>();
  const watches = new Map<Session, { dispose(): void }>();
  const findings = new WeakMap<Session, SessionFindings>();
  let current: Session | undefined;

  function create(roots: readonly string[]): Session {
    const key = `options:${runKey(roots)}`;
    const session: Session = new Session(roots, titleOf(roots), {
      kernel,
      options: { ...DEFAULT_OPTIONS, ...settings().options, ...memory.get<Partial<AnalysisOptions>>(key) },
      remember: (options) => void memory.update(key, options),
      report: (problems) => report(session, problems),
    });
    session.onChange(() => changed.fire());
    const found = trackFindings(session);
    found.onChange(() => changed.fire());
    findings.set(session, found);
    sessions.set(session.key, session);
    void session.open().then(() => {
      if (sessions.get(session.key) === session) watchAsSet(session);
    });
    return session;
  }

  function watchAsSet(session: Session): void {
    const isDue = settings().watch === 'auto';
    const watch = watches.get(session);
    if (isDue && watch === undefined) watches.set(session, watchRun(session));
    else if (!isDue) unwatch(session);
  }

  function unwatch(session: Session): void {
    watches.get(session)?.dispose();
    watches.delete(session);
  }

  function end(session: Session): void {
    unwatch(session);
    findings.get(session)?.dispose();
    session.dispose();
  }

  const listening = workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('normscope.watch'))
      for (const each of sessions.values()) watchAsSet(each);
    if (KERNEL_SETTINGS.some((name) => change.affectsConfiguration(`normscope.${name}`))) {
      const goOn = [...sessions.values()].map((session) => session.suspend());
      kernel.restart();
      for (const each of goOn) each();
    }
  });

  return {
    get sessions() {
      return [...sessions.values()];
    },
    get current() {
      return current;
    },
    onDidChange: changed.event,
    open: (roots) => {
      current = sessions.get(runKey(roots)) ?? create(roots);
      changed.fire();
      return current;
    },
    findingsOf: (session) => {
      const found = findings.get(session);
      if (found === undefined) throw new Error('The run was not opened here.');
      return found;
    },
    setCurrent: (session) => {
      if (current === session) return;
      current = session;
      changed.fire();
    },
    close: (session) => {
      if (sessions.get(session.key) !== session) return;
      end(session);
      sessions.delete(session.key);
      if (current === session) current = [...sessions.values()].at(-1);
      changed.fire();
    },
    dispose: () => {
      listening.dispose();
      for (const session of sessions.values()) end(session);
      sessions.clear();
      changed.dispose();
    },
  };
}

/** A name for the run until its catalog has one. */
function titleOf(roots: readonly string[]): string {
  const first = roots[0];
  if (first === undefined) return '';
  const path = workspace.asRelativePath(Uri.parse(first));
  const name = path.split('/').at(-1) ?? path;
  return roots.length === 1 ? name : t('{0} and {1} more', name, roots.length - 1);
}
