import assert from 'node:assert/strict';
import { applyOptionChanges } from '../../../../src/host/session/sessionOptions';
import type { AmbiguousNumbers } from '../../../../src/model/catalog';
import { assumptionsOf } from '../../../../webview/state/assumptions';
import type { RunData } from '../../../../webview/state/runData';
import { catalogOf } from '../../model/samples';
import { runDataOf } from '../samples';

/** Layers a, b (NLC, could be NCL), c (NCHW, could be NHWC) and d, whose layout is certain. */
function dataOf(numbers?: AmbiguousNumbers): RunData {
  const catalog = catalogOf(['a', 'b', 'c', 'd'], [0]);
  const told: Record<string, object> = {
    a: { layout: 'NLC', otherLayout: 'NCL', shape: [2, 3, 4] },
    b: { layout: 'NLC', otherLayout: 'NCL', shape: [2, 3, 4] },
    c: { layout: 'NCHW', otherLayout: 'NHWC', shape: [2, 3, 4, 5] },
    d: {},
  };
  const layers = catalog.layers.map((layer) => ({ ...layer, ...told[layer.name] }));
  return runDataOf({ ...catalog, layers, ...(numbers && { numbers }) });
}

const inView = (data: RunData, layer: number) => assumptionsOf(data, data.catalog!.layers[layer]);
const turned = (data: RunData, changes: Parameters<typeof applyOptionChanges>[1]): RunData => ({
  ...data,
  options: applyOptionChanges(data.options, changes),
});

describe('webview: assumptions', () => {
  it('are one question for all layers with the same assumed layout', () => {
    const data = dataOf();
    const [assumption, ...others] = inView(data, 0);
    assert.deepEqual(others, []);
    assert.equal(
      assumption.text,
      'The layout of 2 layers, here [2, 3, 4], is assumed to be NLC. It could be NCL.',
    );
    assert.deepEqual(assumption.actions, [
      { label: 'Use NCL', changes: { layouts: { 'net.a': 'NCL', 'net.b': 'NCL' } } },
      { label: 'Keep NLC', changes: { layouts: { 'net.a': 'NLC', 'net.b': 'NLC' } } },
    ]);
    assert.match(
      inView(data, 2)[0].text,
      /^The layout of this layer, .* is assumed to be NCHW\. It could be NHWC\./,
    );
    assert.deepEqual(inView(data, 3), []);
  });

  it('go away with either answer, which keeps the layouts chosen before', () => {
    const chosen = turned(dataOf(), { layouts: { 'net.b': 'LNC', 'net.d': 'CN' } });
    const [assumption] = inView(chosen, 0);
    assert.match(assumption.text, /^The layout of this layer,/);
    for (const { changes } of assumption.actions) {
      const settled = turned(chosen, changes);
      assert.deepEqual(inView(settled, 0), []);
      const { 'net.b': b, 'net.d': d } = settled.options.layouts;
      assert.deepEqual([b, d], ['LNC', 'CN']);
    }
  });

  it('about numbers in names offer the way back from the other reading', () => {
    const data = dataOf({ guess: 'step', example: 'acts_1' });
    const [assumption] = inView(data, 3);
    assert.equal(assumption.text, 'Numbers in names such as acts_1 are assumed to be steps.');
    const [alternative, confirm] = assumption.actions;
    assert.deepEqual(inView(turned(data, confirm.changes), 3), []);
    const other = turned(data, alternative.changes);
    const [back] = inView(other, 3);
    assert.match(back.text, /read as part of the layer names, as you chose/);
    assert.equal(back.actions.length, 1);
    assert.equal(turned(other, back.actions[0].changes).options.numbers, undefined);
    assert.deepEqual(inView(turned(other, back.actions[0].changes), 3)[0].text, assumption.text);
  });
});
