import assert from 'node:assert/strict';
import { diskPace } from '../../../src/io/diskPace';

/** A disk with given response times, on a simulated clock. */
function disk() {
  let time = 0;
  const pace = diskPace(() => time);
  return {
    idle: (milliseconds: number) => {
      time += milliseconds;
    },
    ask: (milliseconds: number, bytes = 0): 'on the spot' | 'beside' => {
      let how: 'on the spot' | 'beside' = 'beside';
      void pace.run(
        bytes,
        () => {
          how = 'on the spot';
          time += milliseconds;
        },
        async () => {
          time += milliseconds;
        },
      );
      return how;
    },
  };
}

describe('io: pace of a disk', () => {
  it('is on the spot while answers come quickly, but once a turn', () => {
    const { ask } = disk();
    const asked = Array.from({ length: 101 }, () => ask(0.5));
    // 25 ms of half a millisecond each.
    assert.deepEqual(
      asked.flatMap((how, i) => (how === 'beside' ? [i] : [])),
      [0, 50, 100],
    );
  });

  it('reads asynchronously while the disk is slow, and tries again later', () => {
    const { ask, idle } = disk();
    ask(0);
    assert.deepEqual(
      [3, 3, 3, 3, 3].map((milliseconds) => ask(milliseconds)),
      ['on the spot', 'on the spot', 'on the spot', 'beside', 'beside'],
    );
    idle(200);
    assert.equal(ask(0), 'beside', 'its turn is over');
    // Slow once more is slow still.
    assert.deepEqual([ask(3), ask(0)], ['on the spot', 'beside']);
    idle(200);
    ask(0);
    assert.deepEqual(
      [0, 3, 3, 0].map((milliseconds) => ask(milliseconds)),
      Array(4).fill('on the spot'),
    );
  });

  it('does not take many bytes, nor one that had to wait for a core, for slowness', () => {
    const { ask } = disk();
    ask(0);
    assert.deepEqual(
      [ask(7, 4 << 20), ask(7, 4 << 20), ask(7, 4 << 20), ask(3), ask(0)],
      Array(5).fill('on the spot'),
    );
  });
});
