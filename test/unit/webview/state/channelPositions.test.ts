import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChannelPositions } from '../../../../src/model/channelPositions';
import { positionCellAt, positionFrame, positionPixels } from '../../../../webview/charts/positionPainting';
import {
  cellInView,
  cellName,
  cellWords,
  positionAt,
  positionsAsText,
  stepAt,
} from '../../../../webview/state/channelPositions';
import { THEME } from '../samples';

const SERIES = [0, 10, 20].map((step, id) => ({ id, layer: 0, variant: 0, step }));

function steps(changed: Partial<ChannelPositions> = {}): ChannelPositions {
  const mean = Float64Array.of(0, 1, 2, 3, Number.NaN, 5);
  const records = Int32Array.of(0, 1, 2);
  const down = { letter: 'L', length: 2 };
  return {
    layer: 0,
    variant: 0,
    channel: 4,
    kind: 'steps',
    records,
    down,
    rows: 2,
    columns: 3,
    mean,
    ...changed,
  };
}

const PICTURE = steps({
  kind: 'picture',
  records: Int32Array.of(1),
  down: { letter: 'H', length: 4 },
  right: { letter: 'W', length: 6 },
});

describe('webview: one channel by position', () => {
  it('says the step, the position, and the mean of a cell', () => {
    const cell = { row: 1, column: 2 };
    assert.equal(cellWords(steps(), cell, stepAt(steps(), cell, SERIES)), 'Mean 5: channel 4, step 20, L 1');
    assert.equal(
      cellWords(PICTURE, cell, stepAt(PICTURE, cell, SERIES)),
      'Mean 5: channel 4, step 10, H 2–3, W 4–5',
    );
    assert.ok(Number.isNaN(stepAt(steps({ records: Int32Array.of(7, 8, 9) }), cell, SERIES)));
  });

  it('finds the cell of a position, and a position of the cell', () => {
    assert.deepEqual(cellInView(PICTURE, 6 * 3 + 1, 1), { row: 1, column: 0 });
    assert.deepEqual(cellInView(steps(), 1, 2), { row: 1, column: 2 });
    // Beyond the map: the last position, and no column.
    assert.deepEqual(cellInView(steps(), 99, 9), { row: 1, column: -1 });
    const lengths = fc.integer({ min: 1, max: 600 });
    fc.assert(
      fc.property(lengths, lengths, fc.nat(), fc.nat(), (height, width, i, j) => {
        const [rows, columns] = [Math.min(192, height), Math.min(192, width)];
        const positions = steps({
          kind: 'picture',
          down: { letter: 'H', length: height },
          right: { letter: 'W', length: width },
          rows,
          columns,
        });
        const cell = { row: i % rows, column: j % columns };
        const position = positionAt(positions, cell);
        assert.deepEqual(cellInView(positions, position, 1), cell);
        assert.ok(position < height * width);
        assert.match(cellName(positions, cell), /^H \d+(–\d+)?, W \d+(–\d+)?$/);
      }),
    );
  });

  it('is text with a line for each position', () => {
    assert.equal(positionsAsText(steps(), SERIES), 'L\t0\t10\t20\n0\t0\t1\t2\n1\t3\tNaN\t5\n');
    assert.equal(positionsAsText(PICTURE, SERIES), 'H\t0\t2\t4\n0\t0\t1\t2\n2\t3\tNaN\t5\n');
  });

  it('fills its box, or has square cells in the middle of it', () => {
    assert.deepEqual(positionFrame(steps(), 300, 100), { left: 0, top: 0, width: 300, height: 100 });
    assert.deepEqual(positionFrame(PICTURE, 300, 100), { left: 75, top: 0, width: 150, height: 100 });
    const at = (x: number, y: number) => positionCellAt(PICTURE, { width: 300, height: 100 }, x, y);
    assert.deepEqual(
      [at(76, 1), at(224, 99), at(0, 50)],
      [
        { row: 0, column: 0 },
        { row: 1, column: 2 },
        { row: 1, column: 0 },
      ],
    );
  });

  it('has a color for each mean, and none where it is not known', () => {
    const { width, height, data } = positionPixels(steps(), THEME);
    assert.deepEqual([width, height], [3, 2]);
    const alpha = Array.from({ length: 6 }, (_, i) => data[4 * i + 3]);
    assert.deepEqual(alpha, [255, 255, 255, 255, 0, 255]);
    const colors = [0, 1, 2, 3, 5].map((i) => data.slice(4 * i, 4 * i + 3).join());
    assert.equal(new Set(colors).size, 5);
    const constant = positionPixels(steps({ mean: new Float64Array(6).fill(2) }), THEME).data;
    assert.equal(
      new Set(Array.from({ length: 6 }, (_, i) => constant.slice(4 * i, 4 * i + 4).join())).size,
      1,
    );
  });
});
