import assert from 'node:assert/strict';
import { acquireArena } from '../../../../src/kernel/simd/wasmArena';
import { METHODS, type Method } from '../../../../src/model/analysis';
import { analyseArray, normalValues } from '../arrays';

/** Shapes, numbers of groups, and the methods that are the same map then. */
const CASES: readonly {
  readonly shape: readonly number[];
  readonly layout: string;
  readonly groups: number;
  readonly equal: readonly Method[];
}[] = [
  { shape: [6, 8, 5, 5], layout: 'NCHW', groups: 8, equal: ['instance', 'group'] },
  { shape: [6, 8, 5, 5], layout: 'NCHW', groups: 1, equal: ['layer', 'group'] },
  { shape: [6, 8, 5, 5], layout: 'NCHW', groups: 4, equal: [] },
  { shape: [6, 1, 15, 15], layout: 'NCHW', groups: 1, equal: ['layer', 'instance', 'group'] },
  { shape: [1, 8, 15, 15], layout: 'NCHW', groups: 8, equal: ['batch', 'instance', 'group'] },
  { shape: [64, 32], layout: 'NC', groups: 1, equal: ['layer', 'group'] },
  { shape: [4, 16, 32], layout: 'NLC', groups: 1, equal: [] },
  { shape: [4, 16, 32], layout: 'NLC', groups: 32, equal: ['instance', 'group'] },
];

describe('methods with equal results', () => {
  for (const { shape, layout, groups, equal } of CASES) {
    for (const isFast of [true, false]) {
      it(`share them: ${layout} ${shape.join('×')}, ${groups} groups, ${isFast ? 'fast' : 'plain'}`, async () => {
        const size = shape.reduce((a, b) => a * b, 1);
        const values = isFast ? Float32Array.from(normalValues(size)) : normalValues(size);
        const arena = isFast ? acquireArena() : undefined;
        const { methods } = await analyseArray(values, shape, layout, { groups }, arena && { arena });
        arena?.release();
        for (const a of METHODS)
          for (const b of METHODS)
            assert.equal(
              methods[a] === methods[b],
              a === b || (equal.includes(a) && equal.includes(b)),
              `${a} and ${b}`,
            );
      });
    }
  }

  it('are the same figures as those of other units that are alike', async () => {
    // Twice as many channels, each in a group with a copy of itself.
    const [samples, channels, positions] = [6, 8, 40];
    const values = normalValues(samples * channels * positions);
    const doubled = Float64Array.from({ length: 2 * values.length }, (_, i) => {
      const [run, at] = [Math.floor(i / positions), i % positions];
      return values[Math.floor(run / 2) * positions + at];
    });
    const one = await analyseArray(values, [samples, channels, positions], 'NCL', { groups: channels });
    const two = await analyseArray(doubled, [samples, 2 * channels, positions], 'NCL', { groups: channels });
    const [instance, group] = [one.methods.instance, two.methods.group];
    assert.ok('sketch' in instance && 'sketch' in group);
    assert.equal(group.sketch.count, 2 * instance.sketch.count);
    assert.equal(group.unitCount, instance.unitCount);
    assert.ok(Math.abs(group.variance - instance.variance) < 1e-12);
  });
});
