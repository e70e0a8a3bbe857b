import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { type Pace, startWatching } from '../../../src/host/watching';

const PACE: Pace = {
  gather: 5,
  poll: 40,
  pollBesideEvents: 400,
  share: 0.5,
  fileShare: 0,
  retry: 10,
  retryMost: 20,
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
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    try {
      const settle = () => new Promise((resolve) => setImmediate(resolve));
      const run = watched(() => {
        mock.timers.tick(100);
        return [];
      });
      const watching = startWatching(run, { ...PACE, poll: 100_000, fileShare: 2 });
      watching.event('file:///a');
      mock.timers.tick(5);
      await settle();
      assert.deepEqual(run.looks, [['file:///a']]);
      watching.event('file:///b');
      mock.timers.tick(199);
      await settle();
      watching.event('file:///c');
      assert.equal(run.looks.length, 1);
      mock.timers.tick(1);
      await settle();
      assert.deepEqual(run.looks[1], ['file:///b', 'file:///c']);
      watching.dispose();
    } finally {
      mock.timers.reset();
    }
  });

  it('goes on when a look fails', async () => {
    const run = watched((look) => {
      if (look === 1) throw new Error('The kernel died.');
      return [];
    });
    const watching = startWatching(run, { ...PACE, poll: 10_000 });
    watching.event('file:///a');
    await until(() => run.looks.length === 1);
    watching.event('file:///b');
    await until(() => run.looks.length === 2);
    watching.dispose();
    assert.equal(run.looks.length, 2);
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
