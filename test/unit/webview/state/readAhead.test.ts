import assert from 'node:assert/strict';
import type { RecordSummary } from '../../../../src/model/analysis';
import type { HostApi, PanelProgress, PanelSnapshot } from '../../../../src/protocol/panelApi';
import type { Connection } from '../../../../src/rpc/channel';
import { recordRequests } from '../../../../webview/state/recordRequests';
import type { RunData } from '../../../../webview/state/runData';
import type { Selection } from '../../../../webview/state/selection';
import { catalogOf, shiftOf, summaryOf } from '../../model/samples';
import { snapshotOf } from '../samples';
import { type PanelUnderTest, settled, startPanel } from './fakeHost';

const CATALOG = catalogOf(['a', 'b'], [0, 10]);
const COMPLETE: PanelProgress = { state: 'complete', done: 4, total: 4 };
const AHEAD = ['cube', 'batchSizes', 'methodSweep', 'formatCasts'];

function open(change: Partial<PanelSnapshot> = {}, summary: Partial<RecordSummary> = {}) {
  const summaries = [0, 1].map((id) => ({ ...summaryOf(id), ...summary }));
  const shifts = [shiftOf(0, 0, 0), shiftOf(1, 0, 1)];
  const snapshot = snapshotOf(CATALOG, [], { layer: 0, variant: 0, summaries, shifts });
  return startPanel({ ...snapshot, progress: COMPLETE, ...change }, { layer: 'net.a', step: 10 });
}

/** What was asked of records, each with the record. */
function asked({ calls }: PanelUnderTest): readonly (readonly [method: string, record: number])[] {
  return calls.flatMap(([method, params]) =>
    AHEAD.includes(method) ? [[method, (params as { record: number }).record] as const] : [],
  );
}

async function rest(panel: PanelUnderTest): Promise<void> {
  panel.rest();
  for (let i = 0; i < 10; i++) await settled();
}

describe('webview: what other tabs show', () => {
  it('is asked for once a person has looked at the same record for a moment, and not again by a click', async () => {
    const panel = await open();
    await settled();
    assert.deepEqual(asked(panel), []);
    await rest(panel);
    const once = AHEAD.map((method) => [method, 1]);
    assert.deepEqual(asked(panel), once);
    for (const tab of ['cube', 'whatIf', 'methods'] as const) {
      panel.actions.setView({ tab });
      await rest(panel);
    }
    assert.deepEqual(asked(panel), once);
    assert.equal(panel.store.get().data?.cube?.record, 1);
    panel.actions.selectStep(0);
    await settled();
    assert.deepEqual(asked(panel), once);
    await rest(panel);
    assert.deepEqual(asked(panel), [...once, ...AHEAD.map((method) => [method, 0])]);
  });

  it('includes the channels of the layer, if the kernel has them in memory', async () => {
    const channels = ({ calls }: PanelUnderTest) =>
      calls.flatMap(([method, params]) => (method === 'channels' ? [params] : []));
    const place = { layer: 0, variant: 0, step: 0 };
    for (const isForgetful of [false, true]) {
      const panel = await open();
      if (isForgetful) panel.forgetAll();
      panel.actions.selectStep(0);
      await settled();
      await rest(panel);
      assert.deepEqual(channels(panel), [{ ...place, ahead: true }]);
      panel.actions.setView({ tab: 'channels' });
      await settled();
      await rest(panel);
      assert.deepEqual(channels(panel).slice(1), isForgetful ? [place] : []);
      assert.equal(panel.store.get().data?.channels?.layer, 0);
    }
  });

  it('is not asked for while anything is computed, nor of a large record, nor where files are read as a whole', async () => {
    for (const panel of [
      await open({ progress: { ...COMPLETE, state: 'computing' } }),
      await open({ progress: { ...COMPLETE, live: true } }),
      await open({}, { count: 2 ** 20 + 1 }),
      await open({ roots: ['vscode-vfs://github/run'] }),
    ]) {
      await rest(panel);
      assert.deepEqual(asked(panel), []);
    }
  });
});

/** Requests for casts to a host that answers when the test says so. */
function requests() {
  const sent: { signal: AbortSignal; answer(): void; refuse(error: Error): void }[] = [];
  const failures: unknown[] = [];
  let data = { options: {} } as RunData;
  const call = (_: string, params: { record: number }, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      sent.push({ signal, answer: () => resolve({ ...params, casts: [] }), refuse: reject });
    });
  const of = recordRequests(
    { call } as unknown as Connection<HostApi>,
    'formatCasts',
    (change) => {
      data = change(data);
    },
    (error) => failures.push(error),
  );
  const selection = { summary: summaryOf(0), layer: {} } as unknown as Selection;
  return {
    sent,
    failures,
    shown: () => data.formatCasts?.record,
    ask: (record: number) => of.ask({ record }, selection, data),
    askAhead: (record: number) => of.askAhead({ record }, selection, data),
    stopAhead: of.stopAhead,
  };
}

describe('webview: a request that was sent ahead', () => {
  it('is taken over by the person, and no longer stopped', async () => {
    const { sent, shown, ask, askAhead, stopAhead } = requests();
    void askAhead(3);
    ask(3);
    stopAhead();
    assert.deepEqual([sent.length, sent[0].signal.aborted], [1, false]);
    sent[0].answer();
    await settled();
    assert.equal(shown(), 3);
  });

  it('is stopped when something else is in view, and sent again when it is wanted', async () => {
    const { sent, ask, askAhead, stopAhead } = requests();
    void askAhead(3);
    stopAhead();
    assert.equal(sent[0].signal.aborted, true);
    sent[0].refuse(new Error('Aborted.'));
    await settled();
    ask(3);
    assert.equal(sent.length, 2);
    ask(4);
    assert.deepEqual([sent.length, sent[1].signal.aborted], [3, true]);
  });

  it('fails without a word, and is repeated when it is wanted', async () => {
    const { sent, failures, ask, askAhead } = requests();
    void askAhead(3);
    sent[0].refuse(new Error('It cannot be read.'));
    await settled();
    assert.deepEqual(failures, []);
    ask(3);
    sent[1].refuse(new Error('It cannot be read.'));
    await settled();
    assert.equal(failures.length, 1);
  });

  it('that the person waits for is a failure if it fails', async () => {
    const { sent, failures, ask, askAhead } = requests();
    void askAhead(3);
    ask(3);
    sent[0].refuse(new Error('It cannot be read.'));
    await settled();
    assert.equal(failures.length, 1);
  });
});
