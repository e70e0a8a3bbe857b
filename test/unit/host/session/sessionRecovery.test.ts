import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { problemError, withoutCause } from '../../../../src/model/problem';
import { settled, type WaitingCall } from '../kernel/fakeKernel';
import {
  CATALOG,
  complete,
  counts,
  DEATH,
  inShort,
  last,
  listed,
  newSession,
  request,
  type SessionUnderTest,
  tellShift,
  tellSummary,
} from './sessions';

describe('host: a session whose kernel dies', () => {
  it('fails, keeps its results, and reports why', async () => {
    const under = await listed();
    tellSummary(last(under, 'analyse'), 0);
    under.kernel.die(DEATH);
    await under.session.whenIdle();
    assert.deepEqual(under.session.progress, { state: 'failed', done: 1, total: 4 });
    const problem = { code: 'internal', path: '', message: DEATH };
    assert.deepEqual([under.session.problems, under.reported.map(withoutCause)], [[problem], [problem]]);
    assert.deepEqual(inShort(under.changes), [{ records: [0], problems: 1 }]);
  });

  it('opens the run in the new kernel and forgets the failure when it is resumed', async () => {
    const under = await listed();
    tellSummary(last(under, 'analyse'), 0);
    tellShift(last(under, 'analyse'), 0, 0, 0);
    under.kernel.die(DEATH);
    await under.session.whenIdle();
    under.session.resume();
    await answerAsNewKernel(under);
    assert.deepEqual(under.session.progress, { state: 'computing', done: 1, total: 4 });
    assert.deepEqual(request(last(under, 'analyse')).known, [0]);
    last(under, 'analyse').resolve({ done: 4, failed: 0 });
    await under.session.whenIdle();
    assert.deepEqual([under.session.progress.state, under.session.problems], ['complete', []]);
  });

  it('notices a death while idle with the next analysis, and continues', async () => {
    const under = await complete();
    under.kernel.die(DEATH);
    under.session.setOptions({ epsilon: 0.1 });
    await answerAsNewKernel(under);
    assert.equal(under.session.progress.state, 'computing');
    assert.deepEqual(under.session.problems, []);
  });

  it('opens its run in a kernel that another run has started', async () => {
    const under = await complete();
    under.kernel.die(DEATH);
    void under.kernel.link.call('closeRun', { run: 'another' });
    under.session.setOptions({ epsilon: 0.1 });
    assert.deepEqual(counts(under), { openRun: 2, analyse: 1 });
    last(under, 'openRun').resolve(CATALOG);
    await settled();
    assert.deepEqual(counts(under), { openRun: 2, analyse: 2 });
  });

  it('fails while it lists, and lists again when it is resumed', async () => {
    const under = newSession();
    const opening = under.session.open();
    under.kernel.die(DEATH);
    await opening;
    assert.deepEqual([under.session.progress.state, under.session.problems.length], ['failed', 1]);
    under.session.resume();
    last(under, 'openRun').resolve(CATALOG);
    await settled();
    assert.deepEqual([under.session.progress.state, under.session.problems.length], ['computing', 0]);
    assert.deepEqual(counts(under), { openRun: 2, analyse: 1 });
  });

  it('notices a death with a call for distributions', async () => {
    const under = await complete();
    under.kernel.die(DEATH);
    const { signal } = new AbortController();
    const params = { run: under.session.key, options: DEFAULT_OPTIONS, record: 1, bins: 8 };
    const call = under.session.callKernel('distributions', params, { signal });
    await refuse(last(under, 'distributions'));
    last(under, 'openRun').resolve(CATALOG);
    await settled();
    last(under, 'distributions').resolve({ record: 1, methods: {} });
    assert.deepEqual(await call, { record: 1, methods: {} });
    assert.equal(under.kernel.of('distributions').length, 2);
  });

  it('does not repeat a call that fails on a living kernel', async () => {
    const under = await complete();
    under.session.setOptions({ epsilon: 0.1 });
    await refuse(last(under, 'analyse'));
    assert.equal(under.session.progress.state, 'failed');
    assert.equal(counts(under)['openRun'], 1);
  });

  it('continues in another kernel after its settings changed, without a failure', async () => {
    const under = await listed();
    const former = last(under, 'analyse');
    tellSummary(former, 0);
    tellShift(former, 0, 0, 0);
    const { signal } = new AbortController();
    const params = { run: under.session.key, options: DEFAULT_OPTIONS, record: 0, bins: 8 };
    const asked = under.session.callKernel('distributions', params, { signal });
    await settled();
    const goOn = under.session.suspend();
    under.kernel.link.restart();
    goOn();
    await settled();
    for (const call of under.kernel.of('openRun').slice(1)) call.resolve(CATALOG);
    await settled();
    assert.deepEqual(request(last(under, 'analyse')).known, [0]);
    assert.deepEqual([under.session.progress.state, under.session.problems], ['computing', []]);
    last(under, 'distributions').resolve({ record: 0, methods: {} });
    assert.deepEqual(await asked, { record: 0, methods: {} });
    last(under, 'analyse').resolve({ done: 3, failed: 0 });
    await under.session.whenIdle();
    assert.equal(under.session.progress.state, 'complete');
  });

  it('computes nothing in another kernel if the run is complete', async () => {
    const under = await complete();
    const before = counts(under);
    const goOn = under.session.suspend();
    under.kernel.link.restart();
    goOn();
    await settled();
    assert.deepEqual([counts(under), under.session.progress.state], [before, 'complete']);
  });

  /** Opens the run in a kernel that has just started. */
  async function answerAsNewKernel(under: SessionUnderTest) {
    await refuse(last(under, 'analyse'));
    assert.equal(counts(under)['openRun'], 2);
    last(under, 'openRun').resolve(CATALOG);
    await settled();
    assert.equal(counts(under)['analyse'], 3);
  }

  async function refuse(call: WaitingCall) {
    call.reject(problemError('internal', 'file:///run', 'The kernel does not have this run open.'));
    await settled();
  }
});
