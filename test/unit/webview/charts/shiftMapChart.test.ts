import assert from 'node:assert/strict';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import { columnAt, shiftGrid } from '../../../../webview/charts/shiftGrid';
import { shiftMapChart } from '../../../../webview/charts/shiftMapChart';
import { shiftColor } from '../../../../webview/charts/shiftMapPainting';
import { catalogOf, cellOf } from '../../model/samples';
import { callback, THEME, tableOf } from '../samples';

/** Records 0–2 are of layer a, 3–5 of layer b. */
const CATALOG = catalogOf(['a', 'layer1.0.conv1.weight_quantizer'], [0, 10, 20]);
const CELLS: readonly ShiftCell[] = [
  cellOf(0, 0, 0),
  cellOf(1, 0, 0.25, 0.5),
  cellOf(2, 0, 4, 0.5),
  cellOf(3, 3, Number.NaN),
  cellOf(4, 3, 1, 0.5, true),
  cellOf(5, 3, 2, Number.NaN),
];

/** A rectangle that was drawn on a canvas. */
interface Drawn {
  readonly style: string;
  readonly place: readonly number[];
}

/** The map's chart, what it paints into an area of `width` × 40 pixels from x = 10, and its grid. */
function mapOf(
  selected = 0,
  maxColumns = 3,
  onRecord: (record: number) => void = () => {},
  shifts: readonly ShiftCell[] = CELLS,
  width = 300,
) {
  const grid = shiftGrid(CATALOG, tableOf(shifts), 0, 'none', maxColumns);
  const { layer, step } = CATALOG.records[selected];
  const { options } = shiftMapChart(grid, {
    catalog: CATALOG,
    theme: THEME,
    selected: { x: columnAt(grid, step), y: layer },
    onRecord,
  });
  const painting = options?.plugins?.painting;
  const area = { left: 10, right: 10 + width, top: 0, bottom: 40 };
  const [below, over] = [painting?.paint, painting?.mark].map((paint) => {
    const filled: Drawn[] = [];
    const stroked: Drawn[] = [];
    const context = {
      fillStyle: '',
      strokeStyle: '',
      lineWidth: 0,
      fillRect: (...place: number[]) => filled.push({ style: context.fillStyle, place }),
      strokeRect: (...place: number[]) =>
        stroked.push({ style: `${context.lineWidth} ${context.strokeStyle}`, place }),
    };
    callback(paint, context, area);
    return { filled, stroked };
  });
  const point = (x: number, y: number) => callback(painting?.point, x, y);
  return { options, grid, cells: below.filled, borders: below.stroked, bars: over.filled, point };
}

describe('webview: shift map', () => {
  it('has a cell for each record with a shift, layers down and steps across', () => {
    const { cells } = mapOf();
    assert.deepEqual(
      cells.map(({ place }) => place),
      [
        [10, 0, 99, 19],
        [110, 0, 99, 19],
        [210, 0, 99, 19],
        [110, 20, 99, 19],
        [210, 20, 99, 19],
      ],
    );
  });

  it('colors shifts above their noise floor, mutes the others, and leaves undefined ones empty', () => {
    const styles = mapOf().cells.map(({ style }) => style);
    const muted = 'rgba(128, 128, 128, 0.15)';
    assert.deepEqual(styles.slice(0, 3), [muted, muted, shiftColor(1, THEME)]);
    assert.equal(new Set(styles).size, 4);
  });

  it('places shifts on the color scale by the square root up to one σ, by the logarithm beyond', () => {
    const shifts = [1 / 16, 1 / 4, 9 / 16, 1, Math.E, Math.E ** 2];
    const places = [1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1];
    const { cells } = mapOf(
      0,
      3,
      () => {},
      shifts.map((w1, record) => cellOf(record, Math.floor(record / 3) * 3, w1)),
    );
    assert.deepEqual(
      cells.map(({ style }) => style),
      places.map((at) => shiftColor(at, THEME)),
    );
  });

  it('frames the record in view and the records with non-finite values', () => {
    assert.deepEqual(mapOf(2).borders, [
      { style: '2 #ffffff', place: [211, 1, 97, 17] },
      { style: '1 #ff0000', place: [110.5, 20.5, 98, 18] },
    ]);
  });

  it('underlines non-finite values in a color that no shift has, however narrow the cell', () => {
    for (const [width, bar] of [
      [300, 99],
      [3, 1],
    ]) {
      const { bars } = mapOf(0, 3, () => {}, CELLS, width);
      // The middle cell of the lower row, less the gaps.
      assert.deepEqual(bars, [{ style: THEME.foreground, place: [10 + width / 3, 36, bar, 3] }]);
    }
  });

  it('frames the column that the record in view shares with a larger shift', () => {
    const { grid, borders } = mapOf(0, 1);
    assert.deepEqual(
      grid.cells.map(({ record }) => record),
      [2, 5],
    );
    assert.deepEqual(
      borders.map(({ style }) => style),
      ['2 #ffffff', '1 #ff0000'],
    );
  });

  it('leaves no gap between cells, and frames them from outside, where they are a pixel wide', () => {
    const { cells, borders } = mapOf(1, 3, () => {}, CELLS, 3);
    assert.deepEqual(
      cells.map(({ place: [left, , width] }) => [left, width]),
      [
        [10, 1],
        [11, 1],
        [12, 1],
        [11, 1],
        [12, 1],
      ],
    );
    assert.deepEqual(borders[0], { style: '2 #ffffff', place: [11, 1, 1, 17] });
  });

  it('names every row and column in the middle of its cells', () => {
    const { options } = mapOf();
    const ticks = (axis: 'x' | 'y') => {
      const of = options?.scales?.[axis];
      const scale: { ticks: { value: number }[] } = { ticks: [] };
      callback(of?.afterBuildTicks, scale);
      const label = of?.ticks !== undefined && 'callback' in of.ticks ? of.ticks.callback : undefined;
      return { range: [of?.min, of?.max], labels: scale.ticks.map(({ value }) => callback(label, value)) };
    };
    assert.deepEqual(ticks('x'), { range: [-0.5, 2.5], labels: ['0', '10', '20'] });
    assert.deepEqual(ticks('y'), { range: [-0.5, 1.5], labels: ['a', 'layer1…t_quantizer'] });
  });

  it('goes to the record of the cell that is clicked, and nowhere outside the cells', () => {
    const records: number[] = [];
    const { options, point } = mapOf(0, 3, (record) => records.push(record));
    assert.deepEqual(point(1, 1), [{ x: 1, y: 1 }]);
    callback(options?.onClick, {}, [{ index: 0 }]);
    callback(options?.onClick, {}, []);
    assert.deepEqual(point(3, 1), []);
    callback(options?.onClick, {}, [{ index: 0 }]);
    assert.deepEqual(records, [4]);
  });

  const NOISE = 'The shift is no larger than the batch noise.';
  const TOOLTIPS: readonly [record: number, title: string, lines: readonly string[]][] = [
    [0, 'net.a, step 0', ['Shift: 0 σ']],
    [1, 'net.a, step 10', ['Shift: 0.25 σ', 'Batch noise: 0.5 σ', NOISE]],
    [2, 'net.a, step 20', ['Shift: 4 σ', 'Batch noise: 0.5 σ']],
    [3, 'net.layer1.0.conv1.weight_quantizer, step 0', ['Shift: undefined']],
    [
      4,
      'net.layer1.0.conv1.weight_quantizer, step 10',
      ['Shift: 1 σ', 'Batch noise: 0.5 σ', 'Some values are NaN or infinite.'],
    ],
    [5, 'net.layer1.0.conv1.weight_quantizer, step 20', ['Shift: 2 σ']],
  ];
  for (const [record, title, lines] of TOOLTIPS) {
    it(`the tooltip of record ${record} says: ${lines.join(', ')}`, () => {
      const { options, point } = mapOf();
      point(record % 3, Math.floor(record / 3));
      const of = options?.plugins?.tooltip?.callbacks;
      assert.equal(callback(of?.title, [{}]), title);
      assert.deepEqual(callback(of?.label, {}), lines);
    });
  }

  const SCALE: readonly [t: number, color: string][] = [
    [0, 'rgb(0, 0, 70)'],
    [1 / 3, 'rgb(0, 0, 200)'],
    [0.5, 'rgb(100, 0, 200)'],
    [2 / 3, 'rgb(200, 0, 200)'],
    [1, 'rgb(255, 0, 0)'],
    [2, 'rgb(255, 0, 0)'],
  ];
  for (const [t, color] of SCALE) {
    it(`has the color scale's color at ${t.toFixed(2)}`, () => assert.equal(shiftColor(t, THEME), color));
  }
});
