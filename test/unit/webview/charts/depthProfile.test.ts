import assert from 'node:assert/strict';
import { METHODS } from '../../../../src/model/analysis';
import { moduleTree } from '../../../../src/model/layerNames';
import type { QuantityId } from '../../../../src/model/mapQuantities';
import { QuantityValues } from '../../../../src/model/quantityTable';
import type { Reference } from '../../../../src/model/reference';
import { type DepthProfile, depthProfile, worstPoint } from '../../../../webview/charts/depthProfile';
import { shownQuantity } from '../../../../webview/charts/mapSource';
import { catalogOf, cellOf } from '../../model/samples';
import { tableOf } from '../samples';

const NAMES = ['emb', 'h.0.ln', 'h.0', 'h.1.ln', 'h.1', 'h.2.ln', 'h.2', 'lnf'];
/** Record 2 · layer is at step 0, the next at step 10. */
const CATALOG = catalogOf(NAMES, [0, 10]);
const TREE = moduleTree(CATALOG.layers);

/** Of a quantity whose figures at step 10 are these, and half of them at step 0. */
function profileOf(
  mapQuantity: QuantityId,
  values: readonly number[],
  reference: Reference = 'first',
): DepthProfile {
  const record = Int32Array.from({ length: 2 * NAMES.length }, (_, i) => i);
  const value = Float64Array.from(record, (i) => values[i >> 1] / (i % 2 === 0 ? 2 : 1));
  const quantity = QuantityValues.of({ quantity: mapQuantity, record, value });
  const shiftMap = tableOf([]);
  const shown = shownQuantity({ shiftMap, quantity }, { mapQuantity, mapMethod: 'none' });
  return depthProfile(CATALOG, shown, TREE, 0, 10, reference);
}

describe('webview: depth', () => {
  const GROWING = [1, 1.5, 2, 3, 4, 6, 8, 8];

  it('has the figures of every layer at the step and at the reference', () => {
    const { points } = profileOf('deviation', GROWING);
    assert.deepEqual(points[4], { now: [4], before: [2], isQuiet: false });
    assert.equal(points.length, NAMES.length);
    assert.deepEqual(profileOf('deviation', GROWING, 10).points[4]?.before, []);
  });

  it('has the growth per block from the last layers of blocks', () => {
    const { growth } = profileOf('rms', GROWING);
    assert.ok(growth !== undefined && Math.abs(growth - 2) < 1e-12);
    assert.equal(profileOf('zeros', GROWING).growth, undefined);
  });

  it('has the largest jump, as a factor where there is one', () => {
    const values = [1, 1, 1, 1.5, 1.5, 30, 31, 62];
    assert.deepEqual(profileOf('greatest', values).jump, { layer: 5, factor: 20 });
    assert.deepEqual(profileOf('mean', [0, 0, -1, -1, 4, 4, 4, 4]).jump, { layer: 4, factor: undefined });
    assert.equal(profileOf('rms', [1, 1, 1, 1, 1, 1, 1, 1]).jump, undefined);
  });

  it('is logarithmic where figures span two decades, otherwise from 0', () => {
    assert.equal(profileOf('rms', [0.2, 2, 2, 2, 2, 2, 2, 20]).scale.place(2).toFixed(3), '0.565');
    const linear = profileOf('rms', GROWING).scale;
    assert.deepEqual([linear.place(0), linear.place(4)], [0, 0.5]);
  });

  it('has three figures of values, and a scale over all of them', () => {
    const record = Int32Array.of(1, 3);
    const value = Float64Array.of(-1, 0, 3, -5, 1, 2);
    const quantity = QuantityValues.of({ quantity: 'values', record, value });
    const shown = shownQuantity(
      { shiftMap: tableOf([]), quantity },
      { mapQuantity: 'values', mapMethod: 'none' },
    );
    const { points, scale } = depthProfile(CATALOG, shown, TREE, 0, 10, 'first');
    assert.deepEqual([points[0]?.now, points[1]?.now, points[2]], [[-1, 0, 3], [-5, 1, 2], undefined]);
    assert.deepEqual([scale.place(-5), scale.place(3)], [0, 1]);
  });

  it('has the shift of a method, and says what is noise', () => {
    const shiftMap = tableOf([cellOf(1, 0, 4, 0.5), cellOf(3, 2, 0.25, 0.5)]);
    const shown = shownQuantity(
      { shiftMap, quantity: QuantityValues.empty('shift') },
      { mapQuantity: 'shift', mapMethod: 'batch' },
    );
    assert.equal(shown.method, METHODS.indexOf('batch'));
    const { points } = depthProfile(CATALOG, shown, TREE, 0, 10, 'first');
    assert.deepEqual(points.slice(0, 3), [
      { now: [4], before: [], isQuiet: false },
      { now: [0.25], before: [], isQuiet: true },
      undefined,
    ]);
    assert.equal(worstPoint({ points }, [0, 1, 2])?.now[0], 4);
    assert.equal(worstPoint({ points }, [2]), undefined);
  });
});
