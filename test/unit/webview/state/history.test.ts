import assert from 'node:assert/strict';
import { viewHistory } from '../../../../webview/state/history';
import { INITIAL_VIEW, type ViewState } from '../../../../webview/state/viewState';
import { catalogOf } from '../../model/samples';
import { runDataOf } from '../samples';

const DATA = runDataOf(catalogOf(['a', 'b', 'c'], [0, 10, 20]));

/** A view that jumps a second after the other, unless said otherwise. */
function person(from: Partial<ViewState> = { layer: 'net.a', step: 0 }) {
  let time = 0;
  let view: ViewState = { ...INITIAL_VIEW, ...from };
  const history = viewHistory(() => time);
  const move = (navigation: Parameters<typeof history.navigate>[1]) => {
    view = history.navigate(DATA, navigation)(view);
  };
  return {
    at: () => `${view.layer?.replace('net.', '')}@${view.step}`,
    view: () => view,
    jump: (layer: number, step: number, after = 1000) => {
      time += after;
      move({ to: 'record', layer, step });
    },
    next: () => move({ to: 'nextStep' }),
    back: () => move({ to: 'back' }),
    forward: () => move({ to: 'forward' }),
  };
}

describe('webview: back and forward', () => {
  it('lead to where jumps came from, and to what was left by going back', () => {
    const { at, jump, back, forward } = person();
    jump(1, 10);
    jump(2, 20);
    const places = [at()];
    for (const go of [back, back, back, forward, forward, forward]) {
      go();
      places.push(at());
    }
    assert.deepEqual(places, ['c@20', 'b@10', 'a@0', 'a@0', 'b@10', 'c@20', 'c@20']);
  });

  it('return to the step where a person was when they jumped; steps one by one are no jumps', () => {
    const { at, next, jump, back } = person();
    next();
    next();
    jump(1, 0);
    next();
    back();
    assert.equal(at(), 'a@20');
    back();
    assert.equal(at(), 'a@20');
  });

  it('forget what was left by going back when a person jumps again', () => {
    const { at, jump, back, forward } = person();
    jump(1, 10);
    back();
    jump(2, 0);
    forward();
    assert.equal(at(), 'c@0');
    back();
    assert.equal(at(), 'a@0');
  });

  it('count jumps that follow each other at once as one', () => {
    const { at, jump, back } = person();
    jump(1, 10);
    jump(2, 10, 100);
    jump(0, 20, 100);
    back();
    assert.equal(at(), 'a@0');
  });

  it('do not lead to where the panel was before it showed a layer, and end the following of the latest step', () => {
    const { at, jump, back, view } = person({ layer: undefined, follow: true });
    jump(1, 10);
    back();
    assert.equal(at(), 'b@10');
    jump(2, 20);
    back();
    assert.deepEqual([at(), view().follow, view().ranges], ['b@10', false, {}]);
  });
});
