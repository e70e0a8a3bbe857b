import assert from 'node:assert/strict';
import { placeAway } from '../../../../webview/charts/tooltipPlace';

describe('webview: tooltips', () => {
  it('are in the upper corner that is farther from the pointer', () => {
    const area = { left: 40, right: 140, top: 5 };
    const right = { x: 140, y: 5, xAlign: 'right', yAlign: 'top' };
    const left = { x: 40, y: 5, xAlign: 'left', yAlign: 'top' };
    assert.deepEqual(
      [41, 89, 91, 139].map((x) => placeAway(area, { x })),
      [right, right, left, left],
    );
  });
});
