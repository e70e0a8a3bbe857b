import assert from 'node:assert/strict';
import { ElementComparisons } from '../../../../src/host/session/elementComparisons';
import type { CatalogDelta } from '../../../../src/model/catalogDelta';
import type { RecordComparison } from '../../../../src/model/comparison';
import { joinRuns } from '../../../../src/model/runJoin';
import { settled } from '../kernel/fakeKernel';
import { OWN, THERE } from './comparedSessions';

const NOTHING: CatalogDelta = { added: [], changed: [], removed: [], layers: [], variants: [] };
const JOIN = joinRuns(OWN, THERE);

/** Comparisons whose answers the test controls. */
function comparing() {
  const asked: (readonly number[] | undefined)[] = [];
  const answers: ((equal: readonly number[]) => Promise<void>)[] = [];
  let settledCount = 0;
  const comparisons = new ElementComparisons(
    { catalog: OWN, comparison: { join: JOIN } },
    (records, _signal, tell) => {
      asked.push(records);
      return new Promise<void>((resolve) => {
        answers.push(async (equal) => {
          for (const record of equal) tell(equalTo(record));
          resolve();
          await settled();
        });
      });
    },
    () => settledCount++,
  );
  return { comparisons, asked, answers, settled: () => settledCount };
}

function equalTo(record: number): RecordComparison {
  return { record, other: JOIN.partnerOf(OWN.records[record])?.id ?? -1, difference: { kind: 'equal' } };
}

describe('host: comparisons element by element', () => {
  it('are none without another run', () => {
    const fail = () => assert.fail('Nothing is compared.');
    for (const run of [{ catalog: OWN }, { catalog: OWN, comparison: { join: undefined } }])
      assert.equal(new ElementComparisons(run, fail, fail).ensure(), true);
  });

  it('are made of all records once', async () => {
    const { comparisons, asked, answers, settled: count } = comparing();
    assert.equal(comparisons.ensure(), false);
    assert.equal(comparisons.ensure(), false, 'they are under way');
    await answers[0]([0, 1]);
    assert.deepEqual(asked, [undefined]);
    assert.equal(count(), 1);
    assert.equal(comparisons.ensure(), true);
    assert.deepEqual([...comparisons.found.keys()], [0, 1]);
  });

  it('are made again of records that are added or rewritten, in either run', async () => {
    const { comparisons, asked, answers } = comparing();
    comparisons.ensure();
    await answers[0]([0, 1, 2, 3, 4, 5]);
    comparisons.note({ kind: 'records', deltas: [{ ...NOTHING, changed: [OWN.records[4]], removed: [0] }] });
    assert.equal(comparisons.found.has(0), false);
    // Record 2 of the other run is layer a at step 0.
    comparisons.note({ kind: 'other', deltas: [{ ...NOTHING, changed: [THERE.records[2]] }] });
    assert.equal(comparisons.ensure(), false);
    assert.deepEqual(asked.at(-1), [4, 0]);
    await answers[1]([4]);
    assert.equal(comparisons.ensure(), true);
  });

  it('are forgotten when options or catalogs change, with late answers', async () => {
    const { comparisons, asked, answers, settled: count } = comparing();
    comparisons.ensure();
    comparisons.reset();
    await answers[0]([0]);
    assert.equal(comparisons.found.size, 0);
    assert.equal(count(), 0);
    assert.equal(comparisons.ensure(), false);
    assert.deepEqual(asked, [undefined, undefined]);
  });
});
