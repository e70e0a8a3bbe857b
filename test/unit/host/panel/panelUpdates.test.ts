import assert from 'node:assert/strict';
import {
  layerResults,
  PanelUpdates,
  panelSnapshot,
  recordsInFocus,
} from '../../../../src/host/panel/panelUpdates';
import { CHANGES } from '../../../../src/host/session/pacing';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import { packCatalog } from '../../../../src/model/catalogColumns';
import { runKey } from '../../../../src/model/runKey';
import type { PanelOptions, PanelSnapshot, PanelUpdate } from '../../../../src/protocol/panelApi';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../../model/samples';
import { columnsOf, NO_FIGURES } from '../../webview/samples';
import { settled } from '../kernel/fakeKernel';
import { listedSessions, OTHER, RUN } from '../session/comparedSessions';
import {
  CATALOG,
  complete,
  last,
  listed,
  newSession,
  PROBLEM,
  ROOTS,
  type SessionUnderTest,
  tellShift,
  tellSummary,
} from '../session/sessions';

type Message = PanelUpdate | PanelSnapshot | PanelOptions;

/** A panel whose answers the test controls. */
function panelOf({ session }: Pick<SessionUnderTest, 'session'>) {
  const sent: Message[] = [];
  const failures: unknown[] = [];
  let answer = () => {};
  let refuse = (_error: Error) => {};
  const receive = (message: Message) => {
    sent.push(message);
    return new Promise<void>((resolve, reject) => {
      answer = resolve;
      refuse = reject;
    });
  };
  const failed = (error: unknown) => void failures.push(error);
  const updates = new PanelUpdates(
    session,
    { current: { isCurrent: false } },
    {
      catalog: receive,
      options: receive,
      update: receive,
      failed,
    },
  );
  session.onChange((change) => updates.changed(change));
  return {
    updates,
    sent,
    failures,
    answer: async () => {
      answer();
      await settled();
    },
    refuse: async (error: Error) => {
      refuse(error);
      await settled();
    },
  };
}

const AT_A = { layer: 0, variant: 0 };

describe('host: updates of a panel', () => {
  it('are not sent before the page has loaded', async () => {
    const under = await complete();
    const { updates, sent } = panelOf(under);
    updates.changed({ kind: 'catalog' });
    assert.deepEqual(sent, []);
  });

  it('that the page cannot take are reported, and are the last', async () => {
    const under = await complete();
    const { updates, sent, failures, refuse } = panelOf(under);
    updates.begin(AT_A);
    updates.changed({ kind: 'catalog' });
    const error = new TypeError('Not a function.');
    await refuse(error);
    assert.deepEqual(failures, [error]);
    const before = sent.length;
    updates.changed({ kind: 'catalog' });
    assert.equal(sent.length, before);
  });

  it('contain the cells of all changed records, and full results only of the layer in focus', async () => {
    const under = await complete();
    const { updates, sent } = panelOf(under);
    updates.begin(AT_A);
    updates.changed({ kind: 'records', records: new Set([1, 3]), problems: [PROBLEM], deltas: [] });
    const [update] = sent as PanelUpdate[];
    assert.deepEqual(update.shiftMap, columnsOf([cellOf(1, 0, 0.25), cellOf(3, 2, 0.75)]));
    assert.deepEqual(
      [update.summaries.map(({ record }) => record), update.shifts.map(({ record }) => record)],
      [[1], [1]],
    );
    assert.deepEqual([update.problems, update.deltas], [[PROBLEM], []]);
  });

  it('contain branches of the residual stream, as long as the map shows them and the panel is open', async () => {
    const catalog = catalogOf(['0', '1', '2'], [0]);
    const layers = catalog.layers.map((layer) => ({ ...layer, layout: 'NLC', shape: [4, 8, 8] }));
    const under = await listed({ ...catalog, layers });
    const { updates, sent } = panelOf(under);
    const asked = () => under.kernel.of('residuals').length;
    updates.begin(AT_A);
    updates.show('rms');
    assert.equal(asked(), 0);
    assert.equal(updates.show('branchShare').record.length, 0);
    assert.equal(asked(), 1);
    last(under, 'residuals').resolve([0.5, 0.25].map((share) => ({ share, angle: 0 })));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { quantity } = sent.at(-1) as PanelUpdate;
    assert.deepEqual(
      [quantity.quantity, ...quantity.record, ...quantity.value],
      ['branchShare', 1, 2, 0.5, 0.25],
    );
    updates.show('rms');
    under.session.setOptions({ groups: 2 });
    updates.show('branchShare');
    assert.equal(asked(), 2);
    updates.close();
    under.session.setOptions({ groups: 4 });
    last(under, 'residuals').resolve([]);
    await settled();
    assert.equal(asked(), 2);
    under.session.dispose();
  });

  it('contain branches of the run that it is compared with, too', async () => {
    const catalog = catalogOf(['0', '1', '2'], [0]);
    const layers = catalog.layers.map((layer) => ({ ...layer, layout: 'NLC', shape: [4, 8, 8] }));
    const streams = { ...catalog, layers };
    const { session, kernel } = await listedSessions({}, [streams, streams]);
    const { updates } = panelOf({ session });
    updates.begin(AT_A);
    updates.show('branchShare');
    await settled();
    assert.deepEqual(
      new Set(kernel.of('residuals').map(({ params }) => (params as { run: string }).run)),
      new Set([RUN, OTHER].map(runKey)),
    );
    updates.close();
    session.dispose();
  });

  it('wait until the panel has drawn the last one, and are gathered', async () => {
    const under = await complete();
    const { updates, sent, answer } = panelOf(under);
    updates.begin(AT_A);
    for (const record of [0, 1, 1, 2])
      updates.changed({ kind: 'records', records: new Set([record]), problems: [], deltas: [] });
    assert.equal(sent.length, 1);
    await answer();
    assert.equal(sent.length, 2);
    assert.deepEqual([...(sent[1] as PanelUpdate).shiftMap.record], [1, 2]);
    await answer();
    assert.equal(sent.length, 2);
  });

  it('have a bounded size, also for a large layer', async () => {
    const steps = Array.from({ length: 700 }, (_, i) => i);
    const under = await listed(catalogOf(['a'], steps));
    const analysis = last(under, 'analyse');
    for (const step of steps) {
      tellSummary(analysis, step);
      tellShift(analysis, step, 0, 1);
    }
    const { updates, sent, answer } = panelOf(under);
    const snapshot = updates.begin(AT_A);
    // Timers of the same length fire in the order in which they were set.
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (let i = 0; i < 20; i++) await answer();
    const records = [
      ...(snapshot.layer?.summaries ?? []),
      ...sent.flatMap((each) => ('summaries' in each ? each.summaries : [])),
    ].map(({ record }) => record);
    assert.equal(new Set(records).size, 700);
    assert.ok(sent.every((each) => !('summaries' in each) || each.summaries.length <= 100));
    under.session.dispose();
  });

  it('begin with everything for a page that loads again, even if the former page did not answer', async () => {
    const under = await complete();
    const { updates, sent } = panelOf(under);
    updates.begin(AT_A);
    const change = { kind: 'records', records: new Set([1]), problems: [], deltas: [] } as const;
    updates.changed(change);
    updates.changed(change);
    assert.equal(sent.length, 1);
    assert.equal(updates.begin(undefined).layer?.layer, 0);
    updates.changed(change);
    assert.equal(sent.length, 2);
  });

  it('contain the quantity that the map shows, of the records that changed', async () => {
    const under = await complete();
    const { updates, sent } = panelOf(under);
    updates.begin(AT_A);
    assert.deepEqual(updates.show('mean'), {
      quantity: 'mean',
      record: Int32Array.of(0, 1, 2, 3),
      value: Float64Array.of(0.5, 0.5, 0.5, 0.5),
    });
    updates.changed({ kind: 'records', records: new Set([1, 3]), problems: [], deltas: [] });
    assert.deepEqual((sent as PanelUpdate[])[0].quantity, {
      quantity: 'mean',
      record: Int32Array.of(1, 3),
      value: Float64Array.of(0.5, 0.5),
    });
    assert.equal(updates.begin(AT_A).quantity.record.length, 4);
  });

  it('that wait are replaced by another catalog', async () => {
    const under = await complete();
    const { updates, sent, answer } = panelOf(under);
    updates.begin(AT_A);
    const change = { kind: 'records', records: new Set([1]), problems: [PROBLEM], deltas: [] } as const;
    updates.changed(change);
    updates.changed(change);
    updates.changed({ kind: 'catalog' });
    await answer();
    assert.ok('roots' in sent[1]);
    await answer();
    assert.equal(sent.length, 2);
  });

  it('contain other options in place of waiting results, and then the growth that waits', async () => {
    const under = await complete();
    const { updates, sent, answer } = panelOf(under);
    updates.begin(AT_A);
    const delta = { added: [], changed: [], removed: [3], layers: [], variants: [] };
    const change = { kind: 'records', records: new Set([1]), problems: [PROBLEM], deltas: [delta] } as const;
    updates.changed(change);
    updates.changed(change);
    updates.changed({ kind: 'options' });
    await answer();
    const { options, progress } = under.session;
    assert.deepEqual(sent[1], { options, progress, problems: [] });
    updates.changed({ kind: 'records', records: new Set([0]), problems: [], deltas: [] });
    await answer();
    const update = sent[2] as PanelUpdate;
    assert.deepEqual([[...update.shiftMap.record], update.problems, update.deltas], [[0], [], [delta]]);
    await answer();
    assert.equal(sent.length, 3);
  });

  it('contain the progress with other options, and go on with the first figures', async () => {
    const under = await complete();
    const { updates, sent, answer } = panelOf(under);
    updates.begin(AT_A);
    under.session.setOptions({ groups: 2 });
    assert.equal((sent[0] as PanelOptions).progress.state, 'computing');
    await answer();
    assert.equal(sent.length, 1);
    tellSummary(last(under, 'analyse'), 0);
    while (sent.length < 2) await new Promise((resolve) => setTimeout(resolve, CHANGES.first));
    assert.deepEqual(
      (sent[1] as PanelUpdate).summaries.map(({ record }) => record),
      [0],
    );
  });

  it('do not repeat the options of a snapshot', async () => {
    const under = await complete();
    const { updates, sent, answer } = panelOf(under);
    updates.begin(AT_A);
    updates.changed({ kind: 'records', records: new Set([1]), problems: [], deltas: [] });
    updates.changed({ kind: 'options' });
    updates.begin(AT_A);
    await answer();
    assert.ok(sent.every((message) => !('options' in message)));
  });
});

describe('host: a snapshot for a panel', () => {
  it('contains the map of all layers, and full results of the layer in focus', async () => {
    const { session } = await complete();
    const snapshot = panelSnapshot(session, { isCurrent: true }, { layer: 1, variant: 0 }, 'shift');
    assert.deepEqual(snapshot, {
      roots: ROOTS,
      title: 'run',
      catalog: packCatalog(CATALOG),
      options: DEFAULT_OPTIONS,
      progress: { state: 'complete', done: 4, total: 4 },
      problems: [],
      diagnosis: { isCurrent: true },
      shiftMap: columnsOf([cellOf(0, 0, 0), cellOf(1, 0, 0.25), cellOf(2, 2, 0.5), cellOf(3, 2, 0.75)]),
      quantity: NO_FIGURES,
      layer: {
        layer: 1,
        variant: 0,
        summaries: [summaryOf(2), summaryOf(3)],
        shifts: [shiftOf(2, 2, 0.5), shiftOf(3, 2, 0.75)],
      },
    });
  });

  it('contains no layer without a focus, and no catalog before the listing', async () => {
    assert.ok(
      !('layer' in panelSnapshot((await complete()).session, { isCurrent: true }, undefined, 'shift')),
    );
    assert.ok(
      !(
        'catalog' in
        panelSnapshot(newSession().session, { isCurrent: false }, { layer: 0, variant: 0 }, 'shift')
      ),
    );
  });

  it('contains the first, the last and evenly spread results of a large layer', async () => {
    const steps = Array.from({ length: 1000 }, (_, i) => i);
    const under = await listed(catalogOf(['a'], steps));
    const analysis = last(under, 'analyse');
    for (const step of steps) tellSummary(analysis, step);
    const { summaries } = layerResults(under.session, { layer: 0, variant: 0 });
    const reported = summaries.map(({ record }) => record);
    assert.deepEqual(reported.slice(0, 3), [0, 999, 499]);
    const sorted = [...reported].sort((x, y) => x - y);
    assert.ok(sorted.length < 200 && sorted.every((at, i) => i === 0 || at - sorted[i - 1] <= 16));
    assert.equal(recordsInFocus(under.session, { layer: 0, variant: 0 }).length, 1000);
    under.session.dispose();
  });
});
