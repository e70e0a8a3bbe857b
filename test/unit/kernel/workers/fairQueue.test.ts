import assert from 'node:assert/strict';
import { fairQueue } from '../../../../src/kernel/workers/fairQueue';

function taken(queue: ReturnType<typeof fairQueue<string>>): string {
  let all = '';
  for (let item = queue.next(); item !== undefined; item = queue.next()) all += item;
  return all;
}

describe('kernel: the order of work', () => {
  it('groups take turns; within one it is first come first served', () => {
    const queue = fairQueue<string>();
    for (const item of 'abcd') queue.add('letters', item);
    for (const item of '12') queue.add('numbers', item);
    assert.equal(queue.size, 6);
    assert.equal(taken(queue), 'a1b2cd');
    assert.equal(queue.size, 0);
  });

  it('a group that comes later waits for no more than one of each', () => {
    const queue = fairQueue<string>();
    for (const item of 'abcd') queue.add('letters', item);
    assert.equal(queue.next(), 'a');
    queue.add('numbers', '1');
    queue.add('numbers', '2');
    assert.equal(taken(queue), 'b1c2d');
  });

  it('a returned item is first of its group', () => {
    const queue = fairQueue<string>();
    for (const item of 'ab') queue.add('letters', item);
    queue.addFirst('letters', 'z');
    assert.equal(taken(queue), 'zab');
  });

  it('a removed item is not taken', () => {
    const queue = fairQueue<string>();
    for (const item of 'abc') queue.add('letters', item);
    queue.remove('letters', 'b');
    queue.remove('letters', 'x');
    queue.remove('numbers', 'a');
    assert.equal(queue.size, 2);
    assert.equal(taken(queue), 'ac');
  });
});
