import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fittingBins, histogramPairs } from '../../../../src/kernel/figures/histogram';
import type { RecordSketch } from '../../../../src/kernel/record/recordSketch';
import { densities } from '../../../../src/kernel/run/densities';
import type { SketchStore } from '../../../../src/kernel/run/sketchStore';
import type { RecordEntry, RunCatalog } from '../../../../src/model/catalog';
import { shareAt } from '../../../../src/model/densities';
import { analyseArray, normalValues } from '../arrays';
import { outcomesOf } from './outcomes';

const SHAPE = [20, 30, 10];

function densitiesOf(steps: number, of: (step: number) => Promise<RecordSketch> | undefined, step = 0) {
  const records = Array.from({ length: steps }, (_, id) => ({ id, layer: 0, variant: 0, step: 10 * id }));
  const catalog = { records, layers: [{}], variants: [{}] } as unknown as RunCatalog;
  const sketches = {
    ofEach: (asked: readonly RecordEntry[]) =>
      outcomesOf(asked.map(({ id }) => of(id) ?? Promise.reject(new Error('It cannot be read.')))),
  } as Partial<SketchStore> as SketchStore;
  return densities(sketches, { catalog }, { layer: 0, variant: 0, step });
}

const valuesAt = (step: number) => normalValues(6000, 1 + step).map((x) => (1 + step) * x + step);

describe('distributions of a layer over training', () => {
  it('have the shares of the values themselves, in the same bins at every step', async () => {
    const found = await densitiesOf(3, (step) => analyseArray(valuesAt(step), SHAPE, 'NLC'));
    const { none } = found.methods;
    assert.ok(none !== undefined);
    const width = (none.max - none.min) / found.bins;
    for (let step = 0; step < 3; step++) {
      const values = valuesAt(step);
      let [below, expected] = [0, 0];
      const first = values.filter((x) => x < none.min).length / values.length;
      for (let bin = 0; bin < found.bins; bin++) {
        below += shareAt(found, none, step, bin);
        const edge = none.min + (bin + 1) * width;
        expected = values.filter((x) => x < edge).length / values.length - first;
        // A cell of the kernel's grid may lie on both sides of an edge.
        assert.ok(
          Math.abs(below - expected) < 0.01,
          `step ${step}, up to ${edge}: ${below}, not ${expected}`,
        );
      }
      assert.ok(below > 0.97, `${below} of the values are drawn at step ${step}`);
    }
  });

  it('are NaN for a record that cannot be read, and absent for a method that is not defined', async () => {
    const values = normalValues(6000);
    const found = await densitiesOf(3, (step) =>
      step === 1 ? undefined : analyseArray(values, [200, 30], 'NC'),
    );
    assert.equal(found.methods.instance, undefined);
    assert.ok(Number.isNaN(shareAt(found, found.methods.none!, 1, 0)));
    assert.ok(shareAt(found, found.methods.none!, 2, found.bins >> 1) > 0);
  });

  it('have a bin for a constant, and include the step in view of a long series', async () => {
    const constant = analyseArray(new Float64Array(100).fill(3), [10, 10], 'NC');
    const found = await densitiesOf(1000, () => constant, 7770);
    assert.ok(found.records.length <= 120 && found.records.includes(777));
    const { none } = found.methods;
    assert.ok(none !== undefined && none.min < 3 && none.max > 3);
    assert.ok(none.shares.some((share) => share > 0.99));
  });
});

describe('histograms', () => {
  it('have fewer bins for fewer values', async () => {
    assert.deepEqual(
      [0, 10, 128, 1e6].map((n) => fittingBins(n, 96)),
      [4, 5, 11, 96],
    );
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        assert.ok(
          a <= b ? fittingBins(a, 96) <= fittingBins(b, 96) : fittingBins(a, 96) >= fittingBins(b, 96),
        );
      }),
    );
    const few = await analyseArray(normalValues(128), [16, 8], 'NC');
    const { current } = histogramPairs(few, undefined, 96, {}).none;
    assert.equal(current?.counts.length, 11);
    const all = current.counts.reduce((sum, count) => sum + count, current.below + current.above);
    assert.ok(Math.abs(all - 128) < 1e-9);
  });
});
