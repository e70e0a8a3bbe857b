import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bufferSource } from '../../../../src/io/bufferSource';
import { binDistance, binSums, binsFor, binsOf } from '../../../../src/kernel/compare/binSums';
import { chanceOf } from '../../../../src/kernel/compare/chance';
import { gatherValues } from '../../../../src/kernel/compare/gatherValues';
import { uniformFrom } from '../../../../src/kernel/statistics/uniform';
import { layoutAxes } from '../../../../src/kernel/tensor/layoutAxes';
import { openFiles } from '../../../../src/kernel/tensor/openFiles';
import type { OpenTensor } from '../../../../src/kernel/tensor/recordValues';
import type { RecordEntry } from '../../../../src/model/catalog';
import { npyBytes } from '../../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../../run/memoryFiles';
import { cStrides, normalValues } from '../arrays';

/** Wasserstein-1 of as many values on either side, and of any numbers of them: by sorting [Vallender 1974]. */
function exactW1(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b].sort((x, y) => x - y);
  const below = (values: readonly number[], x: number) =>
    values.filter((each) => each <= x).length / values.length;
  return all
    .slice(1)
    .reduce((sum, x, i) => sum + (x - all[i]) * Math.abs(below(a, all[i]) - below(b, all[i])), 0);
}

const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 40 });

function binned(a: readonly number[], b: readonly number[]): number {
  const bins = binsFor([Float64Array.from(a), Float64Array.from(b)]);
  const rowOf = (of: readonly number[]) => {
    const each = Float64Array.from(of);
    return binSums(bins, { values: each, binOf: binsOf(bins, each), unitOf: () => 0 }, 1).rows;
  };
  return binDistance(bins, rowOf(a), rowOf(b));
}

describe('distances of bins', () => {
  it('are exact if no two values share a bin, and never too large', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const exact = exactW1(a, b);
        assert.ok(binned(a, b) <= exact + 1e-9 * (1 + exact));
        // Up to 32 values have a bin each.
        if (a.length + b.length <= 32)
          assert.ok(Math.abs(binned(a, b) - exact) <= 1e-9 * (1 + Math.abs(exact)) + 1e-9 * 1e3);
      }),
    );
  });

  it('of a shift are the shift, however many values share a bin', () => {
    const a = [...normalValues(20_000, 7)];
    const shifted = a.map((x) => x + 0.01);
    assert.ok(Math.abs(binned(a, shifted) - 0.01) < 1e-6);
    assert.equal(binned(a, a), 0);
  });
});

describe('gathered values', () => {
  /** Float32 values as an open tensor, and how many bytes were read of it. */
  function opened(values: Float32Array, shape: readonly number[]) {
    const strides = cStrides(shape);
    const source = bufferSource('memory:', new Uint8Array(values.buffer));
    let bytes = 0;
    const tensor: OpenTensor = {
      axes: layoutAxes(shape, strides, 'NCL', 'memory:', ''),
      info: { name: '', dtype: 'float32', littleEndian: true, shape, strides },
      tensor: {
        ...source,
        read: (offset, target) => {
          bytes += target.length;
          return source.read(offset, target);
        },
      },
    };
    return { tensor, read: () => bytes };
  }
  const { signal } = new AbortController();

  it('are all finite values of a record, with their samples and channels', async () => {
    const all = Float32Array.from(normalValues(60, 3));
    all[7] = Number.NaN;
    all[8] = Number.POSITIVE_INFINITY;
    const gathered = await gatherValues(opened(all, [3, 4, 5]).tensor, signal);
    const kept = [...all.keys()].filter((i) => Number.isFinite(all[i]));
    assert.deepEqual(
      [...gathered.values],
      kept.map((i) => all[i]),
    );
    assert.deepEqual(
      [...gathered.samples],
      kept.map((i) => Math.floor(i / 20)),
    );
    assert.deepEqual(
      [...gathered.channels],
      kept.map((i) => Math.floor(i / 5) % 4),
    );
  });

  it('of a large record are some of each part of it, and no others are read', async () => {
    const all = Float32Array.from({ length: 1_600_000 }, (_, i) => i);
    const { tensor, read } = opened(all, [40, 4, 10_000]);
    const gathered = await gatherValues(tensor, signal);
    assert.deepEqual([gathered.values.length, read()], [1 << 18, 4 << 18]);
    assert.ok(gathered.values.every((x, i) => i === 0 || x > gathered.values[i - 1]));
    assert.ok(
      gathered.values.every(
        (x, i) =>
          gathered.samples[i] === Math.floor(x / 40_000) &&
          gathered.channels[i] === Math.floor(x / 10_000) % 4,
      ),
    );
    for (let sample = 0; sample < 40; sample++) {
      const share = gathered.samples.filter((n) => n === sample).length / gathered.samples.length;
      assert.ok(Math.abs(share - 1 / 40) < 0.005, `sample ${sample}: ${share}`);
    }
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(gatherValues(tensor, controller.signal), { name: 'AbortError' });
  });
});

describe('chance', () => {
  /** Two records of N samples with C channels. */
  async function chanceBetween(a: Float32Array, b: Float32Array, shape: readonly number[], layout = 'NC') {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((n) => `${n},`).join(' ')}), }\n`;
    const files = memoryFiles({
      'a.npy': npyBytes(header, new Uint8Array(a.buffer)),
      'b.npy': npyBytes(header, new Uint8Array(b.buffer)),
    });
    const [current, other] = ['a', 'b'].map((name) => {
      const record: RecordEntry = {
        id: 0,
        layer: 0,
        variant: 0,
        step: 0,
        shape,
        dtype: 'float32',
        file: `${ROOT}/${name}.npy`,
        tensor: '',
      };
      return { files: openFiles(files), record, layout };
    });
    const found = await chanceOf(current, other, new AbortController().signal);
    await current.files.closeAll();
    await other.files.closeAll();
    assert.equal(files.opened(), 0);
    return found;
  }

  it('has p at most 5 % in at most 5 % of pairs drawn from one distribution', async () => {
    let unlikely = 0;
    const pairs = 80;
    for (let i = 0; i < pairs; i++) {
      const [a, b] = [normalValues(16 * 12, 2 * i + 1), normalValues(16 * 12, 2 * i + 2)];
      const found = await chanceBetween(Float32Array.from(a), Float32Array.from(b), [16, 12]);
      if (found!.p <= 0.05) unlikely++;
    }
    // Three standard errors above 5 %.
    assert.ok(unlikely <= 0.05 * pairs + 3 * Math.sqrt(0.05 * 0.95 * pairs), `${unlikely} of ${pairs}`);
  });

  it('does not explain a distance that no division comes near, and more divisions are drawn then', async () => {
    const a = Float32Array.from(normalValues(16 * 12, 1));
    const found = await chanceBetween(
      a.map((x) => x + 2),
      a,
      [16, 12],
    );
    assert.deepEqual([found!.p, found!.permutations], [1 / 1000, 999]);
    assert.ok(found!.floor > 0 && found!.floor < 2);
  });

  it('explains a difference of some channels if all networks have such channels', async () => {
    // Half of the channels are large in each, but others.
    const uniform = uniformFrom(5);
    const make = (isLarge: (c: number) => boolean) =>
      Float32Array.from({ length: 16 * 12 }, (_, i) => (uniform() - 0.5) * (isLarge(i % 12) ? 100 : 1));
    const found = await chanceBetween(
      make((c) => c < 6),
      make((c) => c % 2 === 0),
      [16, 12],
    );
    assert.ok(found!.p > 0.05);
  });

  it('is unknown for constants, and for records of one sample and one channel', async () => {
    const a = Float32Array.from(normalValues(8, 1));
    assert.equal(await chanceBetween(a, new Float32Array(8).fill(1), [4, 2]), undefined);
    assert.equal(await chanceBetween(a, Float32Array.from(a), [8], 'L'), undefined);
  });

  it('cannot be excluded for one channel, which another seed may have moved', async () => {
    const [a, b] = [
      Float32Array.from(normalValues(32, 1)),
      Float32Array.from(normalValues(32, 2), (x) => x + 9),
    ];
    const samples = (await chanceBetween(a, b, [16, 2], 'NC'))!;
    assert.ok(samples.p < 1);
    const one = (await chanceBetween(a, b, [32, 1], 'NC'))!;
    assert.deepEqual([one.unit, one.p], ['channels', 1]);
  });
});
