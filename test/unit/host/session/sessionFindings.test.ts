import assert from 'node:assert/strict';
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
    callKernel: () => Promise.resolve(undefined),
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

/** Turns of the event loop until something holds; fails after ten seconds. */
async function until(holds: () => boolean) {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, 'It never held.');
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Resolves once a look has been at the first kind of findings, and is not at its end. */
async function inTheMiddle() {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
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
    const { findings, told, summary } = tracked();
    summary(3);
    await inTheMiddle();
    summary(1);
    await until(() => told.some(([title]) => /first in a at step 10/.test(title)));
    assert.equal(findings.current.length, 1);
    findings.dispose();
  });

  it('of what was reset in the middle of a look are not told', async () => {
    const { findings, told, summary, reset } = tracked();
    summary(3);
    await inTheMiddle();
    reset();
    summary(1);
    await until(() => told.length > 0);
    assert.match(told[0][0], /first in a at step 10/);
    findings.dispose();
  });

  it('are told to nobody once they are disposed of', async () => {
    const { findings, told, summary } = tracked();
    summary(3);
    await inTheMiddle();
    findings.dispose();
    for (let i = 0; i < 20; i++) await inTheMiddle();
    assert.deepEqual([told, findings.current], [[], []]);
  });
});
