import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { findingsInTurns, findingsOf } from '../../../../src/findings/findings';
import { addResult, emptyResults, forgetResults } from '../../../../src/host/session/results';
import { type FollowedRun, trackFindings } from '../../../../src/host/session/sessionFindings';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { DiagnosisState } from '../../../../src/model/findings';
import type { PanelProgress } from '../../../../src/protocol/panelApi';
import { catalogOf, summaryOf } from '../../model/samples';
import { CATALOG } from './sessions';

const FIRST_NAN = { firstNonFinite: { kind: 'nan', index: [1, 2] }, nan: 3 } as const;

/** Findings of results that a test puts in, and what listeners received. */
function tracked(check: () => Promise<unknown> = async () => ({})) {
  let listener: Parameters<FollowedRun['onChange']>[0] = () => {};
  const results = emptyResults();
  const session = {
    key: 'run',
    catalog: CATALOG,
    options: DEFAULT_OPTIONS,
    results,
    progress: { state: 'complete', done: 0, total: 0 } as PanelProgress,
    onChange: (each: typeof listener) => {
      listener = each;
      return { dispose: () => {} };
    },
    report: () => {},
    callKernel: check,
  };
  const findings = trackFindings(session, 0);
  const sent: DiagnosisState[] = [];
  findings.onChange((each) => sent.push(each));
  return {
    findings,
    sent,
    /** Titles of each diagnosis that was sent. */
    titles: () => sent.flatMap(({ diagnosis }) => diagnosis?.findings[0]?.title ?? []),
    summary: (record: number) => {
      addResult(results, { kind: 'summary', summary: { ...summaryOf(record), ...FIRST_NAN } });
      listener({ kind: 'records' });
    },
    enter: (progress: Partial<PanelProgress>) => {
      session.progress = { ...session.progress, ...progress };
      listener({ kind: 'records' });
    },
    reset: (kind: 'options' | 'catalog' = 'options') => {
      forgetResults(results, [...results.summaries.keys()]);
      listener({ kind });
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
        // A look takes a turn for each kind and layer, and may be followed by another.
        for (let i = 0; i < 100; i++) await turn();
      },
    });
  } finally {
    mock.timers.reset();
  }
}

describe('host: findings of a session', () => {
  it('are the same in turns, one wherever a detector allows it', async () => {
    const catalog = catalogOf(['a', 'b'], [0, 10]);
    const summaries = new Map(
      catalog.records.map(({ id }) => [id, { ...summaryOf(id), ...(id > 1 && FIRST_NAN) }]),
    );
    const input = { catalog, summaries, shifts: new Map(), checks: new Map(), isComplete: true };
    let turns = 0;
    const found = await findingsInTurns(input, async () => void turns++, 0);
    assert.deepEqual(found, findingsOf(input));
    assert.equal(found.length, 1);
    assert.ok(turns > catalog.layers.length, `${turns} turns`);
  });

  it('follow a change that comes in the middle of a look', async () => {
    await withMockedTime(async ({ turn, end }) => {
      const { findings, titles, summary } = tracked();
      summary(3);
      for (let i = 0; i < 3; i++) await turn();
      summary(1);
      await end();
      assert.equal(titles().at(-1), 'NaN first in a at step 10');
      assert.equal(findings.current.diagnosis?.findings.length, 1);
      assert.equal(findings.current.isCurrent, true);
      findings.dispose();
    });
  });

  it('of what was reset in the middle of a look are not sent', async () => {
    await withMockedTime(async ({ turn, end }) => {
      const { findings, titles, summary, reset } = tracked();
      summary(3);
      for (let i = 0; i < 3; i++) await turn();
      reset();
      summary(1);
      await end();
      assert.deepEqual(titles(), ['NaN first in a at step 10']);
      findings.dispose();
    });
  });

  it('are sent to nobody once they are disposed of', async () => {
    for (const isDisposed of [false, true]) {
      await withMockedTime(async ({ turn, end }) => {
        const { findings, sent, summary } = tracked();
        summary(3);
        await turn();
        await turn();
        if (isDisposed) findings.dispose();
        await end();
        assert.equal(sent.length, isDisposed ? 0 : 1);
        assert.equal(findings.current.diagnosis === undefined, isDisposed);
        findings.dispose();
      });
    }
  });

  it('wait until everything is computed and compared with what the layers declare', async () => {
    await withMockedTime(async ({ end }) => {
      let compared = () => {};
      const { findings, sent, summary, enter } = tracked(
        () =>
          new Promise<void>((resolve) => {
            compared = resolve;
          }),
      );
      enter({ state: 'computing' });
      summary(3);
      await end();
      enter({ state: 'complete' });
      await end();
      assert.deepEqual(sent, []);
      compared();
      await end();
      assert.equal(findings.current.diagnosis?.verdict.sentence, 'NaN first in b at step 10');
      findings.dispose();
    });
  });

  it('come although layers cannot be compared with what they declare', async () => {
    await withMockedTime(async ({ end }) => {
      const { findings, summary } = tracked(() => Promise.reject(new Error('The kernel ended.')));
      summary(3);
      await end();
      assert.equal(findings.current.diagnosis?.findings.length, 1);
      findings.dispose();
    });
  });

  it('stand while other options are computed, and not while another catalog is', async () => {
    await withMockedTime(async ({ end }) => {
      const { findings, summary, enter, reset } = tracked();
      summary(3);
      await end();
      const { diagnosis } = findings.current;
      assert.ok(diagnosis !== undefined);
      enter({ state: 'computing' });
      reset('options');
      await end();
      assert.deepEqual(findings.current, { diagnosis, isCurrent: false });
      reset('catalog');
      assert.deepEqual(findings.current, { isCurrent: false });
      findings.dispose();
    });
  });

  it('of a run that grows wait for whole steps, but not for ever', async () => {
    await withMockedTime(async ({ end }) => {
      const { findings, titles, summary, enter } = tracked();
      summary(3);
      await end();
      enter({ live: true, done: 1, total: 2 });
      summary(1);
      mock.timers.tick(5000);
      await end();
      assert.deepEqual(titles(), ['NaN first in b at step 10']);
      for (let second = 0; second < 30; second++) {
        mock.timers.tick(1000);
        await end();
      }
      assert.equal(titles().at(-1), 'NaN first in a at step 10');
      findings.dispose();
    });
  });
});
