import assert from 'node:assert/strict';
import { detected } from '../../../src/findings/detector';
import { rankDataFindings } from '../../../src/findings/rankData';
import { rankParameterFindings } from '../../../src/findings/rankParameters';
import { recordedTwiceFindings } from '../../../src/findings/recordedTwice';
import type { RankSpread } from '../../../src/model/analysis';
import type { Finding } from '../../../src/model/findings';
import { summaryOf } from '../model/samples';
import { type MadeLayer, type MadeRecord, runOf } from './layerRuns';

const inWords = ({ severity, title, step }: Finding) => `${severity}: ${title} @ ${step}`;

describe('findings: ranks with different data', () => {
  const spread = (mean: number, expected?: number): MadeRecord => {
    const figures: RankSpread = { ranks: [0, 1], mean, greatest: 2 * mean, greatestChannel: 4 };
    return { rankSpread: { ...figures, ...(expected !== undefined && { expected }) } };
  };
  const found = (records: readonly MadeRecord[], norm: Partial<MadeLayer> = {}) =>
    detected(
      rankDataFindings,
      runOf([
        { name: 'conv', at: records, normalizedBy: 1 },
        { name: 'bn', module: 'torch.nn.BatchNorm2d', at: records.map(() => ({})), input: 0, ...norm },
      ]),
    ).map(inWords);

  it('are reported if batch normalization depends on them', () => {
    const apart = spread(0.52, 0.05);
    assert.deepEqual(found([spread(0.1, 0.05), apart, spread(0.2, 0.1)]), []);
    assert.deepEqual(found([spread(0.1, 0.05), apart, apart]), [
      'warning: Ranks normalize conv by batches whose means differ by 0.52 σ @ 10',
    ]);
  });

  it('are not reported within three times the chance level, or if synchronized', () => {
    assert.deepEqual(found([spread(0.52, 0.2), spread(0.52, 0.2)]), []);
    assert.deepEqual(found([spread(0.2, 0.01), spread(0.2, 0.01)]), []);
    const apart = spread(0.52, 0.05);
    assert.deepEqual(found([apart, apart], { module: 'torch.nn.SyncBatchNorm' }), []);
  });

  it('are a note at the first layer if no layer depends on them', () => {
    const at = [spread(0.9, 0.1), spread(0.9, 0.1)];
    assert.deepEqual(
      detected(
        rankDataFindings,
        runOf([
          { name: 'a', at },
          { name: 'b', at },
        ]),
      ).map(inWords),
      ['note: Ranks see different data: the means of a differ by 0.9 σ @ 0'],
    );
  });
});

describe('findings: ranks with different parameters', () => {
  it('are an error with the first step and layer, the groups of equal ranks, and ulps', () => {
    const rankParameters = { roles: ['weight'], groups: [[0, 1, 3], [2]], ulps: 12 } as const;
    const [finding, ...others] = detected(
      rankParameterFindings,
      runOf([
        { name: 'a', at: [{}, {}, { rankParameters }] },
        { name: 'b', at: [{}, { rankParameters }, { rankParameters }] },
      ]),
    );
    assert.equal(others.length, 0);
    assert.equal(inWords(finding), 'error: Ranks no longer agree on the parameters of b at step 10 @ 10');
    assert.match(finding.evidence, /γ, by up to 12 ulps of float32\. Ranks that agree: 0 = 1 = 3; 2\./);
    assert.deepEqual(finding.layers, [0, 1]);
  });
});

describe('findings: layers that are recorded twice', () => {
  const variants = [{ call: 0 }, { call: 1 }];

  it('are reported if both calls have equal summaries', () => {
    const run = runOf([{ name: 'a', at: [{}, {}] }], { variants });
    assert.deepEqual(detected(recordedTwiceFindings, run).map(inWords), [
      'note: a is recorded twice with the same values @ 0',
    ]);
  });

  it('are not reported if a value differs', () => {
    const run = runOf([{ name: 'a', at: [{}, {}] }], { variants });
    const [, , second] = run.catalog.records;
    const other = { ...summaryOf(second.id), count: 512, finite: 512 };
    const summaries = new Map(run.summaries).set(second.id, other);
    assert.deepEqual(detected(recordedTwiceFindings, { ...run, summaries }), []);
  });

  it('are not reported in a run with single calls', () => {
    assert.deepEqual(detected(recordedTwiceFindings, runOf([{ name: 'a', at: [{}, {}] }])), []);
  });
});
