import assert from 'node:assert/strict';
import { paced } from '../../../../webview/scheduling/paced';

/** Counts how often something is made; a clock that one turns. */
function making() {
  let time = 0;
  let made = 0;
  const of = paced<number>(() => time);
  return {
    get: (urgent: unknown, news: unknown) => of.get(() => ++made, [urgent], [news], 400),
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe('webview: what is made of news', () => {
  it('is made once of the same', () => {
    const { get, pass } = making();
    assert.deepEqual(get('a', 0), { value: 1, wait: undefined });
    pass(1000);
    assert.deepEqual(get('a', 0), { value: 1, wait: undefined });
  });

  it('is made at once of the first news after a pause, and of what is urgent', () => {
    const { get, pass } = making();
    get('a', 0);
    assert.deepEqual(get('b', 1), { value: 2, wait: undefined });
    pass(400);
    assert.deepEqual(get('b', 2), { value: 3, wait: undefined });
  });

  it('waits for its turn while news pour in, and tells how long', () => {
    const { get, pass } = making();
    get('a', 0);
    assert.deepEqual(get('a', 1), { value: 1, wait: 400 });
    pass(300);
    assert.deepEqual(get('a', 2), { value: 1, wait: 100 });
    pass(100);
    assert.deepEqual(get('a', 3), { value: 2, wait: undefined });
  });

  it('has nothing to wait for once news are as they were', () => {
    const { get } = making();
    get('a', 0);
    get('a', 1);
    assert.deepEqual(get('a', 0), { value: 1, wait: undefined });
  });
});
