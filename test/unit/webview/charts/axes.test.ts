import assert from 'node:assert/strict';
import { linearAxis } from '../../../../webview/charts/axes';
import { callback, THEME } from '../samples';

describe('webview: axes', () => {
  it('use the colors of the theme and format figures like the rest of the panel', () => {
    const { grid, ticks } = linearAxis(THEME);
    assert.equal(grid?.color, 'rgba(255, 255, 255, 0.1)');
    assert.equal(ticks?.color, '#808080');
    assert.deepEqual(
      [-0.5, 1e-7, 123456].map((value) => callback(ticks?.callback, value)),
      ['−0.5', '1e−7', '123000'],
    );
  });

  it('have a title if one is given', () => {
    assert.equal(linearAxis(THEME).title?.display, false);
    const { title } = linearAxis(THEME, 'W1/σ');
    assert.deepEqual([title?.display, title?.text], [true, 'W1/σ']);
  });
});
