import assert from 'node:assert/strict';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { type Problem, toProblem } from '../../../../src/model/problem';
import { settled } from '../kernel/fakeKernel';
import {
  CATALOG,
  inShort,
  last,
  listed,
  newSession,
  PROBLEM,
  ROOTS,
  request,
  tellProblem,
  tellShift,
  tellSummary,
} from './sessions';

describe('host: a session lists and computes', () => {
  it('opens the run, then computes it', async () => {
    const under = newSession();
    const { session, kernel, changes } = under;
    const opening = session.open();
    assert.deepEqual(kernel.calls[0].params, { run: 'file:///run', roots: ROOTS });
    assert.deepEqual(session.progress, { state: 'listing', done: 0, total: 0 });
    kernel.calls[0].progress({ files: 25 });
    assert.deepEqual(session.progress, { state: 'listing', done: 25, total: 0 });
    kernel.calls[0].resolve(CATALOG);
    await opening;
    assert.equal(session.catalog, CATALOG);
    assert.deepEqual(session.progress, { state: 'computing', done: 0, total: 4 });
    assert.ok(inShort(changes).includes('catalog'));
    assert.deepEqual(request(last(under, 'analyse')), {
      run: 'file:///run',
      options: DEFAULT_OPTIONS,
      estimates: true,
      layers: [],
      known: [],
    });
  });

  it('gathers results that arrive in quick succession into one change', async () => {
    const under = await listed();
    const analysis = last(under, 'analyse');
    tellSummary(analysis, 0);
    tellSummary(analysis, 1);
    tellShift(analysis, 1, 0, 0.5);
    tellProblem(analysis, 2);
    assert.deepEqual(under.changes, []);
    assert.equal(under.session.progress.done, 3);
    analysis.resolve({ done: 3, failed: 1 });
    await under.session.whenIdle();
    assert.deepEqual(inShort(under.changes), [{ records: [0, 1], problems: 1 }]);
    assert.deepEqual(under.session.progress, { state: 'complete', done: 3, total: 4 });
  });

  it('reports the problems of the catalog and of records', async () => {
    const under = await listed({ ...CATALOG, problems: [{ ...PROBLEM, message: 'Empty.' }] });
    tellProblem(last(under, 'analyse'), 3);
    const said = (problems: readonly Problem[]) => problems.map(({ message }) => message);
    assert.deepEqual(said(under.reported), ['Empty.', 'Cut off.']);
    assert.deepEqual(said(under.session.problems), ['Empty.', 'Cut off.']);
    under.session.dispose();
  });

  it('logs a defect with its cause, and sends the panel the problem without it', async () => {
    const under = await listed();
    const defect = toProblem(new TypeError('Not a function.'), ROOTS[0]);
    last(under, 'analyse').progress({ kind: 'problem', record: 3, problem: defect });
    last(under, 'analyse').reject(new RangeError('Too long.'));
    await settled();
    assert.deepEqual(
      under.reported.map(({ cause }) => cause?.name),
      ['TypeError', 'RangeError'],
    );
    const shown = [
      ...under.session.problems,
      ...under.changes.flatMap((each) => ('problems' in each ? each.problems : [])),
    ];
    assert.deepEqual(
      shown.map((problem) => [problem.message, 'cause' in problem]),
      [
        ['Too long.', false],
        ['Not a function.', false],
        ['Not a function.', false],
        ['Too long.', false],
      ],
    );
    under.session.dispose();
  });

  it('reports a listener that throws once, and calls the others', async () => {
    const under = newSession();
    let reported = 0;
    under.session.onChange(() => {
      throw new TypeError('Not a function.');
    });
    under.session.onChange(() => reported++);
    const opening = under.session.open();
    last(under, 'openRun').resolve(CATALOG);
    await opening;
    assert.ok(reported > 1);
    assert.deepEqual(
      under.reported.map(({ code, cause }) => [code, cause?.name]),
      [['internal', 'TypeError']],
    );
    under.session.dispose();
  });
});
