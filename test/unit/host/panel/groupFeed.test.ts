import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { groupFeed } from '../../../../src/host/panel/groupFeed';
import { GROUP_CHANGES } from '../../../../src/host/session/pacing';
import type { GroupMember } from '../../../../src/model/runGroup';

const member = (key: string, done = 0): GroupMember => ({ key, title: key, state: 'computing', done });

describe('host: what a panel is told of its group', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('is each change, and those of half a second together', () => {
    let members: readonly GroupMember[] = [];
    const sent: (readonly GroupMember[])[] = [];
    const feed = groupFeed(
      () => members,
      (news) => void sent.push(news),
    );
    const pass = () => mock.timers.tick(GROUP_CHANGES);
    feed.begin();
    pass();
    assert.deepEqual(sent, [], 'a page knows of no group');
    members = [member('a'), member('b'), member('c')];
    feed.changed();
    feed.changed();
    assert.equal(sent.length, 0);
    pass();
    feed.changed();
    pass();
    assert.deepEqual(sent, [members]);
    members = [member('a', 1), member('b'), member('c')];
    feed.changed();
    pass();
    assert.equal(sent.length, 2);
    // A page that is loaded again has forgotten it.
    feed.begin();
    pass();
    assert.equal(sent.length, 3);
    members = [];
    feed.changed();
    pass();
    assert.deepEqual(sent.at(-1), []);
    members = [member('a')];
    feed.changed();
    feed.dispose();
    pass();
    assert.equal(sent.length, 4);
  });
});
