import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { type Pace, startWatching } from '../../../../src/host/session/watchSchedule';

const PACE: Pace = {
  gather: 5,
  poll: 40,
  pollBesideEvents: 400,
  pollAfterEvent: 10_000,
  share: 0.5,
  fileShare: 0,
  firstRetry: 10,
  maxRetry: 20,
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for what is to come, however busy the machine is. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

/** A run that notes what it is asked to look at. */
function watched(answer: (look: number) => readonly string[] | Promise<readonly string[]> = () => []) {
  const looks: (readonly string[] | undefined)[] = [];
  const update = async (files?: readonly string[]) => answer(looks.push(files));
  return { looks, update };
}

/** Lets time pass only where the test says so. */
async function withMockedTime(test: (tick: (ms: number) => Promise<void>) => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  try {
    await test(async (ms) => {
      mock.timers.tick(ms);
      await new Promise((resolve) => setImmediate(resolve));
    });
  } finally {
    mock.timers.reset();
  }
}

describe('host: watching a run', () => {
  it('looks at the files that events tell of, once for those in quick succession', async () => {
    const run = watched();
    const watching = startWatching(run, { ...PACE, poll: 10_000 });
    for (const uri of ['file:///a', 'file:///b', 'file:///a']) watching.event(uri);
    await until(() => run.looks.length > 0);
    watching.dispose();
    assert.deepEqual(run.looks, [['file:///a', 'file:///b']]);
  });

  it('looks at everything from time to time where no events come', async () => {
    const run = watched();
    const watching = startWatching(run, PACE);
    await until(() => run.looks.length >= 2);
    watching.dispose();
    assert.ok(run.looks.every((files) => files === undefined));
    const { length } = run.looks;
    await pause(80);
    assert.equal(run.looks.length, length, 'and no more once it is disposed');
  });

  it('one look at a time; what comes meanwhile is looked at next', async () => {
    let atOnce = 0;
    const run = watched(async () => {
      atOnce++;
      assert.equal(atOnce, 1);
      await pause(30);
      atOnce--;
      return [];
    });
    const watching = startWatching(run, { ...PACE, poll: 10_000 });
    watching.event('file:///a');
    await until(() => run.looks.length === 1);
    watching.event('file:///b');
    await until(() => run.looks.length === 2);
    watching.dispose();
    assert.deepEqual(run.looks, [['file:///a'], ['file:///b']]);
  });

  it('looks at half-written files again until they are whole', async () => {
    const run = watched((look) => (look < 4 ? ['file:///half'] : []));
    const watching = startWatching(run, { ...PACE, poll: 10_000 });
    watching.event('file:///half');
    await until(() => run.looks.length >= 4);
    await pause(60);
    watching.dispose();
    assert.deepEqual(
      run.looks,
      Array.from({ length: 4 }, () => ['file:///half']),
    );
  });

  it('gathers for longer where a look takes long', async () => {
    await withMockedTime(async (tick) => {
      const run = watched(() => {
        mock.timers.tick(100);
        return [];
      });
      const watching = startWatching(run, { ...PACE, poll: 100_000, fileShare: 2 });
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

  it('looks at everything soon after events, of which some may be lost', async () => {
    await withMockedTime(async (tick) => {
      const run = watched();
      const watching = startWatching(run, {
        ...PACE,
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

  it('looks again at what is half-written though other files come faster', async () => {
    await withMockedTime(async (tick) => {
      const run = watched((look) => (look < 3 ? ['file:///half'] : []));
      const watching = startWatching(run, { ...PACE, poll: 100_000, firstRetry: 30, maxRetry: 30 });
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

  it('goes on when a look fails, and sees what that did not', async () => {
    const run = watched((look) => {
      if (look === 1) throw new Error('The kernel died.');
      return [];
    });
    const watching = startWatching(run, {
      ...PACE,
      poll: 10_000,
      pollBesideEvents: 10_000,
      pollAfterEvent: 20,
    });
    watching.event('file:///a');
    await until(() => run.looks.length >= 2);
    watching.dispose();
    assert.deepEqual(run.looks, [['file:///a'], undefined]);
  });

  it('many events at once are a look at everything', async () => {
    const run = watched();
    const watching = startWatching(run, { ...PACE, poll: 10_000 });
    for (let i = 0; i < 1000; i++) watching.event(`file:///${i}`);
    await until(() => run.looks.length > 0);
    watching.dispose();
    assert.deepEqual(run.looks, [undefined]);
  });
});
