import assert from 'node:assert/strict';
import { channelAxisFindings } from '../../../src/findings/channelAxis';
import { detected } from '../../../src/findings/detector';
import { modeFindings } from '../../../src/findings/mode';
import { runningStatisticsFindings } from '../../../src/findings/runningStatistics';
import { smallBatchFindings } from '../../../src/findings/smallBatch';
import { smallUnitFindings } from '../../../src/findings/smallUnits';
import type { RunningGap } from '../../../src/model/analysis';
import type { Finding } from '../../../src/model/findings';
import { type MadeLayer, type MadeRecord, runOf } from './layerRuns';

const inWords = ({ severity, title, step }: Finding) => `${severity}: ${title} @ ${step}`;
const STATISTICS = { running_mean: 'm', running_var: 'v' } as const;

/** A layer and the batch normalization that reads it. */
function batchNorm(at: readonly MadeRecord[], changed: Partial<MadeLayer> = {}): [MadeLayer, MadeLayer] {
  return [
    { name: 'conv', module: 'torch.nn.Conv2d', at, normalizedBy: 1 },
    {
      ...{ name: 'bn', module: 'torch.nn.BatchNorm2d', input: 0, momentum: 0.1, parameters: STATISTICS },
      at: at.map(() => ({})),
      ...changed,
    },
  ];
}

describe('findings: small batches', () => {
  const error = (samples: number, mean: number): MadeRecord => ({
    batchError: { samples, mean, deviation: mean / 2 },
  });
  const found = (records: readonly MadeRecord[], changed: Partial<MadeLayer> = {}) =>
    detected(smallBatchFindings, runOf(batchNorm(records, changed))).map(inWords);

  it('are reported if the standard error of the mean is large, with two samples from a smaller one on', () => {
    const two = error(2, 0.2);
    assert.deepEqual(found([two, two]), [
      'warning: bn has normalized by batches of 2 samples since step 0 @ 0',
    ]);
    // Two images that differ less than their pixels do determine the mean well.
    assert.deepEqual(found([error(2, 0.07), error(2, 0.07)]), []);
    const four = error(4, 0.58);
    assert.deepEqual(found([four, four]), [
      'warning: bn has normalized by batches of 4 samples since step 0 @ 0',
    ]);
    assert.deepEqual(found([error(8, 0.38), error(8, 0.38)]), []);
  });

  it('are not reported in evaluation mode, for custom classes, or at few records', () => {
    const two = error(2, 0.2);
    assert.deepEqual(found([two, two], { training: [false, false] }), []);
    assert.deepEqual(found([two, two], { ownForward: true }), []);
    assert.deepEqual(found([error(32, 0.1), error(32, 0.1), two]), []);
  });

  it('of one sample are a note at that step, recognized by name if the class is unknown', () => {
    const run = runOf([{ name: 'proj.bn_in', at: [{}, {}, {}], shape: [16, 32] }]);
    const records = run.catalog.records.map((record) =>
      record.step === 20 ? { ...record, shape: [1, 32] } : record,
    );
    const input = { ...run, catalog: { ...run.catalog, records } };
    assert.deepEqual(detected(smallBatchFindings, input).map(inWords), [
      'note: proj.bn_in has a single sample at step 20 @ 20',
    ]);
    assert.deepEqual(detected(smallBatchFindings, run), []);
  });
});

describe('findings: running statistics', () => {
  const gap = (changed: Partial<RunningGap>): MadeRecord => ({
    runningGap: {
      ...{ mean: 0.2, variance: 0.1, greatestMean: 0.5, greatestChannel: 3, off: 0, correction: 1.001 },
      ...changed,
    },
  });
  const found = (gaps: readonly Partial<RunningGap>[], changed: Partial<MadeLayer> = {}) =>
    detected(runningStatisticsFindings, runOf(batchNorm(gaps.map(gap), changed))).map(inWords);
  const off = { off: 0.7, mean: 4 };

  it('are reported if half of the channels do not fit after enough steps', () => {
    assert.deepEqual(found([{}, off, off, off, off]), [
      'warning: The running statistics of bn have not fit its input since step 10 @ 10',
    ]);
    // Ten steps leave a third of the initial statistics.
    assert.deepEqual(found([off, off]), []);
    assert.deepEqual(found([{}, {}, {}, {}, off]), []);
    assert.deepEqual(found([{}, {}, {}, {}, {}]), []);
  });

  it('are reported if a small momentum keeps them at their initial values', () => {
    assert.deepEqual(found([off, off, off, off, off], { momentum: 0.001 }), [
      'warning: The running statistics of bn have hardly changed from their initial values @ 0',
    ]);
    assert.deepEqual(found([{}, {}, {}, {}, {}], { momentum: 0.001 }), [
      'note: The running statistics of bn have hardly changed from their initial values @ 40',
    ]);
    assert.deepEqual(found([{}, {}, {}, {}, {}], { momentum: 0.003 }), []);
  });

  it('are reported if a large momentum makes them follow single batches', () => {
    assert.deepEqual(found([{}, {}], { momentum: 0.9 }), [
      'warning: The running statistics of bn follow single batches: its momentum is 0.9 @ 0',
    ]);
    assert.match(found([{}, {}], { momentum: 1 })[0], /^note/);
  });

  it('are reported with the effect of n/(n − 1) on the output for three values per channel', () => {
    const [finding] = detected(runningStatisticsFindings, runOf(batchNorm([gap({ correction: 1.5 })])));
    assert.equal(
      inWords(finding),
      'note: Evaluation divides by a variance 1.5 times that of training in bn @ 0',
    );
    assert.match(finding.evidence, /of 3 values per channel/);
  });
});

describe('findings: a mode change', () => {
  const found = (...layers: readonly (readonly boolean[])[]) =>
    detected(
      modeFindings,
      runOf(
        layers.map((training, i) => ({
          ...{ name: `bn${i}`, module: 'torch.nn.BatchNorm2d', parameters: STATISTICS },
          at: training.map(() => ({})),
          training,
        })),
      ),
    ).map(inWords);
  const [on, off] = [true, false];

  it('names layer, direction and step', () => {
    assert.deepEqual(found([off, off, on, on], [on, on, on, on]), [
      'warning: bn0 changed from eval to train at step 20 @ 20',
    ]);
    assert.deepEqual(found([on, on, off, off], [on, on, on, on]), [
      'note: bn0 changed from train to eval at step 20 @ 20',
    ]);
    assert.deepEqual(found([on, on, off, off], [on, on, off, off], [on, on, off, off]), [
      'warning: bn0 and 2 more layers changed from train to eval at step 20 @ 20',
    ]);
  });

  it('is not reported if the mode changes back, or changes only at the last record', () => {
    assert.deepEqual(found([on, off, on, on]), []);
    assert.deepEqual(found([on, on, on, off]), []);
  });

  it('is not reported for layers that behave the same in both modes', () => {
    const relu = {
      name: 'relu',
      module: 'torch.nn.ReLU',
      at: [{}, {}, {}, {}],
      training: [off, off, on, on],
    };
    assert.deepEqual(detected(modeFindings, runOf([relu])), []);
  });
});

describe('findings: units of one or two elements', () => {
  const found = (layout: string, shape: readonly number[], norm: Partial<MadeLayer>) =>
    detected(
      smallUnitFindings,
      runOf([
        { name: 'x', at: [{}], shape, layout },
        { name: 'norm', at: [{}], shape, layout, input: 0, ...norm },
      ]),
    ).map(inWords);

  it('are reported because the output is constant or ±1', () => {
    const group = { module: 'torch.nn.GroupNorm', groups: 32 };
    assert.deepEqual(found('NC', [16, 64], group), [
      'warning: norm normalizes pairs of elements: its output is ±1 @ 0',
    ]);
    assert.deepEqual(found('NC', [16, 32], group), [
      'error: norm normalizes single elements: its output is constant @ 0',
    ]);
    assert.equal(found('NCHW', [4, 8, 1, 2], { module: 'torch.nn.InstanceNorm2d' }).length, 1);
    assert.equal(found('NC', [16, 2], { module: 'torch.nn.LayerNorm', normalizedShape: [2] }).length, 1);
  });

  it('are not reported for three or more elements', () => {
    assert.deepEqual(found('NC', [16, 96], { module: 'torch.nn.GroupNorm', groups: 32 }), []);
    assert.deepEqual(found('NCHW', [4, 32, 8, 8], { module: 'torch.nn.GroupNorm', groups: 32 }), []);
    assert.deepEqual(found('NC', [16, 64], { module: 'torch.nn.BatchNorm1d' }), []);
  });
});

describe('findings: the channel axis', () => {
  const found = (read: Partial<MadeLayer>, norm: Partial<MadeLayer>, shape = [8, 16, 16]) =>
    detected(
      channelAxisFindings,
      runOf([
        { name: 'a', at: [{}], shape, normalizedBy: 1, ...read },
        { name: 'b', at: [{}], shape, input: 0, ...norm },
      ]),
    ).map(inWords);
  const [linear, conv] = [{ module: 'torch.nn.Linear' }, { module: 'torch.nn.Conv2d' }];
  const [batch, layer] = [
    { module: 'torch.nn.BatchNorm1d' },
    { module: 'torch.nn.LayerNorm', normalizedShape: [16] },
  ];

  it('is reported if a norm reads a layer directly and uses a different axis', () => {
    assert.deepEqual(found(linear, batch), [
      'warning: b uses axis 1 for channels, but a has them on axis 2 @ 0',
    ]);
    assert.equal(found(conv, layer, [2, 16, 16, 16]).length, 1);
  });

  it('is not reported if both axes agree, or if the class can reorder its input', () => {
    assert.deepEqual(found(linear, layer), []);
    assert.deepEqual(found(linear, batch, [8, 16]), []);
    assert.deepEqual(found(conv, { module: 'torch.nn.BatchNorm2d' }, [2, 16, 16, 16]), []);
    assert.deepEqual(found(conv, { ...layer, ownForward: true }, [2, 16, 16, 16]), []);
    assert.deepEqual(found({ ...linear, fullName: 'b.input' }, batch), []);
    // Layer normalization over channels and positions leaves the axes as they are.
    const whole = { module: 'torch.nn.LayerNorm', normalizedShape: [8, 6, 6] };
    assert.deepEqual(found(whole, { module: 'torch.nn.InstanceNorm2d' }, [4, 8, 6, 6]), []);
  });
});
