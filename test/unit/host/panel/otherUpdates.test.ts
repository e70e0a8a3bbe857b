import assert from 'node:assert/strict';
import { OtherUpdates } from '../../../../src/host/panel/otherUpdates';
import type { RecordChanges } from '../../../../src/host/session/changeFeed';
import { summaryOf } from '../../model/samples';
import { settled } from '../kernel/fakeKernel';
import { listedSessions, OTHER, THERE } from '../session/comparedSessions';

/** Updates of a panel on a run that is compared with another, whose records are all computed. */
async function updates() {
  const under = await listedSessions();
  const analysis = under.last('analyse', OTHER);
  for (const { id } of THERE.records) analysis?.progress({ kind: 'summary', summary: summaryOf(id) });
  await settled();
  return { under, other: new OtherUpdates(under.session) };
}

const changeOf = (...records: number[]): RecordChanges => ({
  records: new Set(records),
  problems: [],
  deltas: [],
});

describe('host: updates of the other run', () => {
  it('are none without one', async () => {
    const { under, other } = await updates();
    under.session.setOptions({ reference: 'first' });
    assert.equal(other.snapshot({ layer: 0, variant: 0 }, 'mean'), undefined);
    assert.equal(other.next('mean', 10, 10), undefined);
    assert.equal(other.isWaiting, false);
  });

  it('begin with its name and catalog; figures and results of the joined layer follow, so many at a time', async () => {
    const { other } = await updates();
    const snapshot = other.snapshot({ layer: 0, variant: 0 }, 'mean');
    assert.deepEqual([snapshot?.title, snapshot?.roots], ['other', OTHER]);
    assert.equal(snapshot?.catalog?.records.step.length, THERE.records.length);
    const first = other.next('mean', 3, 1);
    assert.deepEqual([...(first?.quantity.record ?? [])], [0, 1, 2]);
    // Layer a is layer 1 there, with the records 2 and 3.
    assert.deepEqual(
      first?.summaries.map(({ record }) => record),
      [2],
    );
    const second = other.next('mean', 3, 1);
    assert.deepEqual([...(second?.quantity.record ?? [])], [3]);
    assert.deepEqual(
      second?.summaries.map(({ record }) => record),
      [3],
    );
    assert.equal(other.isWaiting, false);
  });

  it('send a record again that has changed, in full if it belongs to the layer in focus', async () => {
    const { other } = await updates();
    other.changed(changeOf(1, 2), { layer: 0, variant: 0 });
    const update = other.next('mean', 10, 10);
    assert.deepEqual([...(update?.quantity.record ?? [])], [1, 2]);
    assert.deepEqual(
      update?.summaries.map(({ record }) => record),
      [2],
    );
  });

  it('send no records as the shift, which is between both runs', async () => {
    const { other } = await updates();
    other.snapshot(undefined, 'shift');
    assert.equal(other.isWaiting, false);
    other.changed(changeOf(0), undefined);
    assert.equal(other.next('shift', 10, 10)?.quantity.record.length, 0);
  });
});
