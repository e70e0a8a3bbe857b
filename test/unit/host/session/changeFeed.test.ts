import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { ChangeFeed, type SessionChange } from '../../../../src/host/session/changeFeed';
import { CHANGES } from '../../../../src/host/session/pacing';

describe('host: changes of a session', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  /** A feed, and the records of the changes that it has sent since the last call. */
  function feedUnderTest() {
    const changes: SessionChange[] = [];
    const feed = new ChangeFeed((error) => assert.fail(String(error)));
    feed.onChange((change) => changes.push(change));
    const sent = () =>
      changes.splice(0).flatMap((change) => ('records' in change ? [[...change.records]] : []));
    return { feed, sent };
  }

  it('come gathered, the first ones after another state sooner', () => {
    const { feed, sent } = feedUnderTest();
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

  it('come less often while the layer in view is computed, but the first ones as soon', () => {
    const { feed, sent } = feedUnderTest();
    feed.flush();
    feed.awaitLayer(true);
    feed.addRecord(1);
    mock.timers.tick(CHANGES.first);
    assert.deepEqual(sent(), [[], [1]]);
    feed.addRecord(2);
    mock.timers.tick(CHANGES.interval + CHANGES.first);
    assert.deepEqual(sent(), []);
    mock.timers.tick(CHANGES.awaitedInterval);
    assert.deepEqual(sent(), [[2]]);
    feed.dispose();
  });
});
