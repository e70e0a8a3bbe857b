import assert from 'node:assert/strict';
import { applyOptionChanges } from '../../../../src/host/session/sessionOptions';
import type { Question } from '../../../../src/model/questions';
import { assumptionsOf } from '../../../../webview/state/assumptions';
import type { RunData } from '../../../../webview/state/runData';
import { catalogOf } from '../../model/samples';
import { runDataOf } from '../samples';

/** Layers a, b (NLC, could be NCL), c (NCHW, could be NHWC) and d, whose layout is certain. */
function dataOf(...questions: readonly Question[]): RunData {
  const catalog = catalogOf(['a', 'b', 'c', 'd'], [0]);
  const reported: Record<string, object> = {
    a: { layout: 'NLC', otherLayouts: ['NCL'], shape: [2, 3, 4] },
    b: { layout: 'NLC', otherLayouts: ['NCL'], shape: [2, 3, 4] },
    c: { layout: 'NCHW', otherLayouts: ['NHWC'], shape: [2, 3, 4, 5] },
    d: {},
  };
  const layers = catalog.layers.map((layer) => ({ ...layer, ...reported[layer.name] }));
  return runDataOf({ ...catalog, layers, ...(questions.length > 0 && { questions }) });
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

  it('offer every layout that is as likely', () => {
    const data = dataOf();
    const layers = data.catalog!.layers.map((layer) => ({
      ...layer,
      layout: 'NLC',
      otherLayouts: ['NCL', 'LNC'],
    }));
    const [{ text, actions }] = inView({ ...data, catalog: { ...data.catalog!, layers } }, 0);
    assert.match(text, /It could be NCL or LNC\.$/);
    assert.deepEqual(
      actions.map(({ label }) => label),
      ['Use NCL', 'Use LNC', 'Keep NLC'],
    );
  });

  it('about names offer the way back from another reading', () => {
    const data = dataOf({
      id: 'numbers',
      kind: 'numbers',
      guess: 'step',
      example: 'acts_1',
      others: ['layer'],
    });
    const [assumption] = inView(data, 3);
    assert.equal(assumption.text, 'Numbers in names such as acts_1 are read as steps.');
    const [alternative, confirm] = assumption.actions;
    assert.deepEqual(inView(turned(data, confirm.changes), 3), []);
    const other = turned(data, alternative.changes);
    const [back] = inView(other, 3);
    assert.match(back.text, /read as part of the layers’ names/);
    assert.equal(back.actions.length, 1);
    assert.deepEqual(turned(other, back.actions[0].changes).options.readings, {});
    assert.deepEqual(inView(turned(other, back.actions[0].changes), 3)[0].text, assumption.text);
  });

  it('about axes offer each axis that may hold layers', () => {
    const example = 'acts [40, 5, 16]';
    const data = dataOf({ id: 'axes:acts', kind: 'axes', example, guess: '...', others: ['l..', '.l.'] });
    const [{ actions, text }] = inView(data, 3);
    assert.match(text, /acts \[40, 5, 16\] are read as one layer at one step/);
    assert.deepEqual(
      actions.map(({ label }) => label),
      ['Axis 0 Is Layers', 'Axis 1 Is Layers', 'Keep'],
    );
    assert.match(inView(turned(data, actions[1].changes), 3)[0].text, /axis 1 is read as layers/);
  });
});
