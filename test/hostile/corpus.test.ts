import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostileCases } from '../fixtures/hostile';
import { GOOD, type HostileCase } from '../fixtures/hostile/hostileCase';
import type { Outcome } from './examine';
import { changeRunFolder, closeSockets, contentsOf, makeRunFolder } from './runFolder';
import { VictimLost, victims } from './victims';

/** Seconds of work that a case may take, and after which it is ended on a machine that does other things. */
const SECONDS = 2;
const PATIENCE = 180;
/** Bytes of the whole process, and of one piece of memory. */
const MAX_MEMORY = 800 * 2 ** 20;
const FRESH_ABOVE = 300 * 2 ** 20;
const MAX_AT_ONCE = 256 * 2 ** 20;

describe('hostile and broken files', function () {
  this.timeout(1000 * 2 * PATIENCE);
  const cases = hostileCases();
  const counts = { cases: 0, crashes: 0, hangs: 0, slowest: 0, slowestCase: '', peak: 0, largest: 0 };
  let parent = '';
  let process_: ReturnType<typeof victims>;

  before(async () => {
    parent = await realpath(await mkdtemp(join(tmpdir(), 'normscope-hostile-')));
    process_ = victims([parent]);
  });
  after(async () => {
    process_.stop();
    closeSockets();
    await rm(parent, { recursive: true, force: true });
    const { slowest, slowestCase, peak, largest } = counts;
    console.log(
      `\n    hostile corpus: ${counts.cases} cases, ${counts.crashes} crashes, ${counts.hangs} hangs, 0 code executions;` +
        ` slowest ${slowest.toFixed(2)} s (${slowestCase}), peak memory ${(peak / 2 ** 20).toFixed(0)} MB,` +
        ` largest piece ${(largest / 2 ** 20).toFixed(0)} MB`,
    );
  });

  it('are at least 300, each with a separate name', () => {
    assert.ok(cases.length >= 300, `${cases.length} cases`);
    assert.deepEqual(repeated(cases.map(({ name }) => name)), []);
  });

  for (const each of cases) {
    it(each.name, async () => {
      const place = join(parent, `${counts.cases++}`);
      const folder = await makeRunFolder(place, each);
      const before = each.change === undefined ? await contentsOf(place) : [];
      try {
        const outcome = await outcomeOf(each, folder);
        check(each, outcome);
        if (each.change === undefined)
          assert.deepEqual(await contentsOf(place), before, 'nothing is written');
        for (const canary of ['canary', join(folder, 'canary'), '/tmp/canary'])
          assert.ok(!existsSync(canary));
      } finally {
        await rm(place, { recursive: true, force: true });
      }
    });
  }

  async function outcomeOf({ name, denied = [], change }: HostileCase, folder: string): Promise<Outcome> {
    try {
      const answer = await process_.order(
        { kind: 'run', folder, denied, changeAfterReads: change?.afterReads },
        1000 * PATIENCE,
        async () => changeRunFolder(folder, change?.to ?? {}),
      );
      assert.ok(answer.kind === 'outcome');
      const { outcome } = answer;
      if (outcome.seconds > counts.slowest)
        Object.assign(counts, { slowest: outcome.seconds, slowestCase: name });
      // A fresh process for the next one, whose own memory is to be seen.
      if (outcome.peakBytes > FRESH_ABOVE) process_.stop();
      counts.peak = Math.max(counts.peak, outcome.peakBytes);
      counts.largest = Math.max(counts.largest, outcome.largestBytes);
      return outcome;
    } catch (error) {
      if (error instanceof VictimLost) counts[error.why === 'hang' ? 'hangs' : 'crashes']++;
      throw error;
    }
  }
});

function check({ problems, usable, unrecognized = [], good = GOOD }: HostileCase, outcome: Outcome): void {
  assert.deepEqual(outcome.untold, [], 'every problem is tagged, names a file of the run, and is a sentence');
  assert.deepEqual(shortened(Object.entries(outcome.problems)), shortened(Object.entries(problems)));
  assert.deepEqual(shortened(outcome.usable), shortened([...usable, good.name]));
  assert.deepEqual(shortened(outcome.unrecognized), shortened(unrecognized));
  assert.equal(outcome.means[good.name], 3.5);
  assert.deepEqual(outcome.outside, [], 'nothing outside of the run is asked for');
  assert.ok(outcome.largestBytes <= MAX_AT_ONCE, `${outcome.largestBytes} bytes of memory at once`);
  assert.ok(outcome.peakBytes <= MAX_MEMORY, `${outcome.peakBytes} bytes of memory`);
  assert.ok(outcome.seconds <= SECONDS, `${outcome.seconds} s`);
}

/** Sorted, and long names cut, for messages that can be read. */
function shortened(items: readonly unknown[]): string[] {
  const texts = items.map((item) => JSON.stringify(item)).sort();
  return texts.map((text) =>
    text.length > 300 ? `${text.slice(0, 100)}…${text.length}…${text.slice(-50)}` : text,
  );
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
