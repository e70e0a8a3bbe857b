import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import { formatReport } from '../../../src/report/format';
import type { Report, ReportStep } from '../../../src/report/report';
import { reportRun } from '../../../src/report/reportRun';
import { openRun } from '../../../src/run/openRun';

const FOLDER = resolve('test/fixtures/ranks');
const ROOT = pathToFileURL(resolve(FOLDER, 'run')).href;

interface Expected {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly ranks: readonly number[];
  readonly spread: { readonly mean: number; readonly greatest: number; readonly greatestChannel: number };
}

describe('report: ranks', () => {
  /** What test/fixtures/ranks/make.py had PyTorch's batch norm compute of all ranks' samples together. */
  const expected: Record<string, Record<string, Expected>> = JSON.parse(
    readFileSync(resolve(FOLDER, 'expected.json'), 'utf8'),
  );
  let report: Report;
  const mergedSteps = (layer: string): readonly ReportStep[] =>
    report.layers
      .find(({ fullName }) => fullName === layer)!
      .steps.filter(({ ranks }) => ranks !== undefined);

  before(async () => {
    const options = { options: DEFAULT_OPTIONS, layouts: new Map<string, string>(), statistics: true };
    report = await reportRun(localFiles(), [ROOT], options);
  });

  it('lists all ranks together first, then each', async () => {
    const { variants, records } = await openRun(localFiles(), [ROOT]);
    assert.deepEqual(variants, [{ ranks: [0, 1, 2, 3] }, { rank: 0 }, { rank: 1 }, { rank: 2 }, { rank: 3 }]);
    const merged = records.filter(({ variant }) => variant === 0);
    assert.deepEqual(
      merged.map(({ shape, step, parts }) => [step, shape, parts?.map(({ rank }) => rank)]),
      [
        [10, [16, 6, 4, 5], [0, 1, 2, 3]],
        [20, [11, 6, 4, 5], [0, 1, 2]],
        [10, [7, 12, 8], [0, 1, 2, 3]],
        [20, [7, 9, 8], [0, 1, 2]],
        [10, [64, 5], [0, 1, 2, 3]],
        [20, [48, 5], [0, 1, 2]],
      ],
    );
  });

  for (const layer of ['conv', 'encoder', 'fc']) {
    it(`merges ${layer} to the statistics of one batch norm over all samples`, () => {
      const steps = mergedSteps(layer);
      assert.deepEqual(
        steps.map(({ step }) => step),
        [10, 20],
      );
      for (const { step, methods, rankSpread } of steps) {
        const want = expected[step][layer];
        const { batch } = methods;
        if ('undefined' in batch) throw new Error(batch.undefined);
        close(batch.units?.mean, want.mean, 1e-12);
        close(batch.units?.variance, want.variance, 1e-12);
        assert.deepEqual(rankSpread?.ranks, want.ranks);
        assert.equal(rankSpread.greatestChannel, want.spread.greatestChannel);
        close([rankSpread.mean, rankSpread.greatest], [want.spread.mean, want.spread.greatest], 1e-12);
      }
    });
  }

  it('writes them as all ranks in CSV and Markdown', () => {
    const [header, ...lines] = formatReport(report, 'csv').split('\r\n');
    const rank = header.split(',').indexOf('rank');
    assert.deepEqual(
      [...new Set(lines.slice(0, -1).map((line) => line.split(',')[rank]))],
      ['all', '0', '1', '2', '3'],
    );
    assert.match(formatReport(report, 'md'), /\| 10 \(all 4 ranks\) \| batch \|/);
  });
});

function close(actual: readonly number[] | undefined, wanted: readonly number[], tolerance: number): void {
  assert.equal(actual?.length, wanted.length);
  for (const [i, want] of wanted.entries()) {
    const difference = Math.abs(actual[i] - want) / Math.max(1, Math.abs(want));
    assert.ok(difference <= tolerance, `${actual[i]} instead of ${want}`);
  }
}
