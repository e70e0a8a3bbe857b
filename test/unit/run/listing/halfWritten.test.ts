import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { ProblemCode } from '../../../../src/model/problem';
import {
  HALF_WRITTEN,
  mayPass,
  retryDelay,
  unsettledFiles,
  untilWritten,
} from '../../../../src/run/listing/halfWritten';

const { settling, patience } = HALF_WRITTEN;

describe('run: files that may be half-written', () => {
  const CODES: Readonly<Record<ProblemCode, boolean>> = {
    'not-found': true,
    unreadable: true,
    truncated: true,
    malformed: true,
    changed: true,
    empty: true,
    unsupported: false,
    unrecognized: false,
    layout: false,
    sidecar: false,
    reference: false,
    internal: false,
  };
  for (const [code, expected] of Object.entries(CODES) as [ProblemCode, boolean][]) {
    it(`a problem ${code} ${expected ? 'may pass' : 'does not pass'}`, () =>
      assert.equal(mayPass({ code }), expected));
  }

  it('the time between looks doubles up to a limit', () => {
    const delays = [0, 1, 2, 3, 4, 100].map((looks) => retryDelay(looks));
    assert.deepEqual(delays, [200, 400, 800, 1600, 2000, 2000]);
  });

  it('a file settles once it has stayed the same for long enough', () => {
    let now = 0;
    const files = unsettledFiles(settling, () => now);
    assert.equal(files.note('file:///a', '1'), false);
    now = settling - 1;
    assert.equal(files.note('file:///a', '1'), false);
    assert.equal(files.note('file:///b', '1'), false, 'each file for itself');
    now = settling;
    assert.equal(files.note('file:///a', '1'), true);
    assert.equal(files.note('file:///b', '1'), false);
    assert.equal(files.note('file:///a', '2'), false, 'written again');
    now = 3 * settling;
    files.forget('file:///a');
    assert.equal(files.note('file:///a', '2'), false, 'read in between');
  });

  describe('looking until a file is written', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    afterEach(() => mock.timers.reset());

    /**
     * Retries a file that is written after a number of attempts, while `patience` passes twice; returns the number of
     * attempts.
     */
    async function looksAt(writtenAfter: number): Promise<{ looks: number; hasEnded: boolean }> {
      let looks = 0;
      let hasEnded = false;
      const watching = untilWritten(async () => ++looks <= writtenAfter).then(() => {
        hasEnded = true;
      });
      for (let passed = 0; passed < 2 * patience && !hasEnded; passed += 100) {
        await new Promise((resolve) => setImmediate(resolve));
        mock.timers.tick(100);
      }
      if (hasEnded) await watching;
      return { looks, hasEnded };
    }

    it('looks once at one that is written', async () =>
      assert.deepEqual(await looksAt(0), { looks: 1, hasEnded: true }));

    it('continues until the file is written', async () =>
      assert.deepEqual(await looksAt(3), { looks: 4, hasEnded: true }));

    it('gives up a file that never settles', async () => {
      const { looks, hasEnded } = await looksAt(Number.POSITIVE_INFINITY);
      assert.ok(hasEnded && looks < 20, `${looks} looks`);
    });
  });
});
