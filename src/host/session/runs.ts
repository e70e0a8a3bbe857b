import { EventEmitter, type Memento, workspace } from 'vscode';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../model/analysis';
import type { Problem } from '../../model/problem';
import { isOtherRun, type OtherRun } from '../../model/reference';
import { runKey } from '../../model/runKey';
import type { KernelLink } from '../kernel/kernelLink';
import { settings } from '../settings';
import { titleOf } from './runTitle';
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
  /** The runs that were opened last, the newest first, each by its roots. */
  readonly recent: readonly (readonly string[])[];
  /** Another run as the reference of a session, with the layers that the person joined when they were compared before. */
  referenceTo(session: Pick<Session, 'key' | 'options'>, roots: readonly string[]): OtherRun;
  /** Closes a run whose last panel was closed, unless another run is compared with it. */
  leave(session: Session): void;
  /**
   * Closes a run; does nothing if it is closed. Returns the runs that were compared with it, whose reference is a step of
   * their own again.
   */
  close(session: Session): readonly Session[];
  dispose(): void;
}

/** Runs that are offered again. */
const RECENT = 12;
const RECENT_KEY = 'recentRuns';

export function runs(
  kernel: KernelLink,
  memory: Memento,
  report: (session: Session, problems: readonly Problem[]) => void,
): Runs {
  const changed = new EventEmitter<void>();
  const sessions = new Map<string, Session>();
  const watches = new Map<Session, { dispose(): void }>();
  const findings = new WeakMap<Session, SessionFindings>();
  /** The runs that a person opened. The others are open because one of these is compared with them. */
  const shown = new Set<Session>();
  let current: Session | undefined;

  const joinKey = (key: string, other: readonly string[]) => `layers:${key}\n\n${runKey(other)}`;
  const memoryKey = (roots: readonly string[]) => `options:${runKey(roots)}`;
  const remembered = (roots: readonly string[]): AnalysisOptions => ({
    ...DEFAULT_OPTIONS,
    ...settings().options,
    ...memory.get<Partial<AnalysisOptions>>(memoryKey(roots)),
  });
  const ownReference = () => settings().options.reference ?? DEFAULT_OPTIONS.reference;

  /** `isBehind`: the run is only compared with. Otherwise it would open the run that it was itself compared with. */
  function create(roots: readonly string[], isBehind: boolean): Session {
    const options = remembered(roots);
    const session: Session = new Session(roots, titleOf(roots), {
      kernel,
      options:
        isBehind && isOtherRun(options.reference) ? { ...options, reference: ownReference() } : options,
      remember: (next) => {
        void memory.update(memoryKey(roots), next);
        const { reference } = next;
        if (isOtherRun(reference) && reference.layers !== undefined)
          void memory.update(joinKey(session.key, reference.roots), reference.layers);
      },
      report: (problems) => report(session, problems),
      openOther: (others) => sessions.get(runKey(others)) ?? create(others, true),
      othersChanged: () => {
        closeUnused();
        changed.fire();
      },
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

  /** Closes the runs that have no panel and that no other run is compared with. */
  function closeUnused(): void {
    const used = new Set<Session>();
    const use = (session: Session) => {
      if (used.has(session)) return;
      used.add(session);
      for (const { key } of session.comparison.others) {
        const other = sessions.get(key);
        if (other !== undefined) use(other);
      }
    };
    shown.forEach(use);
    for (const session of [...sessions.values()]) if (!used.has(session)) remove(session);
  }

  function remove(session: Session): void {
    end(session);
    sessions.delete(session.key);
    shown.delete(session);
    if (current === session) current = [...shown].at(-1);
  }

  /** Takes a run that is being closed out of what others are compared with. Returns those that have no other run now. */
  function withdraw({ key }: Session): readonly Session[] {
    return [...sessions.values()].filter((session) => {
      const { reference } = session.options;
      if (!isOtherRun(reference)) return false;
      const isReference = runKey(reference.roots) === key;
      const group = reference.group?.filter((roots) => runKey(roots) !== key);
      if (isReference) session.setOptions({ reference: ownReference() });
      else if (group !== undefined && group.length !== reference.group?.length)
        session.setOptions({ reference: { ...reference, group } });
      return isReference;
    });
  }

  /** A run that was only compared with takes up its own comparison. */
  function noteShown(session: Session): void {
    if (shown.has(session)) return;
    shown.add(session);
    const { reference } = remembered(session.roots);
    if (isOtherRun(reference) && !isOtherRun(session.options.reference)) session.setOptions({ reference });
  }

  const recentRuns = () => memory.get<readonly (readonly string[])[]>(RECENT_KEY) ?? [];

  function noteRecent(roots: readonly string[]): void {
    const others = recentRuns().filter((each) => runKey(each) !== runKey(roots));
    void memory.update(RECENT_KEY, [roots, ...others].slice(0, RECENT));
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
      const session = sessions.get(runKey(roots)) ?? create(roots, false);
      noteShown(session);
      current = session;
      noteRecent(roots);
      changed.fire();
      return session;
    },
    get recent() {
      return recentRuns();
    },
    referenceTo: ({ key, options: { reference } }, roots) => {
      if (isOtherRun(reference) && runKey(reference.roots) === runKey(roots)) return reference;
      const layers = memory.get<OtherRun['layers']>(joinKey(key, roots));
      return { roots, ...(layers !== undefined && { layers }) };
    },
    findingsOf: (session) => {
      const found = findings.get(session);
      if (found === undefined) throw new Error('The run was not opened here.');
      return found;
    },
    setCurrent: (session) => {
      if (sessions.get(session.key) === session) noteShown(session);
      if (current === session) return;
      current = session;
      changed.fire();
    },
    leave: (session) => {
      shown.delete(session);
      if (current === session) current = [...shown].at(-1);
      closeUnused();
      changed.fire();
    },
    close: (session) => {
      if (sessions.get(session.key) !== session) return [];
      remove(session);
      const alone = withdraw(session);
      closeUnused();
      changed.fire();
      return alone;
    },
    dispose: () => {
      listening.dispose();
      for (const session of sessions.values()) end(session);
      sessions.clear();
      changed.dispose();
    },
  };
}
