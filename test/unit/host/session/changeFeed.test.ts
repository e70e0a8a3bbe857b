import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { ChangeFeed, type SessionChange } from '../../../../src/host/session/changeFeed';
import { CHANGES } from '../../../../src/host/session/pacing';

describe('host: changes of a session', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('come gathered, the first ones after another state sooner', () => {
    const changes: SessionChange[] = [];
    const feed = new ChangeFeed((error) => assert.fail(String(error)));
    feed.onChange((change) => changes.push(change));
    const sent = () =>
      changes.splice(0).flatMap((change) => ('records' in change ? [[...change.records]] : []));
    // As when a computation begins.
    feed.flush();
    assert.deepEqual(sent(), [[]]);
    feed.addRecord(1);
    mock.timers.tick(CHANGES.first);
    assert.deepEqual(sent(), [[1]]);
    feed.addRecord(2);
    feed.addRecord(3);
    mock.timers.tick(CHANGES.first);
    assert.deepEqual(sent(), []);
    mock.timers.tick(CHANGES.interval);
    assert.deepEqual(sent(), [[2, 3]]);
    feed.dispose();
  });
});
