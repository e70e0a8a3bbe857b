import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  METHODS,
  type MethodSummary,
  type NotApplicable,
  type RecordShift,
  type RecordSummary,
  type ShiftMetrics,
} from '../../../src/model/analysis';
import { compactResults, plainShift, plainSummary } from '../../../src/model/compactResults';
import { shiftOf, summaryOf } from './samples';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const number = fc.double();
const range = fc.record({ min: number, max: number });
const optional = { requiredKeys: ['mean', 'variance', 'min', 'max', 'percentiles', 'unitCount'] } as const;

/** A method's figures, all with as many percentiles. */
function methodSummary(percentiles: number): fc.Arbitrary<MethodSummary | NotApplicable> {
  return fc.oneof(
    fc.record({ reason: fc.string() }),
    fc.record(
      {
        mean: number,
        variance: number,
        min: number,
        max: number,
        percentiles: fc.array(number, { minLength: percentiles, maxLength: percentiles }),
        unitCount: fc.nat(),
        unitMean: range,
        unitVariance: range,
        constantUnits: fc.nat(),
        units: fc.record({ mean: fc.array(number), variance: fc.array(number) }),
      },
      { requiredKeys: [...optional.requiredKeys] },
    ) as fc.Arbitrary<MethodSummary>,
  );
}

const summary = fc.integer({ min: 0, max: 5 }).chain((percentiles) =>
  fc.record({
    record: fc.nat(),
    layout: fc.constantFrom('NC', 'NCHW'),
    layerScope: fc.constantFrom('example', 'position'),
    count: number,
    finite: number,
    nan: number,
    posInf: number,
    negInf: number,
    zeros: number,
    epsilon: number,
    groups: fc.nat(),
    magnitude: fc.record({ median: number, greatest: number }),
    methods: fc.record(Object.fromEntries(METHODS.map((method) => [method, methodSummary(percentiles)]))),
  }),
) as fc.Arbitrary<unknown> as fc.Arbitrary<RecordSummary>;

const floor = fc.record({ w1: number, ks: number, js: number });
const metrics = fc.record(
  {
    ...{ w1: number, w1Location: number, w1Scale: number, w1Shape: number, ks: number, js: number },
    ...{ meanShift: number, logStdRatio: number, channelFrechet: number, noiseFloor: floor },
  },
  {
    requiredKeys: [
      ...(['w1', 'w1Location', 'w1Scale', 'w1Shape', 'ks', 'js'] as const),
      ...(['meanShift', 'logStdRatio', 'channelFrechet'] as const),
    ],
  },
) as fc.Arbitrary<ShiftMetrics>;
const shift = fc.record({
  record: fc.nat(),
  reference: fc.nat(),
  methods: fc.record(Object.fromEntries(METHODS.map((method) => [method, metrics])), { requiredKeys: [] }),
}) as fc.Arbitrary<RecordShift>;

/** Without the null prototypes of fast-check's records. */
function plain<T>(value: T): T {
  return structuredClone(value);
}

describe('model: compact results', () => {
  it('are what they were made from, in every figure', () => {
    const compact = compactResults();
    fc.assert(
      fc.property(fc.array(summary.map(plain)), fc.array(shift.map(plain)), (summaries, shifts) => {
        const small = summaries.map(compact.summary);
        assert.deepEqual(small.map(plainSummary), summaries);
        small.forEach((each, i) => {
          const { methods, ...counts } = summaries[i];
          for (const [name, value] of Object.entries(counts))
            assert.deepEqual(each[name as keyof RecordSummary], value);
          for (const method of METHODS) assert.deepEqual(each.methods[method], methods[method]);
        });
        const smallShifts = shifts.map(compact.shift);
        assert.deepEqual(smallShifts.map(plainShift), shifts);
        smallShifts.forEach((each, i) => {
          assert.equal(each.reference, shifts[i].reference);
          for (const method of METHODS) assert.deepEqual(each.methods[method], shifts[i].methods[method]);
        });
      }),
    );
  });

  it('leave plain results as they are', () => {
    const results = [summaryOf(1), shiftOf(1, 0, 0.5)] as const;
    assert.equal(plainSummary(results[0]), results[0]);
    assert.equal(plainShift(results[1]), results[1]);
  });

  it('take at most 2 KB a record, which objects take twice', () => {
    const compact = compactResults();
    const records = Array.from({ length: 5000 }, (_, id) => id);
    /** The methods that an `NC` tensor has, as the kernel computes them. */
    const kept = bytesOf(() =>
      records.map((id) => [compact.summary(computed(id)), compact.shift(computedShift(id))]),
    );
    assert.ok(kept / records.length < 2000, `${kept / records.length} bytes a record`);
    const objects = bytesOf(() => records.map((id) => [computed(id), computedShift(id)]));
    assert.ok(objects > 2 * kept, `${objects / records.length} bytes a record as objects`);
  });
});

/** Bytes that what is made retains. */
function bytesOf(make: () => unknown): number {
  const before = used();
  const made = make();
  const bytes = used() - before;
  assert.notEqual(made, undefined);
  return bytes;
}

function used(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function computed(id: number): RecordSummary {
  const method = (at: number): MethodSummary => ({
    ...{ mean: id + at / 7, variance: id + at / 9, min: at - 0.3, max: at + 0.3, unitCount: 16 },
    percentiles: [id - 1.5, id + 0.5, id + 1.5],
    unitMean: { min: at - 0.1, max: at + 0.1 },
    unitVariance: { min: at + 0.1, max: at + 0.2 },
  });
  const methods = Object.fromEntries(METHODS.map((name, i) => [name, method(i)]));
  return { ...summaryOf(id), methods } as RecordSummary;
}

function computedShift(id: number): RecordShift {
  const metricsOf = (at: number): ShiftMetrics => ({
    ...{ w1: id + at / 3, w1Location: id / 3, w1Scale: at / 3, w1Shape: at / 5, ks: 0.5, js: 0.25 },
    ...{ meanShift: id - 0.5, logStdRatio: at + 0.5, channelFrechet: id + 0.1 },
    noiseFloor: { w1: id / 7, ks: at / 7, js: at / 11 },
  });
  return {
    record: id,
    reference: 0,
    methods: Object.fromEntries(METHODS.map((name, i) => [name, metricsOf(i)])),
  };
}
