import assert from 'node:assert/strict';
import { PanelUpdates } from '../../../../src/host/panel/panelUpdates';
import type { PanelSnapshot, PanelUpdate } from '../../../../src/protocol/panelApi';
import { catalogOf, cellOf } from '../../model/samples';
import { columnsOf } from '../../webview/samples';
import { settled } from '../kernel/fakeKernel';
import {
  complete,
  last,
  listed,
  PROBLEM,
  type SessionUnderTest,
  tellShift,
  tellSummary,
} from '../session/sessions';

/** A panel that answers when the test says so. */
function panelOf({ session }: SessionUnderTest) {
  const sent: (PanelUpdate | PanelSnapshot)[] = [];
  let answer = () => {};
  const receive = (message: PanelUpdate | PanelSnapshot) => {
    sent.push(message);
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  };
  const updates = new PanelUpdates(session, { reset: receive, update: receive });
  session.onChange((change) => updates.changed(change));
  return {
    updates,
    sent,
    answer: async () => {
      answer();
      await settled();
    },
  };
}

const AT_A = { layer: 0, variant: 0 };

describe('host: updates of a panel', () => {
  it('are none before its page has loaded', async () => {
    const under = await complete();
    const { updates, sent } = panelOf(under);
    updates.changed({ kind: 'reset' });
    assert.deepEqual(sent, []);
  });

  it('have the map’s cells of all that changed, the rest only of the layer in focus', async () => {
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

  it('wait until the panel has taken in those before, and are gathered', async () => {
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

  it('come in portions, a large layer’s too', async () => {
    const steps = Array.from({ length: 700 }, (_, i) => i);
    const under = await listed(catalogOf(['a'], steps));
    const analysis = last(under, 'analyse');
    for (const step of steps) {
      tellSummary(analysis, step);
      tellShift(analysis, step, 0, 1);
    }
    const { updates, sent, answer } = panelOf(under);
    const snapshot = updates.begin(AT_A);
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let i = 0; i < 20; i++) await answer();
    const records = [
      ...(snapshot.layer?.summaries ?? []),
      ...sent.flatMap((each) => ('summaries' in each ? each.summaries : [])),
    ].map(({ record }) => record);
    assert.equal(new Set(records).size, 700);
    assert.ok(sent.every((each) => !('summaries' in each) || each.summaries.length <= 100));
    under.session.dispose();
  });

  it('a page that loads again gets everything, whatever the one before did not answer', async () => {
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

  it('a reset takes the place of what waits', async () => {
    const under = await complete();
    const { updates, sent, answer } = panelOf(under);
    updates.begin(AT_A);
    const change = { kind: 'records', records: new Set([1]), problems: [PROBLEM], deltas: [] } as const;
    updates.changed(change);
    updates.changed(change);
    updates.changed({ kind: 'reset' });
    await answer();
    assert.ok('roots' in sent[1]);
    await answer();
    assert.equal(sent.length, 2);
  });
});
