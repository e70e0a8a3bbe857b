import assert from 'node:assert/strict';
import { inOrder } from '../../../src/rpc/inOrder';

describe('rpc: one thing after another', () => {
  it('begins at once if nothing is under way, and otherwise when what came before is done', async () => {
    const ordered = inOrder();
    const done: string[] = [];
    let finish = () => {};
    const slow = ordered(async () => {
      done.push('slow begins');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      done.push('slow ends');
      return 1;
    });
    const fast = ordered(() => {
      done.push('fast');
      return 2;
    });
    await Promise.resolve();
    assert.deepEqual(done, ['slow begins']);
    finish();
    assert.deepEqual(await Promise.all([slow, fast]), [1, 2]);
    assert.deepEqual(done, ['slow begins', 'slow ends', 'fast']);
    void ordered(() => done.push('at once'));
    assert.equal(done.at(-1), 'at once');
  });

  it('goes on after a failure, which only its own result has', async () => {
    const ordered = inOrder();
    const failed = ordered(() => Promise.reject(new Error('broken')));
    const next = ordered(() => 'next');
    await assert.rejects(failed, /broken/);
    assert.equal(await next, 'next');
  });
});
