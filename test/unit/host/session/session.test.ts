import assert from 'node:assert/strict';
import { sessionKey } from '../../../../src/host/session/session';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { packCatalog } from '../../../../src/model/catalogColumns';
import type { Problem } from '../../../../src/model/problem';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../../model/samples';
import { columnsOf } from '../../webview/samples';
import {
  CATALOG,
  complete,
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
    assert.ok(inShort(changes).includes('reset'));
    assert.deepEqual(request(last(under, 'analyse')), {
      run: 'file:///run',
      options: DEFAULT_OPTIONS,
      estimates: true,
      layers: [],
      known: [],
    });
  });

  it('gathers what comes in quick succession into one change', async () => {
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

  it('the same roots in any order are the same run', () => {
    assert.equal(sessionKey(['file:///b', 'file:///a']), sessionKey(['file:///a', 'file:///b']));
    assert.notEqual(sessionKey(['file:///a']), sessionKey(['file:///a', 'file:///b']));
  });
});

describe('host: what a panel is told of a session', () => {
  it('a snapshot has the map of all layers, and all of the layer in focus', async () => {
    const { session } = await complete();
    const snapshot = session.snapshot({ layer: 1, variant: 0 });
    assert.deepEqual(snapshot, {
      roots: ROOTS,
      title: 'run',
      catalog: packCatalog(CATALOG),
      options: DEFAULT_OPTIONS,
      progress: { state: 'complete', done: 4, total: 4 },
      problems: [],
      findings: [],
      shiftMap: columnsOf([cellOf(0, 0, 0), cellOf(1, 0, 0.25), cellOf(2, 2, 0.5), cellOf(3, 2, 0.75)]),
      layer: {
        layer: 1,
        variant: 0,
        summaries: [summaryOf(2), summaryOf(3)],
        shifts: [shiftOf(2, 2, 0.5), shiftOf(3, 2, 0.75)],
      },
    });
  });

  it('a snapshot without focus has no layer; before the listing it has no catalog', async () => {
    assert.ok(!('layer' in (await complete()).session.snapshot(undefined)));
    assert.ok(!('catalog' in newSession().session.snapshot({ layer: 0, variant: 0 })));
  });

  it('of a large layer a snapshot has some results: the first, the last, and others spread over the steps', async () => {
    const steps = Array.from({ length: 1000 }, (_, i) => i);
    const under = await listed(catalogOf(['a'], steps));
    const analysis = last(under, 'analyse');
    for (const step of steps) tellSummary(analysis, step);
    const { summaries } = under.session.layerResults({ layer: 0, variant: 0 });
    const told = summaries.map(({ record }) => record);
    assert.deepEqual(told.slice(0, 3), [0, 999, 499]);
    const sorted = [...told].sort((x, y) => x - y);
    assert.ok(sorted.length < 200 && sorted.every((at, i) => i === 0 || at - sorted[i - 1] <= 16));
    assert.equal(under.session.recordsInFocus({ layer: 0, variant: 0 }).length, 1000);
    under.session.dispose();
  });
});
