import assert from 'node:assert/strict';
import { inView } from '../../../../webview/scheduling/inView';

describe('webview: drawing what is in view', () => {
  /** The requested drawings, and what happened to them. */
  function setUp() {
    const drawn: string[] = [];
    const soon = new Set<() => void>();
    const views = inView<object>((draw) => {
      soon.add(draw);
      return () => void soon.delete(draw);
    });
    const turn = () => {
      for (const draw of soon) draw();
      soon.clear();
      return drawn.splice(0);
    };
    return { views, turn, draws: (what: string) => () => void drawn.push(what) };
  }

  it('draws what is in view soon', () => {
    const { views, turn, draws } = setUp();
    const chart = {};
    views.set(chart, true);
    views.draw(chart, draws('a'));
    assert.deepEqual(turn(), ['a']);
  });

  it('draws what is out of view or unknown once it comes into view, and only its last drawing', () => {
    const { views, turn, draws } = setUp();
    const chart = {};
    views.draw(chart, draws('a'));
    assert.deepEqual(turn(), []);
    views.set(chart, false);
    views.draw(chart, draws('b'));
    assert.deepEqual(turn(), []);
    views.set(chart, true);
    assert.deepEqual(turn(), ['b']);
    views.set(chart, false);
    views.set(chart, true);
    assert.deepEqual(turn(), []);
  });

  it('keeps charts apart', () => {
    const { views, turn, draws } = setUp();
    const [one, other] = [{}, {}];
    views.draw(one, draws('one'));
    views.draw(other, draws('other'));
    views.set(other, true);
    assert.deepEqual(turn(), ['other']);
  });

  it('cancels a drawing that waits for the view or for its turn, and no other', () => {
    const { views, turn, draws } = setUp();
    const chart = {};
    views.draw(chart, draws('out of view'))();
    views.set(chart, true);
    assert.deepEqual(turn(), []);
    views.draw(chart, draws('in view'))();
    assert.deepEqual(turn(), []);
    views.set(chart, false);
    const takeBackFirst = views.draw(chart, draws('first'));
    const takeBackSecond = views.draw(chart, draws('second'));
    takeBackFirst();
    views.set(chart, true);
    takeBackSecond();
    assert.deepEqual(turn(), []);
    views.set(chart, false);
    const takeBack = views.draw(chart, draws('third'));
    views.draw(chart, draws('fourth'));
    takeBack();
    views.set(chart, true);
    assert.deepEqual(turn(), ['fourth']);
  });
});
