import { missingFrom } from '../../findings/missingFrom';
import { type DiagnosisState, findingKey } from '../../model/findings';
import type { Runs } from './runs';
import type { Session } from './session';
import type { SessionFindings } from './sessionFindings';

/** The findings of a session; while it is compared with another run, also which of them that run does not have. */
export function findingsBeside(
  session: Session,
  runs: Pick<Runs, 'sessions' | 'findingsOf' | 'onDidChange'>,
): SessionFindings {
  const own = runs.findingsOf(session);
  let made: { readonly parts: readonly unknown[]; readonly state: DiagnosisState } | undefined;

  function current(): DiagnosisState {
    const { other, join } = session.comparison;
    const beside = runs.sessions.find(({ key }) => key === other?.key);
    const { diagnosis } = own.current;
    const others =
      beside === undefined || beside === session ? undefined : runs.findingsOf(beside).current.diagnosis;
    if (others === undefined || diagnosis === undefined || join === undefined) return own.current;
    const parts = [own.current, others, join];
    if (!made?.parts.every((part, i) => part === parts[i])) {
      const missing = missingFrom(diagnosis.findings, others.findings, (id) => join.layers[id]?.other);
      made = { parts, state: { ...own.current, onlyHere: missing.map(findingKey) } };
    }
    return made.state;
  }

  const listeners = new Set<(state: DiagnosisState) => void>();
  let last = current();
  const tell = () => {
    const next = current();
    if (next === last) return;
    last = next;
    for (const listener of listeners) listener(next);
  };
  const listening = [own.onChange(tell), runs.onDidChange(tell)];
  return {
    get current() {
      return current();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    dispose: () => {
      for (const each of listening) each.dispose();
      listeners.clear();
    },
  };
}
