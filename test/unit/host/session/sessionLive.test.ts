import assert from 'node:assert/strict';
import type { RecordEntry, RunCatalog } from '../../../../src/model/catalog';
import type { CatalogDelta, RunUpdate } from '../../../../src/model/catalogDelta';
import { LiveCatalog } from '../../../../src/model/liveCatalog';
import type { Problem } from '../../../../src/model/problem';
import { catalogOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import {
  CATALOG,
  complete,
  counts,
  inShort,
  last,
  listed,
  request,
  type SessionUnderTest,
  tellShift,
  tellSummary,
} from './sessions';

const NOTHING: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };

/** The records of a new step in layers a and b of the run of sessions.ts. */
function stepOf(catalog: RunCatalog, step: number): readonly RecordEntry[] {
  return [0, 1].map((layer) => ({
    ...catalog.records[2 * layer],
    id: catalog.records.length + layer,
    step,
    file: `file:///run/step_${step}.npz`,
  }));
}

async function take(under: SessionUnderTest, update: RunUpdate) {
  const updated = under.session.update(['file:///run/x']);
  await settled();
  last(under, 'updateRun').resolve(update);
  return updated;
}

const delta = (changes: Partial<CatalogDelta>): RunUpdate => ({
  kind: 'delta',
  delta: { ...NOTHING, ...changes },
  waiting: [],
});

describe('host: a session whose run grows', () => {
  it('adds a new step, sends it, and computes only that step', async () => {
    const under = await complete();
    const added = stepOf(CATALOG, 20);
    await take(under, delta({ added }));
    assert.deepEqual(last(under, 'updateRun').params, { run: 'file:///run', files: ['file:///run/x'] });
    assert.deepEqual(under.session.catalog, new LiveCatalog(CATALOG).apply({ ...NOTHING, added }));
    assert.deepEqual(request(last(under, 'analyse')).records, [4, 5]);
    const { state, done, total, live } = under.session.progress;
    assert.deepEqual([state, done, total, live], ['complete', 4, 6, true]);
    tellSummary(last(under, 'analyse'), 4);
    last(under, 'analyse').resolve({ done: 2, failed: 0 });
    await under.session.whenIdle();
    const reported = under.changes.flatMap((change) => (change.kind === 'records' ? change.deltas : []));
    assert.deepEqual(reported, [{ ...NOTHING, added }]);
    assert.ok(!inShort(under.changes).includes('catalog'));
    under.session.dispose();
  });

  it('computes the newest step first, and in it the layer in focus', async () => {
    const under = await complete();
    under.session.focus({ layer: 1, variant: 0 });
    const first = stepOf(CATALOG, 20);
    const second = stepOf(new LiveCatalog(CATALOG).apply({ ...NOTHING, added: first }), 30);
    await take(under, delta({ added: [...first, ...second] }));
    assert.deepEqual(request(last(under, 'analyse')).records, [7, 6, 5, 4]);
    under.session.dispose();
  });

  it('computes newer steps before those that wait, and all of them in the end', async () => {
    const under = await complete();
    const growing = (steps: readonly number[]): RecordEntry[] => {
      assert.ok(under.session.catalog);
      const live = new LiveCatalog(under.session.catalog);
      const added: RecordEntry[] = [];
      for (const step of steps) {
        const records = stepOf(live.current, step);
        added.push(...records);
        live.apply({ ...NOTHING, added: records });
      }
      return added;
    };
    const asked = () => under.kernel.of('analyse').slice(1);
    await take(under, delta({ added: growing(Array.from({ length: 100 }, (_, i) => 20 + i)) }));
    const atFirst = asked().flatMap((call) => request(call).records ?? []);
    assert.ok(atFirst.length < 100, `${atFirst.length} of 200 records were asked for`);
    await take(under, delta({ added: growing([1000]) }));
    assert.deepEqual(
      asked().flatMap((call) => request(call).records ?? []),
      atFirst,
    );
    const done: number[] = [];
    for (let at = 0; at < asked().length; at++) {
      const call = asked()[at];
      done.push(...(request(call).records ?? []));
      assert.equal(under.session.progress.state, 'complete');
      call.resolve({ done: 0, failed: 0 });
      await settled();
    }
    assert.deepEqual(done.slice(atFirst.length, atFirst.length + 2), [204, 205]);
    assert.deepEqual(
      done.sort((a, b) => a - b),
      Array.from({ length: 202 }, (_, i) => 4 + i),
    );
    under.session.dispose();
  });

  it('forgets results of a rewritten file, and drops late ones', async () => {
    const under = await complete();
    under.session.setOptions({ epsilon: 0.1 });
    const former = last(under, 'analyse');
    tellSummary(former, 1);
    tellShift(former, 1, 0, 0.25);
    await take(under, delta({ changed: [CATALOG.records[1]] }));
    assert.equal(under.session.results.summaries.has(1), false);
    tellSummary(former, 1);
    assert.equal(under.session.results.summaries.has(1), false);
    assert.deepEqual(request(last(under, 'analyse')).records, [1]);
    tellSummary(last(under, 'analyse'), 1);
    assert.equal(under.session.results.summaries.has(1), true);
    under.session.dispose();
  });

  it('measures shifts from the next step if the reference was deleted', async () => {
    const under = await complete();
    await take(under, delta({ removed: [0, 2], added: stepOf(CATALOG, 20) }));
    assert.deepEqual(request(last(under, 'analyse')).records, [4, 5, 1, 3]);
    assert.deepEqual(under.session.progress.total, 4);
    under.session.dispose();
  });

  it('starts over if the run must be read differently', async () => {
    const under = await complete();
    const catalog = catalogOf(['x'], [0, 1, 2]);
    await take(under, { kind: 'reset', catalog, waiting: [] });
    assert.equal(under.session.catalog, catalog);
    assert.ok(inShort(under.changes).includes('catalog'));
    assert.deepEqual(request(last(under, 'analyse')).known, []);
    under.session.dispose();
  });

  it('grows after a cancel, but computes nothing until it is resumed', async () => {
    const under = await listed();
    under.session.cancel();
    await take(under, delta({ added: stepOf(CATALOG, 20) }));
    assert.deepEqual(counts(under), { openRun: 1, analyse: 1 });
    assert.deepEqual(under.session.progress.total, 6);
    under.session.resume();
    assert.deepEqual(counts(under), { openRun: 1, analyse: 2 });
    under.session.dispose();
  });

  it('starts over if a new kernel numbers the records differently', async () => {
    const under = await complete();
    await take(under, delta({ added: stepOf(CATALOG, 20) }));
    under.kernel.die('Gone.');
    await settled();
    under.changes.length = 0;
    under.session.resume();
    await settled();
    last(under, 'analyse').reject(new Error('unknown run'));
    await settled();
    const grown = catalogOf(['a', 'b'], [0, 10, 20]);
    last(under, 'openRun').resolve(grown);
    await settled();
    assert.equal(under.session.catalog, grown);
    assert.ok(inShort(under.changes).includes('catalog'));
    under.session.dispose();
  });

  it('reports no problem of a file that was deleted in the meantime', async () => {
    const under = await listed();
    under.session.isWatched = true;
    const problem: Problem = { code: 'not-found', path: 'file:///run/step_0.npz', message: 'Gone.' };
    last(under, 'analyse').progress({ kind: 'problem', record: 0, problem });
    await settled();
    last(under, 'updateRun').resolve(delta({ removed: [0, 2] }));
    await settled();
    assert.deepEqual([under.session.problems, under.reported], [[], []]);
    last(under, 'analyse').progress({ kind: 'problem', record: 1, problem });
    await settled();
    last(under, 'updateRun').resolve({ kind: 'same', waiting: [] });
    await settled();
    assert.deepEqual(under.reported, [problem]);
    under.session.dispose();
  });
});
