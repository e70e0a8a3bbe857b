import assert from 'node:assert/strict';
import type { RunCatalog } from '../../../../src/model/catalog';
import { catalogOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import { DEATH, last, newSession, request, type SessionUnderTest, tellShift, tellSummary } from './sessions';

/** Of layers a and b, the first and the last step. */
const SAMPLE = catalogOf(['a', 'b'], [0, 30]);

/** The sample's records, then those of steps 10 and 20. */
const WHOLE: RunCatalog = {
  ...catalogOf(['a', 'b'], [0, 10, 20, 30]),
  records: [
    ...SAMPLE.records,
    ...[0, 1].flatMap((layer) =>
      [10, 20].map((step, i) => ({ ...SAMPLE.records[2 * layer], id: 4 + 2 * layer + i, step })),
    ),
  ],
};

/** A session that has a sample, whose records 0 and 1 are computed. */
function sampled(): SessionUnderTest & { opening: Promise<void> } {
  const under = newSession();
  const opening = under.session.open();
  last(under, 'openRun').progress({ files: 25 });
  last(under, 'openRun').progress({ sample: SAMPLE });
  const analysis = last(under, 'analyse');
  for (const id of [0, 1]) {
    tellSummary(analysis, id);
    tellShift(analysis, id, 0, 1);
  }
  return { ...under, opening };
}

describe('host: a session that has a sample of its run', () => {
  it('shows and computes it while the others are listed', async () => {
    const under = sampled();
    const { session } = under;
    assert.deepEqual(session.catalog?.records, SAMPLE.records);
    assert.deepEqual([...session.results.cells.records()], [0, 1]);
    assert.deepEqual(session.progress, { state: 'listing', done: 25, total: 0 });
    last(under, 'analyse').resolve({ done: 4, failed: 0 });
    await settled();
    assert.equal(session.progress.state, 'listing', 'the run is not complete with the sample');
  });

  it('keeps its results where ids stay, and computes the rest', async () => {
    const under = sampled();
    last(under, 'openRun').resolve({ ...WHOLE, extendsSample: true });
    await under.opening;
    assert.deepEqual(under.session.catalog?.records, WHOLE.records);
    assert.deepEqual([...under.session.results.cells.records()], [0, 1]);
    assert.deepEqual(request(last(under, 'analyse')).known, [0, 1]);
    assert.deepEqual(under.session.progress, { state: 'computing', done: 2, total: 8 });
  });

  it('measures a shift again whose reference was not there', async () => {
    const under = newSession();
    under.session.setOptions({ reference: 'previous' });
    const opening = under.session.open();
    last(under, 'openRun').progress({ sample: SAMPLE });
    for (const id of [0, 1]) {
      tellSummary(last(under, 'analyse'), id);
      tellShift(last(under, 'analyse'), id, 0, 1);
    }
    last(under, 'openRun').resolve({ ...WHOLE, extendsSample: true });
    await opening;
    // Record 1 is at step 30, whose previous step is 20 now.
    assert.deepEqual(request(last(under, 'analyse')).known, [0]);
  });

  it('forgets its results where ids change', async () => {
    const under = sampled();
    last(under, 'openRun').resolve(catalogOf(['a', 'b'], [0, 10, 20, 30]));
    await under.opening;
    assert.deepEqual([...under.session.results.cells.records()], []);
    assert.deepEqual(request(last(under, 'analyse')).known, []);
  });

  it('computes it again with other options, and goes on listing', async () => {
    const under = sampled();
    const before = last(under, 'analyse');
    under.session.setOptions({ epsilon: 0.1 });
    assert.equal(before.signal?.aborted, true);
    assert.equal(last(under, 'openRun').signal?.aborted, false);
    assert.deepEqual([...under.session.results.cells.records()], []);
    assert.equal(request(last(under, 'analyse')).options.epsilon, 0.1);
    last(under, 'openRun').resolve({ ...WHOLE, extendsSample: true });
    await under.opening;
    assert.equal(under.session.progress.total, 8);
  });

  it('cancels listing and computation together, and takes up both from the beginning', async () => {
    const under = sampled();
    const [opening, analysis] = [last(under, 'openRun'), last(under, 'analyse')];
    under.session.cancel();
    await under.opening;
    assert.deepEqual([opening.signal?.aborted, analysis.signal?.aborted], [true, true]);
    assert.equal(under.session.progress.state, 'cancelled');
    under.session.resume();
    assert.notEqual(last(under, 'openRun'), opening);
    assert.deepEqual([...under.session.results.cells.records()], [], 'ids may be others then');
    last(under, 'openRun').progress({ sample: SAMPLE });
    assert.equal(request(last(under, 'analyse')).known?.length, 0);
  });

  it('does not go back to a sample when the run is listed again', async () => {
    const under = sampled();
    last(under, 'openRun').resolve({ ...WHOLE, extendsSample: true });
    await under.opening;
    void under.session.refresh();
    last(under, 'openRun').progress({ sample: SAMPLE });
    assert.deepEqual(under.session.catalog?.records, WHOLE.records);
  });

  it('does not go back to a sample when another kernel lists the run again', async () => {
    const under = sampled();
    last(under, 'openRun').resolve({ ...WHOLE, extendsSample: true });
    await under.opening;
    under.kernel.die(DEATH);
    await settled();
    under.session.resume();
    await settled();
    const again = last(under, 'openRun');
    again.progress({ sample: SAMPLE });
    assert.deepEqual(under.session.catalog?.records, WHOLE.records);
  });
});
