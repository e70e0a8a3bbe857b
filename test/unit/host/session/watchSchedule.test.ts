import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { WatchingTimes } from '../../../../src/host/session/pacing';
import { startWatching } from '../../../../src/host/session/watchSchedule';

const TIMES: WatchingTimes = {
  gather: 5,
  maxGather: 500,
  poll: 40,
  pollBesideEvents: 400,
  pollAfterEvent: 10_000,
  pollShare: 0.5,
  gatherPerCheck: 0,
  firstRetry: 10,
  maxRetry: 20,
};

/** A run that records which files it is asked to check. */
function watched(answer: (look: number) => readonly string[] | Promise<readonly string[]> = () => []) {
  const looks: (readonly string[] | undefined)[] = [];
  const update = async (files?: readonly string[]) => answer(looks.push(files));
  return { looks, update };
}

/** Time that passes only in the test's control. */
async function withMockedTime(test: (tick: (ms: number) => Promise<void>) => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  try {
    await test(async (ms) => {
      mock.timers.tick(ms);
      await settled();
    });
  } finally {
    mock.timers.reset();
  }
}

/** Lets pending promises settle. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('host: watching a run', () => {
  it('checks the files of events, once for events in quick succession', async () => {
    await withMockedTime(async (tick) => {
      const run = watched();
      const watching = startWatching(run, { ...TIMES, poll: 10_000 });
      for (const uri of ['file:///a', 'file:///b', 'file:///a']) watching.event(uri);
      await tick(4);
      assert.deepEqual(run.looks, []);
      await tick(1);
      assert.deepEqual(run.looks, [['file:///a', 'file:///b']]);
      watching.dispose();
    });
  });

  it('polls while no events arrive, until it is disposed', async () => {
    await withMockedTime(async (tick) => {
      const run = watched();
      const watching = startWatching(run, TIMES);
      await tick(39);
      assert.deepEqual(run.looks, []);
      await tick(1);
      assert.deepEqual(run.looks, [undefined]);
      await tick(40);
      assert.deepEqual(run.looks, [undefined, undefined]);
      watching.dispose();
      await tick(100_000);
      assert.equal(run.looks.length, 2);
    });
  });

  it('runs one check at a time, and then checks the files of events in the meantime', async () => {
    await withMockedTime(async (tick) => {
      const answers: ((half: readonly string[]) => void)[] = [];
      const run = watched(() => new Promise((resolve) => answers.push(resolve)));
      const watching = startWatching(run, { ...TIMES, poll: 10_000 });
      watching.event('file:///a');
      await tick(5);
      watching.event('file:///b');
      await tick(1000);
      assert.deepEqual(run.looks, [['file:///a']]);
      answers[0]([]);
      await settled();
      await tick(0);
      assert.deepEqual(run.looks, [['file:///a'], ['file:///b']]);
      watching.dispose();
    });
  });

  it('checks half-written files again until they are complete, less and less often', async () => {
    await withMockedTime(async (tick) => {
      const run = watched((look) => (look < 4 ? ['file:///half'] : []));
      const watching = startWatching(run, { ...TIMES, poll: 10_000 });
      watching.event('file:///half');
      for (const [pause, looks] of [
        [5, 1],
        [9, 1],
        [1, 2],
        [19, 2],
        [1, 3],
        [20, 4],
        [9000, 4],
      ]) {
        await tick(pause);
        assert.equal(run.looks.length, looks);
      }
      assert.ok(run.looks.every((files) => files?.join() === 'file:///half'));
      watching.dispose();
    });
  });

  it('gathers events for longer if a check takes long', async () => {
    await withMockedTime(async (tick) => {
      const run = watched(() => {
        mock.timers.tick(100);
        return [];
      });
      const watching = startWatching(run, { ...TIMES, poll: 100_000, gatherPerCheck: 2 });
      watching.event('file:///a');
      await tick(5);
      assert.deepEqual(run.looks, [['file:///a']]);
      watching.event('file:///b');
      await tick(199);
      watching.event('file:///c');
      assert.equal(run.looks.length, 1);
      await tick(1);
      assert.deepEqual(run.looks[1], ['file:///b', 'file:///c']);
      watching.dispose();
    });
  });

  it('checks all files soon after events, because some may be lost', async () => {
    await withMockedTime(async (tick) => {
      const run = watched();
      const watching = startWatching(run, {
        ...TIMES,
        poll: 100_000,
        pollBesideEvents: 100_000,
        pollAfterEvent: 50,
      });
      watching.event('file:///a');
      await tick(5);
      assert.deepEqual(run.looks, [['file:///a']]);
      await tick(30);
      watching.event('file:///c');
      await tick(5);
      assert.deepEqual(run.looks.slice(1), [['file:///c']]);
      await tick(10);
      assert.deepEqual(run.looks.slice(2), [undefined], 'counted from the first event');
      await tick(90_000);
      assert.equal(run.looks.length, 3, 'and no more when no events come');
      watching.dispose();
    });
  });

  it('checks half-written files again even if other files arrive faster', async () => {
    await withMockedTime(async (tick) => {
      const run = watched((look) => (look < 3 ? ['file:///half'] : []));
      const watching = startWatching(run, { ...TIMES, poll: 100_000, firstRetry: 30, maxRetry: 30 });
      watching.event('file:///half');
      await tick(5);
      for (let i = 0; i < 5; i++) {
        watching.event(`file:///${i}`);
        await tick(5);
      }
      assert.deepEqual(run.looks.slice(0, 2), [['file:///half'], ['file:///0']]);
      await tick(5);
      assert.ok(
        run.looks.some((files, at) => at > 0 && files?.includes('file:///half')),
        JSON.stringify(run.looks),
      );
      watching.dispose();
    });
  });

  it('continues after a failed check, and finds what that one missed', async () => {
    await withMockedTime(async (tick) => {
      const run = watched((look) => {
        if (look === 1) throw new Error('The kernel died.');
        return [];
      });
      const watching = startWatching(run, {
        ...TIMES,
        poll: 10_000,
        pollBesideEvents: 10_000,
        pollAfterEvent: 20,
      });
      watching.event('file:///a');
      await tick(5);
      assert.deepEqual(run.looks, [['file:///a']]);
      await tick(20);
      assert.deepEqual(run.looks, [['file:///a'], undefined]);
      watching.dispose();
    });
  });

  it('checks all files after many events at once', async () => {
    await withMockedTime(async (tick) => {
      const run = watched();
      const watching = startWatching(run, { ...TIMES, poll: 10_000 });
      for (let i = 0; i < 1000; i++) watching.event(`file:///${i}`);
      await tick(5);
      assert.deepEqual(run.looks, [undefined]);
      watching.dispose();
    });
  });
});
