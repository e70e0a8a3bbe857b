import assert from 'node:assert/strict';
import { findingsBeside } from '../../../../src/host/session/findingsBeside';
import type { Runs } from '../../../../src/host/session/runs';
import type { SessionFindings } from '../../../../src/host/session/sessionFindings';
import { type DiagnosisState, type Finding, findingKey } from '../../../../src/model/findings';
import { listedSessions } from './comparedSessions';

const texts = { title: 'It grows.', evidence: '', why: '', advice: '', refute: '' };
/** In layer b, which is layer 1 of the run and layer 0 of the other one. */
const GROWTH: Finding = { kind: 'growth', severity: 'warning', layer: 1, layers: [1], ...texts };

function stateOf(...findings: readonly Finding[]): DiagnosisState {
  const verdict = { severity: 'none', sentence: '', causes: 0 } as const;
  return { isCurrent: true, diagnosis: { verdict, findings, formulas: [] } };
}

/** The findings of a run that is compared with another; a test sets those of both. */
async function beside() {
  const { session, others } = await listedSessions();
  const [other] = others.values();
  const states = new Map([
    [session, stateOf(GROWTH)],
    [other, stateOf()],
  ]);
  let tell = () => {};
  const runs = {
    sessions: [session, other],
    findingsOf: (of) => ({
      get current() {
        return states.get(of) ?? { isCurrent: false };
      },
      onChange: () => ({ dispose: () => {} }),
      dispose: () => {},
    }),
    onDidChange: (listener) => {
      tell = listener as () => void;
      return { dispose: () => {} };
    },
  } satisfies Pick<Runs, 'sessions' | 'findingsOf' | 'onDidChange'> & {
    findingsOf: (of: never) => SessionFindings;
  };
  const findings = findingsBeside(session, runs);
  const sent: DiagnosisState[] = [];
  findings.onChange((state) => sent.push(state));
  const set = (of: typeof session, state: DiagnosisState) => {
    states.set(of, state);
    tell();
  };
  return { findings, sent, set, session, other };
}

describe('host: findings of a run beside those of another', () => {
  it('say which of them the other one does not have', async () => {
    const { findings, sent, set, other } = await beside();
    assert.deepEqual(findings.current.onlyHere, [findingKey(GROWTH)]);
    set(other, stateOf({ ...GROWTH, layer: 0, layers: [0] }));
    assert.deepEqual(
      sent.map(({ onlyHere }) => onlyHere),
      [[]],
    );
  });

  it('tell a change once, and are those of the run alone without another', async () => {
    const { findings, sent, set, session } = await beside();
    const state = stateOf();
    set(session, state);
    set(session, state);
    assert.equal(sent.length, 1);
    session.setOptions({ reference: 'first' });
    assert.equal(findings.current.onlyHere?.length ?? 0, 0);
  });
});
