import assert from 'node:assert/strict';
import { runs as createRuns, type Runs } from '../../../../src/host/session/runs';
import type { Session } from '../../../../src/host/session/session';
import { fakeKernel } from '../kernel/fakeKernel';

const [A, B, C] = ['a', 'b', 'c'].map((name) => [`file:///${name}`]);

/** What the workspace remembers, and open runs, which are never listed. */
function openRuns(remembered = new Map<string, unknown>()) {
  const memory = {
    keys: () => [...remembered.keys()],
    get: (key: string) => remembered.get(key),
    update: async (key: string, value: unknown) => void remembered.set(key, value),
  };
  return { runs: createRuns(fakeKernel().link, memory as never, () => {}), remembered };
}

const openOf = ({ sessions }: Runs) => sessions.map(({ title }) => title);

function compared(runs: Runs, group?: readonly (readonly string[])[]): Session {
  const session = runs.open(A);
  session.setOptions({ reference: { roots: B, ...(group && { group }) } });
  return session;
}

describe('host: open runs', () => {
  it('include those that one is compared with, while it is', () => {
    const { runs } = openRuns();
    const session = compared(runs, [C]);
    assert.deepEqual(openOf(runs), ['a', 'b', 'c']);
    assert.equal(runs.current, session);
    session.setOptions({ reference: { roots: B } });
    assert.deepEqual(openOf(runs), ['a', 'b']);
    session.setOptions({ reference: 'first' });
    assert.deepEqual(openOf(runs), ['a']);
    runs.dispose();
  });

  it('stay open without a panel only while another is compared with them', () => {
    const { runs } = openRuns();
    const session = compared(runs);
    const other = runs.open(B);
    runs.leave(other);
    assert.deepEqual(openOf(runs), ['a', 'b']);
    assert.equal(runs.current, session);
    runs.leave(session);
    assert.deepEqual(openOf(runs), []);
    assert.equal(runs.current, undefined);
    runs.dispose();
  });

  it('are no longer compared with a run that is closed', () => {
    const { runs } = openRuns();
    const session = compared(runs, [C]);
    const [, other, kin] = runs.sessions;
    assert.deepEqual(runs.close(kin), []);
    assert.deepEqual(session.options.reference, { roots: B, group: [], layouts: {} });
    assert.deepEqual(runs.close(other), [session]);
    assert.equal(session.options.reference, 'first');
    assert.deepEqual(openOf(runs), ['a']);
    assert.deepEqual(runs.close(other), []);
    runs.dispose();
  });

  it('are compared again when they are opened again', () => {
    const { runs, remembered } = openRuns();
    compared(runs);
    runs.dispose();
    const again = openRuns(remembered).runs;
    again.open(A);
    assert.deepEqual(openOf(again), ['a', 'b']);
    again.dispose();
  });

  it('that are only compared with do not open others, until they are opened themselves', () => {
    const { runs, remembered } = openRuns();
    runs.open(B).setOptions({ reference: { roots: C } });
    runs.dispose();
    const again = openRuns(remembered).runs;
    compared(again);
    assert.deepEqual(openOf(again), ['a', 'b']);
    again.open(B);
    assert.deepEqual(openOf(again), ['a', 'b', 'c']);
    again.dispose();
  });

  it('may be compared with one another', () => {
    const { runs } = openRuns();
    compared(runs);
    const other = runs.open(B);
    other.setOptions({ reference: { roots: A } });
    assert.deepEqual(openOf(runs), ['a', 'b']);
    for (const session of runs.sessions) runs.leave(session);
    assert.deepEqual(openOf(runs), []);
    runs.dispose();
  });

  it('remember the layers that were joined for each other run', () => {
    const { runs } = openRuns();
    const session = compared(runs);
    const layers = { 'net.a': 'net.b' };
    session.setOptions({ reference: { roots: B, layers } });
    session.setOptions({ reference: { roots: C } });
    assert.deepEqual(runs.referenceTo(session, B), { roots: B, layers });
    assert.deepEqual(runs.referenceTo(session, C), session.options.reference);
    session.setOptions({ reference: 'first' });
    assert.deepEqual(runs.referenceTo(session, B), { roots: B, layers });
    assert.deepEqual(runs.referenceTo(session, A), { roots: A });
    runs.dispose();
  });

  it('are offered again, the newest first, without those that were only compared with', () => {
    const { runs } = openRuns();
    for (const roots of [C, A, C]) runs.open(roots);
    compared(runs);
    assert.deepEqual(runs.recent, [A, C]);
    runs.dispose();
  });
});
