import assert from 'node:assert/strict';
import { MAX_ROW, rowHeightAt, rowsPerName, rowZoomFor } from '../../../../webview/charts/rowHeight';

/** A row has room for its name from 13 pixels on. */
const FONT = { fontSize: 10 };
const FEW = { rows: 10, height: 300, ...FONT };
const MANY = { rows: 200, height: 1000, ...FONT };
const VERY_MANY = { rows: 10_000, height: 1000, ...FONT };

describe('webview: height of the map’s rows', () => {
  it('fills the map, unless names need more', () => {
    assert.equal(rowHeightAt(FEW, 1), 30);
    assert.equal(rowHeightAt({ ...FEW, rows: 1 }, 1), MAX_ROW);
    assert.equal(rowHeightAt(MANY, 1), 13);
    assert.equal(rowHeightAt({ ...FEW, rows: 0 }, 1), MAX_ROW);
  });

  it('is at least such that all rows fit, or one pixel', () => {
    assert.equal(rowHeightAt(MANY, 1 / 16), 5);
    assert.equal(rowHeightAt(FEW, 1 / 2), 30);
    assert.equal(rowHeightAt(VERY_MANY, 1 / 1024), 1);
    assert.equal(rowHeightAt(MANY, 64), MAX_ROW);
  });

  it('gives the zoom back, within what is possible', () => {
    for (const space of [FEW, MANY, VERY_MANY])
      for (const height of [1, 5, 13, 20, 50, 120]) {
        const zoom = rowZoomFor(space, height);
        const possible = rowHeightAt(space, zoom);
        assert.ok(Math.abs(rowHeightAt(space, rowZoomFor(space, possible)) - possible) < 1e-9);
        if (rowHeightAt(space, 0) <= height) assert.ok(Math.abs(possible - height) < 0.02 * height);
      }
    assert.equal(rowZoomFor(MANY, 13.1), 1);
    assert.equal(rowZoomFor(MANY, 1), 5 / 13);
  });

  it('has room for one name in as many rows as it takes', () => {
    assert.equal(rowsPerName(FONT, 13), 1);
    assert.equal(rowsPerName(FONT, 13 - 1e-12), 1);
    assert.equal(rowsPerName(FONT, 6.5), 2);
    assert.equal(rowsPerName(FONT, 3), 5);
  });
});
