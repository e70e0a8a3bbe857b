import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { problemError } from '../../../../src/model/problem';
import { catalogOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import {
  CATALOG,
  complete,
  counts,
  inShort,
  last,
  listed,
  newSession,
  PROBLEM,
  request,
  tellProblem,
  tellShift,
  tellSummary,
} from './sessions';

describe('host: a session under control of a person', () => {
  it('computes the layer in focus first, and nothing twice', async () => {
    const under = await listed();
    const first = last(under, 'analyse');
    tellSummary(first, 0);
    tellShift(first, 0, 0, 0);
    tellSummary(first, 1);
    tellProblem(first, 2);
    under.session.focus({ layer: 1, variant: 0 });
    const second = last(under, 'analyse');
    assert.ok(first.signal?.aborted && !second.signal?.aborted);
    assert.deepEqual(request(second).records, [3], 'the layer has a call of its own');
    under.session.focus({ layer: 1, variant: 0 });
    await settled();
    assert.equal(last(under, 'analyse'), second, 'the same focus is no news');
    tellSummary(second, 3);
    tellShift(second, 3, 2, 0);
    second.resolve({ done: 1, failed: 0 });
    await settled();
    const { records, layers, known } = request(last(under, 'analyse'));
    assert.deepEqual({ records, layers, known }, { records: undefined, layers: [1], known: [0, 3, 2] });
    assert.equal(under.session.progress.state, 'computing');
    under.session.dispose();
  });

  it('sends the results of the layer in view when the last of them is there', async () => {
    const under = await listed();
    under.session.focus({ layer: 1, variant: 0 });
    const inView = last(under, 'analyse');
    assert.deepEqual(request(inView).records, [3, 2], 'the last one first');
    under.changes.length = 0;
    for (const record of [3, 2]) {
      tellSummary(inView, record);
      assert.deepEqual(under.changes, []);
      tellShift(inView, record, 2, 0);
    }
    assert.deepEqual(inShort(under.changes), [{ records: [3, 2], problems: 0 }]);
    inView.resolve({ done: 2, failed: 0 });
    await settled();
    assert.equal(request(last(under, 'analyse')).records, undefined, 'the others follow');
    under.session.dispose();
  });

  it('sends those without a shift when the layer in view is computed', async () => {
    const under = await listed();
    under.session.focus({ layer: 1, variant: 0 });
    const inView = last(under, 'analyse');
    tellSummary(inView, 3);
    tellProblem(inView, 2);
    under.changes.length = 0;
    inView.resolve({ done: 1, failed: 1 });
    await settled();
    assert.deepEqual(inShort(under.changes)[0], { records: [3], problems: 1 });
    under.session.dispose();
  });

  it('lists the run again only if the meaning of numbers in names changes', async () => {
    const questions = [
      { id: 'numbers', kind: 'numbers', guess: 'step', example: '0/', others: ['layer'] },
    ] as const;
    const under = await listed({ ...CATALOG, questions });
    under.session.setOptions({ readings: { numbers: 'step' } });
    assert.equal(under.kernel.of('openRun').length, 1);
    under.session.setOptions({ readings: { numbers: 'layer' } });
    const opening = last(under, 'openRun');
    assert.deepEqual(opening.params, {
      run: under.session.key,
      roots: under.session.roots,
      readings: { numbers: 'layer' },
    });
    opening.resolve({ ...catalogOf(['0/a', '1/a'], [0]), questions });
    await settled();
    assert.deepEqual(
      under.session.catalog?.layers.map(({ name }) => name),
      ['0/a', '1/a'],
    );
    assert.deepEqual(under.remembered.at(-1)?.readings, { numbers: 'layer' });
    under.session.dispose();
  });

  it('computes nothing for a focus when all results exist', async () => {
    const under = await complete();
    under.session.focus({ layer: 1, variant: 0 });
    assert.deepEqual([counts(under), under.session.progress.state], [{ openRun: 1, analyse: 1 }, 'complete']);
  });

  it('cancels, keeps its results, and resumes', async () => {
    const under = await listed();
    const first = last(under, 'analyse');
    tellSummary(first, 0);
    tellShift(first, 0, 0, 0);
    under.session.cancel();
    await under.session.whenIdle();
    assert.ok(first.signal?.aborted);
    assert.deepEqual(under.session.progress, { state: 'cancelled', done: 1, total: 4 });
    under.session.resume();
    assert.deepEqual(under.session.progress, { state: 'computing', done: 1, total: 4 });
    assert.deepEqual(request(last(under, 'analyse')).known, [0]);
    assert.deepEqual(under.session.problems, []);
  });

  it('ignores a cancel when complete, and a resume when nothing was canceled', async () => {
    const under = await complete();
    under.session.cancel();
    under.session.resume();
    assert.deepEqual([counts(under), under.session.progress.state], [{ openRun: 1, analyse: 1 }, 'complete']);
  });

  it('cancels the listing and resumes it', async () => {
    const under = newSession();
    const opening = under.session.open();
    under.session.cancel();
    await opening;
    assert.deepEqual(
      [under.session.progress.state, counts(under)],
      ['cancelled', { openRun: 1, analyse: 0 }],
    );
    under.session.resume();
    last(under, 'openRun').resolve(CATALOG);
    await settled();
    assert.deepEqual(
      [under.session.progress.state, counts(under)],
      ['computing', { openRun: 2, analyse: 1 }],
    );
  });

  it('remembers changed options, starts over, and drops late results of the former options', async () => {
    const under = await listed();
    const former = last(under, 'analyse');
    tellSummary(former, 0);
    tellProblem(former, 1);
    under.session.setOptions({ epsilon: 0.1 });
    assert.deepEqual(under.remembered, [{ ...DEFAULT_OPTIONS, epsilon: 0.1 }]);
    assert.deepEqual(inShort(under.changes), [
      { records: [0], problems: 1 },
      'options',
      { records: [], problems: 0 },
    ]);
    tellSummary(former, 2);
    tellProblem(former, 3);
    assert.deepEqual(under.session.progress, { state: 'computing', done: 0, total: 4 });
    assert.deepEqual(under.session.problems, []);
    const { options, known } = request(last(under, 'analyse'));
    assert.deepEqual([options.epsilon, known], [0.1, []]);
    former.resolve({ done: 4, failed: 0 });
    await settled();
    assert.equal(under.session.progress.state, 'computing');
    under.changes.length = 0;
    last(under, 'analyse').resolve({ done: 4, failed: 0 });
    await under.session.whenIdle();
    assert.deepEqual(inShort(under.changes), [{ records: [], problems: 0 }]);
    assert.deepEqual(under.reported, [PROBLEM]);
  });

  it('uses options that change during the listing from the first analysis on', async () => {
    const under = newSession();
    const opening = under.session.open();
    under.session.setOptions({ groups: 2 });
    assert.equal(counts(under)['analyse'], 0);
    last(under, 'openRun').resolve(CATALOG);
    await opening;
    assert.equal(counts(under)['analyse'], 1);
    assert.equal(request(last(under, 'analyse')).options.groups, 2);
  });

  it('computes nothing after it is disposed, and closes its run in the kernel', async () => {
    const under = await listed();
    under.session.dispose();
    tellSummary(last(under, 'analyse'), 0);
    await settled();
    assert.deepEqual(under.changes, []);
    assert.deepEqual(last(under, 'closeRun').params, { run: 'file:///run' });
  });
});

describe('host: a session that is refreshed', () => {
  const GROWN = catalogOf(['a', 'b'], [0, 10, 20]);

  it('lists again and computes all of it', async () => {
    const under = await complete();
    const refreshing = under.session.refresh();
    assert.equal(under.session.progress.state, 'listing');
    last(under, 'openRun').resolve(GROWN);
    await refreshing;
    assert.deepEqual(under.session.progress, { state: 'computing', done: 0, total: 6 });
    assert.deepEqual(request(last(under, 'analyse')).known, []);
  });

  it('computes nothing if it is canceled, and lists again if it is resumed', async () => {
    const under = await complete();
    const refreshing = under.session.refresh();
    under.session.cancel();
    await refreshing;
    assert.deepEqual(
      [under.session.progress.state, counts(under)],
      ['cancelled', { openRun: 2, analyse: 1 }],
    );
    under.session.resume();
    last(under, 'openRun').resolve(GROWN);
    await settled();
    assert.deepEqual(under.session.progress, { state: 'computing', done: 0, total: 6 });
  });

  it('reports a failure, and computes nothing from the former listing', async () => {
    const under = await complete();
    const refreshing = under.session.refresh();
    last(under, 'openRun').reject(problemError('not-found', 'file:///run', 'It is gone.'));
    await refreshing;
    assert.deepEqual([under.session.progress.state, counts(under)], ['failed', { openRun: 2, analyse: 1 }]);
    assert.deepEqual(
      under.session.problems.map(({ message }) => message),
      ['It is gone.'],
    );
  });

  it('continues the listing when options change', async () => {
    const under = await complete();
    const refreshing = under.session.refresh();
    under.session.setOptions({ epsilon: 0.1 });
    last(under, 'openRun').resolve(GROWN);
    await refreshing;
    assert.equal(under.session.catalog, GROWN);
    assert.deepEqual(counts(under), { openRun: 2, analyse: 2 });
    assert.equal(request(last(under, 'analyse')).options.epsilon, 0.1);
  });

  it('uses the later listing of two', async () => {
    const under = await complete();
    const both = [under.session.refresh(), under.session.refresh()];
    await settled();
    assert.equal(under.session.progress.state, 'listing');
    last(under, 'openRun').resolve(GROWN);
    await Promise.all(both);
    assert.equal(under.session.catalog, GROWN);
    assert.deepEqual(counts(under), { openRun: 3, analyse: 2 });
  });
});
