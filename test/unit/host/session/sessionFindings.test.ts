import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { findingsInTurns, findingsOf } from '../../../../src/findings/findings';
import { addResult, emptyResults, forgetResults } from '../../../../src/host/session/results';
import { type FollowedRun, trackFindings } from '../../../../src/host/session/sessionFindings';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { Finding } from '../../../../src/model/findings';
import { catalogOf, summaryOf } from '../../model/samples';
import { CATALOG } from './sessions';

const FIRST_NAN = { firstNonFinite: { kind: 'nan', index: [1, 2] }, nan: 3 } as const;

/** Findings of results that a test puts in, and what listeners received. */
function tracked() {
  let listener: Parameters<FollowedRun['onChange']>[0] = () => {};
  const results = emptyResults();
  const session: FollowedRun = {
    key: 'run',
    catalog: CATALOG,
    options: DEFAULT_OPTIONS,
    results,
    progress: { state: 'complete', done: 0, total: 0 },
    onChange: (each) => {
      listener = each;
      return { dispose: () => {} };
    },
    report: () => {},
    // What compares layers with their declarations is never done.
    callKernel: () => new Promise(() => {}),
  };
  const findings = trackFindings(session);
  const told: string[][] = [];
  findings.onChange((each) => told.push(each.map(({ title }) => title)));
  return {
    findings,
    told,
    summary: (record: number) => {
      addResult(results, { kind: 'summary', summary: { ...summaryOf(record), ...FIRST_NAN } });
      listener({ kind: 'records' });
    },
    reset: () => {
      forgetResults(results, [...results.summaries.keys()]);
      listener({ kind: 'options' });
    },
  };
}

/** Lets time pass only where the test says so: `turn` to the next timer, `end` beyond the last one. */
async function withMockedTime(
  test: (time: { turn(): Promise<void>; end(): Promise<void> }) => Promise<void>,
): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const turn = async () => {
    mock.timers.tick(1);
    await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    await test({
      turn,
      end: async () => {
        // A look takes a turn for each kind of findings, and may be followed by another.
        for (let i = 0; i < 30; i++) await turn();
      },
    });
  } finally {
    mock.timers.reset();
  }
}

describe('host: findings of a session', () => {
  it('are the same in turns, one for each kind', async () => {
    const catalog = catalogOf(['a', 'b'], [0, 10]);
    const summaries = new Map(
      catalog.records.map(({ id }) => [id, { ...summaryOf(id), ...(id > 1 && FIRST_NAN) }]),
    );
    const input = { catalog, summaries, shifts: new Map(), checks: new Map(), isComplete: true };
    let turns = 0;
    const found: readonly Finding[] = await findingsInTurns(input, async () => void turns++);
    assert.deepEqual(found, findingsOf(input));
    assert.equal(found.length, 1);
    assert.equal(turns, 5);
  });

  it('follow a change that comes in the middle of a look', async () => {
    await withMockedTime(async ({ turn, end }) => {
      const { findings, told, summary } = tracked();
      summary(3);
      await turn();
      await turn();
      summary(1);
      await end();
      assert.deepEqual(
        told.map(([title]) => title),
        ['NaN first in b at step 10', 'NaN first in a at step 10'],
      );
      assert.equal(findings.current.length, 1);
      findings.dispose();
    });
  });

  it('of what was reset in the middle of a look are not told', async () => {
    await withMockedTime(async ({ turn, end }) => {
      const { findings, told, summary, reset } = tracked();
      summary(3);
      await turn();
      await turn();
      reset();
      summary(1);
      await end();
      assert.deepEqual(
        told.map(([title]) => title),
        ['NaN first in a at step 10'],
      );
      findings.dispose();
    });
  });

  it('are told to nobody once they are disposed of', async () => {
    for (const isDisposed of [false, true]) {
      await withMockedTime(async ({ turn, end }) => {
        const { findings, told, summary } = tracked();
        summary(3);
        await turn();
        await turn();
        if (isDisposed) findings.dispose();
        await end();
        assert.equal(told.length, isDisposed ? 0 : 1);
        assert.equal(findings.current.length, isDisposed ? 0 : 1);
        findings.dispose();
      });
    }
  });
});
