import assert from 'node:assert/strict';
import { paced } from '../../../../webview/scheduling/paced';

/** Counts how often a value is made, with a clock that the test sets. */
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

describe('webview: a paced value', () => {
  it('is made once from the same input', () => {
    const { get, pass } = making();
    assert.deepEqual(get('a', 0), { value: 1, wait: undefined });
    pass(1000);
    assert.deepEqual(get('a', 0), { value: 1, wait: undefined });
  });

  it('is made at once after a pause, and after an urgent change', () => {
    const { get, pass } = making();
    get('a', 0);
    assert.deepEqual(get('b', 1), { value: 2, wait: undefined });
    pass(400);
    assert.deepEqual(get('b', 2), { value: 3, wait: undefined });
  });

  it('waits while updates arrive, and says how long', () => {
    const { get, pass } = making();
    get('a', 0);
    assert.deepEqual(get('a', 1), { value: 1, wait: 400 });
    pass(300);
    assert.deepEqual(get('a', 2), { value: 1, wait: 100 });
    pass(100);
    assert.deepEqual(get('a', 3), { value: 2, wait: undefined });
  });

  it('does not wait once the input is as before', () => {
    const { get } = making();
    get('a', 0);
    get('a', 1);
    assert.deepEqual(get('a', 0), { value: 1, wait: undefined });
  });
});
