import assert from 'node:assert/strict';
import { PanelNews } from '../../../src/host/panelNews';
import type { PanelSnapshot, PanelUpdate } from '../../../src/protocol/panelApi';
import { catalogOf, cellOf } from '../protocol/samples';
import { columnsOf } from '../webview/samples';
import { settled } from './kernel/fakeKernel';
import { complete, last, listed, PROBLEM, type SessionUnderTest, tellShift, tellSummary } from './sessions';

/** A panel that answers when the test says so. */
function panelOf({ session }: SessionUnderTest) {
  const told: (PanelUpdate | PanelSnapshot)[] = [];
  let answer = () => {};
  const hear = (news: PanelUpdate | PanelSnapshot) => {
    told.push(news);
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  };
  const news = new PanelNews(session, { reset: hear, update: hear });
  session.onChange((change) => news.changed(change));
  return {
    news,
    told,
    answer: async () => {
      answer();
      await settled();
    },
  };
}

const AT_A = { layer: 0, variant: 0 };

describe('host: the news of a panel', () => {
  it('are none before its page has loaded', async () => {
    const under = await complete();
    const { news, told } = panelOf(under);
    news.changed({ kind: 'reset' });
    assert.deepEqual(told, []);
  });

  it('have the map’s cells of all that changed, the rest only of the layer in focus', async () => {
    const under = await complete();
    const { news, told } = panelOf(under);
    news.begin(AT_A);
    news.changed({ kind: 'records', records: new Set([1, 3]), problems: [PROBLEM], deltas: [] });
    const [update] = told as PanelUpdate[];
    assert.deepEqual(update.shiftMap, columnsOf([cellOf(1, 0, 0.25), cellOf(3, 2, 0.75)]));
    assert.deepEqual(
      [update.summaries.map(({ record }) => record), update.shifts.map(({ record }) => record)],
      [[1], [1]],
    );
    assert.deepEqual([update.problems, update.deltas], [[PROBLEM], []]);
  });

  it('wait until the panel has taken in those before, and are gathered', async () => {
    const under = await complete();
    const { news, told, answer } = panelOf(under);
    news.begin(AT_A);
    for (const record of [0, 1, 1, 2])
      news.changed({ kind: 'records', records: new Set([record]), problems: [], deltas: [] });
    assert.equal(told.length, 1);
    await answer();
    assert.equal(told.length, 2);
    assert.deepEqual([...(told[1] as PanelUpdate).shiftMap.record], [1, 2]);
    await answer();
    assert.equal(told.length, 2);
  });

  it('come in portions, a large layer’s too', async () => {
    const steps = Array.from({ length: 700 }, (_, i) => i);
    const under = await listed(catalogOf(['a'], steps));
    const analysis = last(under, 'analyse');
    for (const step of steps) {
      tellSummary(analysis, step);
      tellShift(analysis, step, 0, 1);
    }
    const { news, told, answer } = panelOf(under);
    const snapshot = news.begin(AT_A);
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let i = 0; i < 20; i++) await answer();
    const records = [
      ...(snapshot.layer?.summaries ?? []),
      ...told.flatMap((each) => ('summaries' in each ? each.summaries : [])),
    ].map(({ record }) => record);
    assert.equal(new Set(records).size, 700);
    assert.ok(told.every((each) => !('summaries' in each) || each.summaries.length <= 100));
    under.session.dispose();
  });

  it('a page that loads again gets everything, whatever the one before did not answer', async () => {
    const under = await complete();
    const { news, told } = panelOf(under);
    news.begin(AT_A);
    const change = { kind: 'records', records: new Set([1]), problems: [], deltas: [] } as const;
    news.changed(change);
    news.changed(change);
    assert.equal(told.length, 1);
    assert.equal(news.begin(undefined).layer?.layer, 0);
    news.changed(change);
    assert.equal(told.length, 2);
  });

  it('a reset takes the place of what waits', async () => {
    const under = await complete();
    const { news, told, answer } = panelOf(under);
    news.begin(AT_A);
    const change = { kind: 'records', records: new Set([1]), problems: [PROBLEM], deltas: [] } as const;
    news.changed(change);
    news.changed(change);
    news.changed({ kind: 'reset' });
    await answer();
    assert.ok('roots' in told[1]);
    await answer();
    assert.equal(told.length, 2);
  });
});
