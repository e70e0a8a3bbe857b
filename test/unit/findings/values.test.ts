import assert from 'node:assert/strict';
import { collapsedFindings } from '../../../src/findings/collapsed';
import { detected } from '../../../src/findings/detector';
import { massiveFindings } from '../../../src/findings/massive';
import { numberFormatFindings } from '../../../src/findings/numberFormat';
import { saturationFindings } from '../../../src/findings/saturation';
import type { Magnitude, MethodSummary, RecordSummary } from '../../../src/model/analysis';
import type { RecordDType } from '../../../src/model/catalog';
import type { Finding } from '../../../src/model/findings';
import { summaryOf } from '../model/samples';
import { type MadeLayer, type MadeRecord, runOf } from './layerRuns';

const inWords = ({ severity, title, step }: Finding) => `${severity}: ${title} @ ${step}`;
/** A final layer, so that the layers under test are not the last one. */
const HEAD = { name: 'head', module: 'torch.nn.Linear' };

describe('findings: saturated activations', () => {
  const shares = (name: string, module: string, ...tanh: readonly number[]): MadeLayer => ({
    name,
    module: `torch.nn.${module}`,
    at: tanh.map((share) => ({ saturation: { tanh: share, sigmoid: share } })),
  });
  const found = (...layers: MadeLayer[]) =>
    detected(saturationFindings, runOf([...layers, { ...HEAD, at: layers[0].at }])).map(inWords);

  it('are reported for tanh from 70 % on, with their first step', () => {
    assert.deepEqual(found(shares('tanh', 'Tanh', 0.05, 0.06, 0.99, 0.98)), [
      'warning: tanh has been saturated since step 20 @ 20',
    ]);
    assert.deepEqual(found(shares('tanh', 'Tanh', 0.8, 0.8, 0.8)), [
      'warning: tanh has been saturated since step 0 @ 0',
    ]);
    assert.deepEqual(found(shares('tanh', 'Tanh', 0.1, 0.3, 0.6, 0.65)), []);
  });

  it('are a note if they developed gradually, as in networks that learn well', () => {
    assert.deepEqual(found(shares('tanh', 'Tanh', 0.1, 0.5, 0.75, 0.8)), [
      'note: tanh has been saturated since step 20 @ 20',
    ]);
    assert.deepEqual(found(shares('sigmoid', 'Sigmoid', 0.3, 0.85, 0.95, 0.99)), [
      'note: sigmoid has been saturated since step 20 @ 20',
    ]);
  });

  it('are not reported for unbounded activations, the last layer, or channel gates', () => {
    assert.deepEqual(found(shares('relu', 'ReLU', 0.99, 0.99)), []);
    const asLast = (last: MadeLayer) =>
      detected(saturationFindings, runOf([{ ...HEAD, at: last.at }, last])).length;
    assert.equal(asLast(shares('sigmoid', 'Sigmoid', 0.99, 0.99)), 0);
    assert.equal(asLast(shares('sigmoid', 'Sigmoid', 0.1, 0.1, 0.99, 0.99)), 1);
    assert.deepEqual(found({ ...shares('gate', 'Sigmoid', 0.99, 0.99), shape: [4, 8, 1, 1] }), []);
  });

  it('are one finding for several layers', () => {
    const [finding, ...others] = detected(
      saturationFindings,
      runOf([
        shares('a', 'Tanh', 0.1, 0.1, 0.9, 0.9),
        shares('b', 'Tanh', 0.1, 0.95, 0.95, 0.95),
        { ...HEAD, at: [{}, {}, {}, {}] },
      ]),
    );
    assert.equal(others.length, 0);
    assert.deepEqual([finding.layer, finding.step, finding.layers], [1, 10, [0, 1]]);
  });
});

describe('findings: massive activations', () => {
  const magnitude = (greatest: number, changed: Partial<Magnitude> = {}): MadeRecord => ({
    magnitude: { median: 0.5, greatest, channels: 64, channel: 7, deviation: 1, kurtosis: 1.2, ...changed },
  });
  const massive = { massive: { channels: [7], count: 1 }, place: { sample: 2, position: 0 }, kurtosis: 60 };

  it('are a warning with channel, position, and step if they appear suddenly', () => {
    const [finding] = detected(
      massiveFindings,
      runOf([{ name: 'block', at: [magnitude(4), magnitude(5), magnitude(3200, massive)] }]),
    );
    assert.equal(inWords(finding), 'warning: Channel 7 of block has been massive since step 20 @ 20');
    assert.match(finding.evidence, /3200 in channel 7 at the last step, in sample 2 at position 0/);
    assert.match(finding.evidence, /The channel kurtosis is 60 \(maximum 64\)\./);
  });

  it('name the channels, or how many they are', () => {
    const titleOf = (channels: readonly number[], count = channels.length) =>
      detected(
        massiveFindings,
        runOf([{ name: 'block', at: [magnitude(3200, { massive: { channels, count } })] }]),
      )[0].title;
    assert.equal(titleOf([12, 3, 40]), 'Channels 12, 3, 40 of block have been massive since step 0');
    assert.equal(
      titleOf([0, 1, 2, 3, 4, 5, 6, 7], 20),
      '20 channels of block have been massive since step 0',
    );
    assert.equal(titleOf([5]), 'Channel 5 of block has been massive since step 0');
  });

  it('are a note if present from the start or slow to develop, as in language models', () => {
    const slow = [magnitude(90), magnitude(300, massive), magnitude(900, massive)];
    assert.deepEqual(detected(massiveFindings, runOf([{ name: 'block', at: slow }])).map(inWords), [
      'note: Channel 7 of block has been massive since step 10 @ 10',
    ]);
    const pretrained = [magnitude(900, massive)];
    assert.deepEqual(detected(massiveFindings, runOf([{ name: 'block', at: pretrained }])).map(inWords), [
      'note: Channel 7 of block has been massive since step 0 @ 0',
    ]);
  });

  it('are also reported for one channel that came to hold most of a layer', () => {
    const found = (first: number, last: number, channels = 64) =>
      detected(
        massiveFindings,
        runOf([{ name: 'a', at: [first, last].map((kurtosis) => magnitude(40, { kurtosis, channels })) }]),
      ).length;
    assert.equal(found(1.5, 40), 1);
    assert.equal(found(1.5, 12), 0);
    assert.equal(found(30, 40), 0);
    assert.equal(found(1.5, 14, 16), 0);
  });
});

describe('findings: variance below ε', () => {
  const unit = (max: number): MethodSummary => ({
    ...(summaryOf(0).methods.layer as MethodSummary),
    unitVariance: { min: 0, max },
  });
  const spreads = (layer: number, rms: number): MadeRecord => ({
    methods: { ...summaryOf(0).methods, layer: unit(layer), rms: unit(rms) },
  });
  const found = (module: string, record: MadeRecord, changed: Partial<MadeLayer> = {}) =>
    detected(
      collapsedFindings,
      runOf([
        { name: 'emb', at: [record, record], normalizedBy: 1 },
        { name: 'norm', at: [{}, {}], module, input: 0, ...changed },
      ]),
    ).map(inWords);

  it('is tested on the quantity that the layer divides by', () => {
    const reported = ['warning: The variance of emb has been below ε since step 0 @ 0'];
    assert.deepEqual(found('torch.nn.LayerNorm', spreads(4e-8, 1)), reported);
    assert.deepEqual(found('torch.nn.RMSNorm', spreads(4e-8, 4e-8)), reported);
    assert.deepEqual(found('torch.nn.LayerNorm', spreads(2e-6, 1)), []);
  });

  it('is not reported for RMS normalization with a large mean square, or an unknown formula', () => {
    // A mean of 1, a variance of 4e-8: RMS is 1.
    const offset = spreads(4e-8, 1);
    assert.deepEqual(found('torch.nn.RMSNorm', offset), []);
    assert.deepEqual(found('model.LlamaRMSNorm', offset), []);
    assert.deepEqual(found('torch.nn.LayerNorm', offset, { ownForward: true }), []);
  });

  it('is reported from a tenth of the channels on for batch normalization', () => {
    const collapsed = (count: number): MadeRecord => ({
      channelHealth: { channels: 20, zero: [], constant: [], collapsed: count },
    });
    assert.equal(found('torch.nn.BatchNorm1d', collapsed(2)).length, 1);
    assert.equal(found('torch.nn.BatchNorm1d', collapsed(1)).length, 0);
  });
});

describe('findings: number formats', () => {
  const reaching = (greatest: number): MadeRecord => ({ magnitude: { median: 1, greatest } });
  const found = (dtype: MadeLayer['dtype'], ...greatest: readonly number[]) =>
    detected(
      numberFormatFindings,
      runOf([{ name: 'wo', ...(dtype && { dtype }), at: greatest.map(reaching) }]),
    ).map(inWords);

  it('are a warning at half of the range of a 16-bit type', () => {
    assert.deepEqual(found('float16', 1000, 20000, 40000), [
      'warning: wo is near the limit of float16 at step 20 @ 20',
    ]);
    assert.deepEqual(found('bfloat16', 1e38, 2e38), [
      'warning: wo is near the limit of bfloat16 at step 10 @ 10',
    ]);
    assert.deepEqual(found('float16', 1000, 20000), []);
    // Scaled tensors fill the range of 8 bits.
    assert.deepEqual(found('float8_e4m3fn', 448), []);
  });

  /** Notes about a layer of one type, in a network that has layers of another type too. */
  const amongOthers = (dtype: RecordDType, other: RecordDType, ...at: readonly MadeRecord[]) =>
    detected(
      numberFormatFindings,
      runOf([
        { name: 'norm', dtype, at },
        { name: 'fc', dtype: other, at: at.map(() => ({})) },
      ]),
    ).map(inWords);

  it('are a note if a cast to the type of other layers would give infinite values or mostly 0', () => {
    const over: MadeRecord = {
      ...reaching(70000),
      formatLoss: { float16: { overflow: 0.01, flushed: 0 }, float8_e5m2: { overflow: 0.02, flushed: 0 } },
    };
    const under: MadeRecord = { formatLoss: { float16: { overflow: 0, flushed: 0.6 } } };
    const [exceeded, flushed] = [
      'note: norm has exceeded the range of float16 since step 10 @ 10',
      'note: norm would be mostly 0 in float16 since step 10 @ 10',
    ];
    assert.deepEqual(amongOthers('float32', 'float16', {}, over, over), [exceeded]);
    assert.deepEqual(amongOthers('bfloat16', 'float16', {}, over, over), [exceeded]);
    assert.deepEqual(amongOthers('float32', 'float16', {}, under, under), [flushed]);
    assert.deepEqual(amongOthers('float32', 'float8_e5m2', {}, over, over), [
      'note: norm has exceeded the range of float8_e5m2 since step 10 @ 10',
    ]);
    assert.deepEqual(amongOthers('float32', 'float16', under, {}), []);
  });

  it('are not reported for a type that no layer has', () => {
    const loss = { overflow: 0.5, flushed: 0.5 };
    const lost: MadeRecord = {
      ...reaching(1e6),
      formatLoss: { float16: loss, float8_e4m3fn: loss, float8_e5m2: loss },
    };
    assert.deepEqual(amongOthers('float32', 'float32', lost, lost), []);
    assert.deepEqual(amongOthers('float32', 'bfloat16', lost, lost), []);
    assert.deepEqual(amongOthers('bfloat16', 'bfloat16', lost, lost), []);
  });

  it('are not reported for infinite values, which have their own finding', () => {
    const infinite: MadeRecord = { ...reaching(60000), finite: 511, posInf: 1 };
    assert.deepEqual(
      detected(numberFormatFindings, runOf([{ name: 'wo', dtype: 'float16', at: [infinite] }])),
      [],
    );
  });

  it('are an error if ε is 0 in float16 and rows without variance became NaN', () => {
    const layer: MethodSummary = { ...(summaryOf(0).methods.layer as MethodSummary), constantUnits: 6 };
    const padded: Partial<RecordSummary> = { methods: { ...summaryOf(0).methods, layer } };
    const run = (epsilon: number) =>
      runOf([
        { name: 'emb', at: [{}, padded], normalizedBy: 1 },
        {
          ...{ name: 'norm', module: 'torch.nn.LayerNorm', input: 0, epsilon },
          at: [{}, { nan: 96, finite: 416 }],
        },
      ]);
    const [finding] = detected(numberFormatFindings, run(1e-12));
    assert.equal(inWords(finding), 'error: ε of norm is 0 in float16: NaN at step 10 @ 10');
    // The verdict adds the step of the NaN.
    assert.equal(finding.headline, 'ε of norm is 0 in float16');
    assert.match(finding.evidence, /^6 units of its input have variance 0, and 96 values/);
    assert.deepEqual(detected(numberFormatFindings, run(1e-5)), []);
  });
});
