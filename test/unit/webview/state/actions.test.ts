import assert from 'node:assert/strict';
import { recordPlace } from '../../../../src/host/panel/recordPlaces';
import type { Method } from '../../../../src/model/analysis';
import { type Problem, problemError } from '../../../../src/model/problem';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import type { LayerResults, PanelUpdate } from '../../../../src/protocol/panelApi';
import { BINS } from '../../../../webview/state/actions';
import { select } from '../../../../webview/state/selection';
import type { ViewState } from '../../../../webview/state/viewState';
import { catalogOf, cellOf, shiftOf, summaryOf } from '../../model/samples';
import { columnsOf, NO_FIGURES, snapshotOf } from '../samples';
import { distributionsOf, type PanelUnderTest, settled, startPanel } from './fakeHost';

/** Records 0–2 are of layer a, 3–5 of layer b. */
const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);
const LAYER_A: LayerResults = {
  layer: 0,
  variant: 0,
  summaries: [0, 1, 2].map((id) => summaryOf(id)),
  shifts: [shiftOf(0, 0, 0), shiftOf(1, 0, 0.25), shiftOf(2, 0, 0.5)],
};
const AT_A: Partial<ViewState> = { layer: 'net.a', step: 20 };

function open(view: Partial<ViewState> = AT_A, cells: readonly ShiftCell[] = []) {
  return startPanel(snapshotOf(CATALOG, cells, LAYER_A), view);
}

function updateOf(changed: Partial<PanelUpdate>): PanelUpdate {
  const progress = { state: 'computing', done: 3, total: 6 } as const;
  return {
    progress,
    problems: [],
    deltas: [],
    shiftMap: columnsOf([]),
    quantity: NO_FIGURES,
    summaries: [],
    shifts: [],
    ...changed,
  };
}

function focusCalls({ calls }: PanelUnderTest) {
  return calls.filter(([method]) => method === 'focus').map(([, params]) => params);
}

function asked({ requests }: PanelUnderTest) {
  return requests.map(({ params }) => params.record);
}

describe('webview: requests to the host', () => {
  it('begin with a snapshot', async () => {
    const panel = await open();
    assert.deepEqual(panel.calls[0], ['ready', {}]);
    assert.deepEqual(panel.store.get().data?.catalog, {
      ...CATALOG,
      records: CATALOG.records.map(recordPlace),
    });
  });

  it('show σ of a run of one step, which has no shift, unless the person chose something', async () => {
    const one = catalogOf(['a'], [0]);
    const complete = { ...snapshotOf(one), progress: { state: 'complete', done: 1, total: 1 } } as const;
    const fresh = await startPanel(complete);
    assert.equal(fresh.store.get().view.mapQuantity, 'deviation');
    const chosen = await startPanel(complete, { layer: 'net.a' });
    assert.equal(chosen.store.get().view.mapQuantity, 'shift');
    const several = await startPanel({ ...complete, ...snapshotOf(CATALOG), progress: complete.progress });
    assert.equal(several.store.get().view.mapQuantity, 'shift');
  });

  it('name the quantity of the map once, take its figures, and those of updates', async () => {
    const panel = await open();
    const named = () => panel.calls.filter(([method]) => method === 'quantity').map(([, params]) => params);
    const [at0, at1] = [0, 1].map((record) => () => panel.store.get().data?.quantity.middle?.get(record));
    panel.actions.setView({ mapQuantity: 'zeros' });
    await settled();
    assert.deepEqual([named(), at0()], [['zeros'], 0.5]);
    const figure = { record: Int32Array.of(1), value: Float64Array.of(0.25) };
    await panel.panel.call('update', updateOf({ quantity: { quantity: 'zeros', ...figure } }));
    // Sent before the host learned of the change.
    await panel.panel.call('update', updateOf({ quantity: { quantity: 'rms', ...figure } }));
    assert.deepEqual([at0(), at1(), named().length], [0.5, 0.25, 1]);
    panel.actions.setView({ mapQuantity: 'shift' });
    await settled();
    assert.deepEqual(named(), ['zeros', 'shift']);
  });

  it('fetch the positions of the channel in view, once for all steps of their map', async () => {
    const sequences = {
      ...CATALOG,
      layers: CATALOG.layers.map((layer) => ({ ...layer, layout: 'NLC', shape: [4, 2, 8] })),
    };
    const panel = await startPanel(snapshotOf(sequences, [], LAYER_A), {
      ...AT_A,
      step: 0,
      tab: 'channels',
      channelDetail: 'positions',
    });
    const asked = () =>
      panel.calls.filter(([method]) => method === 'channelPositions').map(([, params]) => params);
    await settled();
    await settled();
    const first = { layer: 0, variant: 0, step: 0, channel: 0 };
    assert.deepEqual(asked(), [first]);
    assert.equal(panel.store.get().data?.channelPositions?.channel, 0);
    // The host's answer has this record alone, so that another step is asked for, once.
    panel.actions.selectStep(10);
    await settled();
    panel.actions.selectStep(0);
    await settled();
    assert.deepEqual(asked(), [first, { ...first, step: 10 }]);
    panel.actions.setView({ channelDetail: 'training' });
    panel.actions.selectStep(20);
    await settled();
    assert.equal(asked().length, 2);
  });

  it('fetch the scalars that are shown, once, and again when they have changed', async () => {
    const scalars = { names: ['loss', 'lr', 'grad_norm', 'accuracy'], revision: 0 };
    const panel = await startPanel(snapshotOf({ ...CATALOG, scalars }, [], LAYER_A), AT_A);
    const asked = () => panel.calls.filter(([method]) => method === 'scalars').map(([, params]) => params);
    const shown = () => panel.store.get().data?.scalars.map(({ name }) => name);
    await settled();
    assert.deepEqual([asked(), shown()], [[['loss', 'lr', 'grad_norm']], ['loss', 'lr', 'grad_norm']]);
    panel.actions.selectStep(10);
    await settled();
    assert.equal(asked().length, 1);
    panel.actions.chooseScalars(['accuracy', 'loss']);
    await settled();
    assert.deepEqual(panel.store.get().view.scalars, ['loss', 'accuracy']);
    assert.deepEqual([asked().slice(1), shown()], [[['loss', 'accuracy']], ['loss', 'accuracy']]);
    const change = { added: [], changed: [], removed: [], layers: [], variants: [] };
    await panel.panel.call(
      'update',
      updateOf({ deltas: [{ ...change, scalars: { ...scalars, revision: 1 } }] }),
    );
    await settled();
    assert.equal(asked().length, 3);
    panel.actions.setView({ scalars: [] });
    await settled();
    assert.deepEqual(shown(), []);
  });

  it('take news in the order in which they come, also while a snapshot is unpacked', async () => {
    const panel = await open();
    const news = [
      panel.panel.call('catalog', snapshotOf(CATALOG, [], LAYER_A)),
      panel.panel.call('update', updateOf({ shiftMap: columnsOf([cellOf(1, 0, 0.5)]) })),
      panel.panel.call('diagnosis', { isCurrent: true }),
    ];
    await Promise.all(news);
    const { data } = panel.store.get();
    assert.equal(data?.shiftMap.w1Of(1, 0), 0.5);
    assert.equal(data?.diagnosis.isCurrent, true);
  });

  it('follow a command that arrived before the catalog', async () => {
    const { catalog: _, ...listing } = snapshotOf(CATALOG, []);
    const panel = await startPanel(listing);
    await panel.panel.call('navigate', { to: 'record', layer: 1, step: 10 });
    assert.equal(panel.store.get().view.layer, undefined);
    await panel.panel.call('catalog', snapshotOf(CATALOG, [], LAYER_A));
    await settled();
    const { layer, step } = panel.store.get().view;
    assert.deepEqual([layer, step], ['net.b', 10]);
    assert.deepEqual(focusCalls(panel), [{ layer: 1, variant: 0 }]);
  });

  it('name each layer and variant in view once', async () => {
    const panel = await open();
    panel.actions.selectStep(10);
    panel.actions.selectStep(0);
    panel.actions.selectLayer('net.a');
    await settled();
    assert.deepEqual(focusCalls(panel), [{ layer: 0, variant: 0 }]);
    panel.actions.selectLayer('net.b');
    panel.actions.selectStep(20);
    await settled();
    assert.deepEqual(focusCalls(panel), [
      { layer: 0, variant: 0 },
      { layer: 1, variant: 0 },
    ]);
  });

  it('name the layer in view again only if another catalog did not include it', async () => {
    const panel = await open();
    await panel.panel.call('catalog', snapshotOf(CATALOG, [], LAYER_A));
    await settled();
    assert.equal(focusCalls(panel).length, 1);
    await panel.panel.call('catalog', snapshotOf(CATALOG));
    await settled();
    assert.equal(focusCalls(panel).length, 2);
  });

  it('name the layer in view again if another catalog numbers it differently', async () => {
    const panel = await open();
    await panel.panel.call('catalog', snapshotOf(catalogOf(['new', 'a', 'b'], [0, 10, 20]), [], LAYER_A));
    await settled();
    assert.deepEqual(focusCalls(panel).at(-1), { layer: 1, variant: 0 });
  });

  it('are not needed when options change: catalog, findings and view stay, results are dropped', async () => {
    const panel = await open();
    const { data, view } = panel.store.get();
    const options = { ...data!.options, groups: 8 };
    const progress = { state: 'computing', done: 0, total: 6 } as const;
    await panel.panel.call('options', { options, progress, problems: [] });
    await settled();
    const after = panel.store.get();
    assert.equal(focusCalls(panel).length, 1);
    assert.equal(after.view, view);
    assert.equal(after.data?.catalog, data?.catalog);
    assert.equal(after.data?.diagnosis, data?.diagnosis);
    assert.deepEqual(after.data?.options, options);
    assert.deepEqual(after.data?.progress, progress);
    assert.equal(select(after.data!, after.view)?.summary, undefined);
    assert.equal(after.data?.shiftMap.size, 0);
  });

  it('ask for the distributions of a record and its reference once', async () => {
    const panel = await open();
    assert.deepEqual(
      panel.requests.map(({ params }) => params),
      [{ record: 2, reference: 0, bins: BINS, ranges: {} }],
    );
    panel.actions.setView({ logCounts: true });
    await settled();
    assert.equal(panel.requests.length, 1);
    panel.requests[0].answer();
    await settled();
    assert.deepEqual(panel.store.get().data?.distributions, distributionsOf(panel.requests[0].params));
  });

  it('ask for no distributions before the record has a summary', async () => {
    const panel = await open({ layer: 'net.b', step: 10 });
    assert.deepEqual(asked(panel), []);
    await panel.panel.call('update', updateOf({ summaries: [summaryOf(4)] }));
    assert.deepEqual(asked(panel), [4]);
    assert.equal(panel.requests[0].params.reference, undefined);
    await panel.panel.call('update', updateOf({ shifts: [shiftOf(4, 3, 0.5)] }));
    assert.deepEqual([asked(panel), panel.requests[1].params.reference], [[4, 4], 3]);
  });

  it('ask for the distributions of another step or zoom, and cancel the former request', async () => {
    const panel = await open();
    panel.actions.selectStep(10);
    await settled();
    panel.actions.zoom('none', { min: -1, max: 1 });
    await settled();
    assert.deepEqual(asked(panel), [2, 1, 1]);
    assert.deepEqual(panel.requests[2].params.ranges, { none: { min: -1, max: 1 } });
    assert.deepEqual(
      panel.requests.map(({ signal }) => signal.aborted),
      [true, true, false],
    );
    panel.requests[0].answer();
    panel.requests[2].answer();
    await settled();
    assert.equal(panel.store.get().data?.distributions?.record, 1);
    assert.deepEqual(panel.store.get().failures, []);
  });

  it('ask for distributions again when options change', async () => {
    const panel = await open();
    const { options, progress } = snapshotOf(CATALOG);
    await panel.panel.call('options', { options: { ...options, epsilon: 0.1 }, progress, problems: [] });
    await panel.panel.call('update', updateOf({ summaries: LAYER_A.summaries, shifts: LAYER_A.shifts }));
    await settled();
    assert.deepEqual(asked(panel), [2, 2]);
  });

  it('repeat a failed request only when a person tries again', async () => {
    const panel = await open();
    panel.requests[0].refuse(problemError('internal', '', 'The kernel worker ended.'));
    await settled();
    assert.deepEqual(
      panel.store.get().failures.map(({ message }) => message),
      ['The kernel worker ended.'],
    );
    await panel.panel.call('update', updateOf({}));
    assert.deepEqual(asked(panel), [2]);
    panel.actions.resume();
    await panel.panel.call('update', updateOf({}));
    assert.deepEqual(asked(panel), [2, 2]);
  });
});

describe('webview: updates from the host', () => {
  it('are ignored before the snapshot, which includes them', async () => {
    const panel = await open();
    panel.store.update((state) => ({ ...state, data: undefined }));
    await panel.panel.call('update', updateOf({ summaries: [summaryOf(4)] }));
    assert.equal(panel.store.get().data, undefined);
  });

  it('are answered once they are drawn, which paces the next ones', async () => {
    const panel = await open();
    let finish = () => {};
    panel.drawUntil(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    const answered: string[] = [];
    const { options, progress } = snapshotOf(CATALOG);
    const calls = [
      panel.panel.call('update', updateOf({ summaries: [summaryOf(4)] })).then(() => answered.push('update')),
      panel.panel.call('options', { options, progress, problems: [] }).then(() => answered.push('options')),
      panel.panel.call('catalog', snapshotOf(CATALOG)).then(() => answered.push('catalog')),
    ];
    await settled();
    // What follows other options, their first figures, is drawn with them.
    assert.deepEqual(answered, ['options']);
    finish();
    await Promise.all(calls);
    assert.deepEqual(answered, ['options', 'update', 'catalog']);
  });

  it('with another catalog drop results and keep the view', async () => {
    const panel = await open();
    await panel.panel.call('catalog', snapshotOf(CATALOG));
    const { data, view } = panel.store.get();
    assert.deepEqual([data?.summaries.size, view.layer, view.step], [0, 'net.a', 20]);
  });

  it('can move the view', async () => {
    const panel = await open();
    await panel.panel.call('navigate', { to: 'nextLayer' });
    await panel.panel.call('navigate', { to: 'previousStep' });
    const { view } = panel.store.get();
    assert.deepEqual([view.layer, view.step], ['net.b', 10]);
  });

  it('open the layer with the largest shift, once every layer has a result', async () => {
    const panel = await open({}, [cellOf(2, 0, 0.5)]);
    assert.equal(panel.store.get().view.layer, undefined);
    await panel.panel.call('update', updateOf({ shiftMap: columnsOf([cellOf(5, 3, 2)]) }));
    assert.equal(panel.store.get().view.layer, 'net.b');
    await panel.panel.call('update', updateOf({ shiftMap: columnsOf([cellOf(2, 0, 9)]) }));
    assert.equal(panel.store.get().view.layer, 'net.b', 'and stays there');
    assert.deepEqual(focusCalls(panel).at(-1), { layer: 1, variant: 0 });
  });

  it('keep the remembered layer', async () => {
    const panel = await open(AT_A, [cellOf(2, 0, 0.5), cellOf(5, 3, 2)]);
    assert.equal(panel.store.get().view.layer, 'net.a');
  });
});

describe('webview: following the latest step', () => {
  const GROWN: PanelUpdate = updateOf({
    deltas: [30, 40].map((step, i) => ({
      added: [{ id: 6 + i, layer: 0, step, variant: 0 }],
      changed: [],
      removed: [],
      layers: [],
      variants: [],
    })),
  });
  const stepInView = ({ store }: PanelUnderTest) => {
    const { data, view } = store.get();
    return select(data!, view)?.record.step;
  };

  async function following(): Promise<PanelUnderTest> {
    const panel = await open({ ...AT_A, follow: true });
    panel.requests[0].answer();
    await panel.panel.call('update', GROWN);
    return panel;
  }

  it('moves to a step once its distributions have arrived', async () => {
    const panel = await following();
    assert.deepEqual([asked(panel), stepInView(panel)], [[2], 20]);
    await panel.panel.call('update', updateOf({ summaries: [summaryOf(6)], shifts: [shiftOf(6, 0, 0.5)] }));
    assert.deepEqual([asked(panel), stepInView(panel)], [[2, 6], 20]);
    panel.requests[1].answer();
    await settled();
    assert.deepEqual([stepInView(panel), panel.store.get().data?.distributions?.record], [30, 6]);
    assert.equal(panel.requests.length, 2);
  });

  it('goes on at once to a step that arrived in the meantime', async () => {
    const panel = await following();
    for (const record of [6, 7])
      await panel.panel.call(
        'update',
        updateOf({ summaries: [summaryOf(record)], shifts: [shiftOf(record, 0, 0.5)] }),
      );
    assert.deepEqual(asked(panel), [2, 6]);
    panel.requests[1].answer();
    await settled();
    assert.deepEqual([asked(panel), stepInView(panel)], [[2, 6, 7], 30]);
    panel.requests[2].answer();
    await settled();
    assert.equal(stepInView(panel), 40);
  });

  it('stays at a step that a person chooses while the distributions are on their way', async () => {
    const panel = await following();
    await panel.panel.call('update', updateOf({ summaries: [summaryOf(6)], shifts: [shiftOf(6, 0, 0.5)] }));
    panel.actions.selectStep(10);
    panel.requests[1].answer();
    await settled();
    assert.equal(stepInView(panel), 10);
  });
});

describe('webview: actions', () => {
  const SENT: readonly [what: keyof PanelUnderTest['actions'], args: readonly unknown[], call: unknown][] = [
    ['setOptions', [{ epsilon: null }], ['setOptions', { epsilon: null }]],
    ['run', ['exportReport'], ['runCommand', { command: 'exportReport', layer: 0 }]],
    ['chooseOption', ['layout'], ['chooseOption', { option: 'layout', layer: 0 }]],
    ['copy', ['mean\t1'], ['copyText', { text: 'mean\t1' }]],
    ['cancel', [], ['cancel', undefined]],
    ['resume', [], ['resume', undefined]],
  ];
  for (const [what, args, call] of SENT) {
    it(`send ${what} to the host`, async () => {
      const panel = await open();
      (panel.actions[what] as (...args: readonly unknown[]) => void)(...args);
      await settled();
      assert.deepEqual(panel.calls.at(-1), call);
    });

    it(`show a failure of ${what}`, async () => {
      const panel = await open();
      panel.breakWith(problemError('unreadable', 'file:///run', 'It cannot be read.'));
      (panel.actions[what] as (...args: readonly unknown[]) => void)(...args);
      await settled();
      assert.deepEqual(panel.store.get().failures, [
        { code: 'unreadable', path: 'file:///run', message: 'It cannot be read.' },
      ]);
    });
  }

  it('report up to twenty defects to the host, with stack and cause', async () => {
    const panel = await open();
    const defect = new TypeError('Not a function.', { cause: new RangeError('Too long.') });
    for (let i = 0; i < 30; i++) panel.reportDefect(defect);
    await settled();
    const reports = panel.calls.filter(([method]) => method === 'reportDefect');
    assert.equal(reports.length, 20);
    const { problem } = reports[0][1] as { problem: Problem };
    assert.deepEqual([problem.code, problem.cause?.cause?.name], ['internal', 'RangeError']);
    assert.match(problem.cause?.frames[0] ?? '', /actions\.test\.js/);
  });

  it('run a command without a layer if there is no run', async () => {
    const panel = await startPanel(snapshotOf(undefined));
    panel.actions.run('openRun');
    await settled();
    assert.deepEqual(panel.calls.at(-1), ['runCommand', { command: 'openRun' }]);
  });

  const TOGGLES: readonly [shown: readonly Method[], method: Method, then: readonly Method[]][] = [
    [['none', 'batch', 'rms'], 'batch', ['none', 'rms']],
    [['none', 'rms'], 'batch', ['none', 'batch', 'rms']],
    [['rms'], 'none', ['none', 'rms']],
    [['batch'], 'batch', ['batch']],
  ];
  for (const [methods, method, then] of TOGGLES) {
    it(`toggle ${method} of ${methods}`, async () => {
      const panel = await open({ ...AT_A, methods });
      panel.actions.toggleMethod(method);
      assert.deepEqual(panel.store.get().view.methods, then);
    });
  }

  it('zoom each method separately', async () => {
    const panel = await open();
    panel.actions.zoom('none', { min: 0, max: 1 });
    panel.actions.zoom('rms', { min: 2, max: 3 });
    panel.actions.zoom('none', undefined);
    assert.deepEqual(panel.store.get().view.ranges, { rms: { min: 2, max: 3 } });
  });

  it('reset the zoom at another layer', async () => {
    const panel = await open();
    panel.actions.zoom('none', { min: 0, max: 1 });
    panel.actions.selectLayer('net.b');
    assert.deepEqual(panel.store.get().view.ranges, {});
  });

  it('select another variant', async () => {
    const catalog = catalogOf(['a'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
    const panel = await startPanel(snapshotOf(catalog), { layer: 'net.a' });
    panel.actions.selectVariant(1);
    await settled();
    const { data, view } = panel.store.get();
    assert.equal(select(data!, view)?.record.id, 3);
    assert.deepEqual(focusCalls(panel).at(-1), { layer: 0, variant: 1 });
  });

  it('change nothing at the step in view', async () => {
    const panel = await open();
    const before = panel.store.get();
    panel.actions.selectStep(20);
    panel.actions.selectLayer('net.a');
    assert.equal(panel.store.get(), before);
  });
});
