import assert from 'node:assert/strict';
import fc from 'fast-check';
import { estimateSamples } from '../../../../src/kernel/workers/estimate';
import { splitTensor } from '../../../../src/kernel/workers/splitTensor';
import { LARGE_OPTIONS as OPTIONS, LARGE_RECORD as RECORD } from '../largeRecord';

const SAMPLE_BYTES = 4 * 256 * 28 * 28;

describe('kernel: samples that an estimate is made of', () => {
  it('are few even stretches over the whole tensor', () => {
    const samples = estimateSamples(RECORD, OPTIONS) ?? [];
    assert.equal(samples.length, 8);
    const taken = samples.reduce((sum, { from, to }) => sum + to - from, 0);
    assert.ok(taken * SAMPLE_BYTES <= 16 << 20 && taken * SAMPLE_BYTES > 8 << 20, `${taken} samples`);
    for (const [i, { from }] of samples.entries()) assert.equal(from, 512 * i);
  });

  it('are the first ones of a stream that is unpacked from its start', () => {
    assert.deepEqual(estimateSamples({ ...RECORD, isSequential: true }, OPTIONS), [{ from: 0, to: 20 }]);
  });

  it('are none of a small record, of one that is known, of another layout, of distributions and of ranks', () => {
    const none = [
      estimateSamples({ ...RECORD, shape: [100, 256, 28, 28] }, OPTIONS),
      estimateSamples({ ...RECORD, summarized: true }, OPTIONS),
      estimateSamples({ ...RECORD, parts: [] }, OPTIONS),
      estimateSamples(RECORD, { ...OPTIONS, layout: 'CNHW' }),
      estimateSamples({ ...RECORD, shape: [1, 4096, 256, 256] }, OPTIONS),
    ];
    assert.deepEqual(none, [undefined, undefined, undefined, undefined, undefined]);
  });

  const packed = fc.record({
    samples: fc.integer({ min: 2, max: 3000 }),
    together: fc.integer({ min: 1, max: 64 }),
    channels: fc.integer({ min: 16, max: 600 }),
  });

  it('are whole pieces that are decompressed together, each once', () =>
    fc.assert(
      fc.property(packed, ({ samples, together, channels }) => {
        const shape = [samples, channels, 64, 64];
        const record = { ...RECORD, shape, isSequential: true as const, unpackedRows: together };
        let end = 0;
        for (const { from, to } of estimateSamples(record, OPTIONS) ?? []) {
          assert.ok(from >= end && to > from && to <= samples);
          assert.equal(from % together, 0);
          assert.ok(to % together === 0 || to === samples);
          end = to;
        }
      }),
    ));

  it('and so are the shares of its compute workers, which make up the whole', () =>
    fc.assert(
      fc.property(packed, ({ samples, together, channels }) => {
        const shape = [samples, channels, 64, 64];
        const shares = splitTensor({ ...RECORD, shape, isSequential: true, unpackedRows: together }, OPTIONS);
        if (shares === undefined) return;
        let end = 0;
        for (const { from, to } of shares) {
          assert.ok(from === end && to > from && from % together === 0);
          end = to;
        }
        assert.equal(end, samples);
      }),
    ));
});
