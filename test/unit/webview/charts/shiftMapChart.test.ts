import assert from 'node:assert/strict';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import { columnAt, shiftGrid } from '../../../../webview/charts/shiftGrid';
import { shiftColor, shiftMapChart } from '../../../../webview/charts/shiftMapChart';
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

function chartOf(
  selected = 0,
  maxColumns = 3,
  onRecord: (record: number) => void = () => {},
  shifts: readonly ShiftCell[] = CELLS,
) {
  const grid = shiftGrid(CATALOG, tableOf(shifts), 0, 'none', maxColumns);
  const { layer, step } = CATALOG.records[selected];
  const config = shiftMapChart(grid, {
    catalog: CATALOG,
    theme: THEME,
    selected: { x: columnAt(grid, step), y: layer },
    onRecord,
  });
  const [dataset] = config.data.datasets;
  return { config, dataset, options: config.options, cells: grid.cells };
}

/** What a scriptable option gives every cell. */
function perCell(option: unknown, cells: readonly unknown[]) {
  return cells.map((_, dataIndex) => callback(option, { dataIndex }));
}

describe('webview: shift map', () => {
  it('has a cell for each record, layers down and steps across', () => {
    const { dataset } = chartOf();
    assert.deepEqual(
      dataset.data.map(({ x, y }) => [x, y]),
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    );
  });

  it('colours what is above its noise floor, mutes the rest, leaves undefined cells empty', () => {
    const { dataset, cells } = chartOf();
    const muted = 'rgba(128, 128, 128, 0.15)';
    const colors = perCell(dataset.backgroundColor, cells);
    assert.deepEqual(colors.slice(0, 4), [muted, muted, shiftColor(1, THEME), 'transparent']);
    assert.equal(new Set(colors).size, 5);
  });

  it('places shifts on the colour scale by the square root up to one σ, by the logarithm beyond', () => {
    const shifts = [1 / 16, 1 / 4, 9 / 16, 1, Math.E, Math.E ** 2];
    const places = [1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1];
    const { dataset, cells } = chartOf(
      0,
      3,
      () => {},
      shifts.map((w1, record) => cellOf(record, Math.floor(record / 3) * 3, w1)),
    );
    assert.deepEqual(
      perCell(dataset.backgroundColor, cells),
      places.map((t) => shiftColor(t, THEME)),
    );
  });

  it('frames the record in view, and those with non-finite values', () => {
    const { dataset, cells } = chartOf(2);
    assert.deepEqual(perCell(dataset.borderWidth, cells), [0, 0, 2, 0, 1, 0]);
    const none = 'transparent';
    assert.deepEqual(perCell(dataset.borderColor, cells), [none, none, '#ffffff', none, '#ff0000', none]);
  });

  it('underlines what has non-finite values in a colour that no shift has, however narrow its cell', () => {
    for (const width of [300, 3]) {
      const { options } = chartOf();
      const bars: (string | number)[][] = [];
      const context = {
        fillStyle: '',
        fillRect: (...place: number[]) => bars.push([context.fillStyle, ...place]),
      };
      const area = { left: 10, right: 10 + width, top: 0, bottom: 40 };
      callback(options?.plugins?.painting?.mark, context, area);
      // The middle cell of the lower row, less the gap between rows.
      assert.deepEqual(bars, [[THEME.foreground, 10 + width / 3, 36, width / 3, 3]]);
    }
  });

  it('frames the column that the record in view shares with a larger shift', () => {
    const { dataset, cells } = chartOf(0, 1);
    assert.deepEqual(
      cells.map(({ record }) => record),
      [2, 5],
    );
    assert.deepEqual(perCell(dataset.borderWidth, cells), [2, 1]);
  });

  it('has a style for no cell, which Chart.js asks for too', () => {
    const { dataset } = chartOf();
    const context = { dataIndex: undefined, chart: {} };
    assert.equal(callback(dataset.backgroundColor, context), 'transparent');
    assert.equal(callback(dataset.borderColor, context), 'transparent');
    assert.equal(callback(dataset.borderWidth, context), 0);
    assert.equal(callback(dataset.width, context), 1);
  });

  const SIZES: readonly [extent: number, width: number, height: number][] = [
    [300, 99, 149],
    [15, 5, 6.5],
    [1, 1, 1],
  ];
  for (const [extent, width, height] of SIZES) {
    it(`cells of a map of ${extent} pixels fill it but for gaps`, () => {
      const { dataset } = chartOf();
      const chart = { chartArea: { width: extent, height: extent } };
      assert.equal(callback(dataset.width, { chart }), width);
      assert.equal(callback(dataset.height, { chart }), height);
    });
  }

  it('names every row and column in the middle of its cells', () => {
    const { options } = chartOf();
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

  it('a click goes to the record of the cell, one beside them nowhere', () => {
    const records: number[] = [];
    const { options } = chartOf(0, 3, (record) => records.push(record));
    callback(options?.onClick, {}, [{ index: 4 }]);
    callback(options?.onClick, {}, []);
    assert.deepEqual(records, [4]);
  });

  const TOLD: readonly [record: number, title: string, lines: readonly string[]][] = [
    [0, 'net.a, step 0', ['shift W1/σ 0']],
    [1, 'net.a, step 10', ['shift W1/σ 0.25', 'noise floor 0.5: within noise']],
    [2, 'net.a, step 20', ['shift W1/σ 4', 'noise floor 0.5']],
    [3, 'net.layer1.0.conv1.weight_quantizer, step 0', ['no shift: undefined here']],
    [
      4,
      'net.layer1.0.conv1.weight_quantizer, step 10',
      ['shift W1/σ 1', 'noise floor 0.5', 'has NaN or infinite values'],
    ],
    [5, 'net.layer1.0.conv1.weight_quantizer, step 20', ['shift W1/σ 2']],
  ];
  for (const [record, title, lines] of TOLD) {
    it(`tells of record ${record}: ${lines.join(', ')}`, () => {
      const of = chartOf().options?.plugins?.tooltip?.callbacks;
      assert.equal(callback(of?.title, [{ dataIndex: record }]), title);
      assert.deepEqual(callback(of?.label, { dataIndex: record }), lines);
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
    it(`the colour scale at ${t.toFixed(2)}`, () => assert.equal(shiftColor(t, THEME), color));
  }
});
