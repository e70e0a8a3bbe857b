import assert from 'node:assert/strict';
import { METHODS } from '../../../../src/model/analysis';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import { mapColors, rampColor } from '../../../../webview/charts/mapColors';
import { columnAt, mapGrid } from '../../../../webview/charts/mapGrid';
import { type Context, paintCells, rowsInView } from '../../../../webview/charts/mapPainting';
import type { MapRow } from '../../../../webview/charts/mapRows';
import { catalogOf, cellOf } from '../../model/samples';
import { THEME, tableOf } from '../samples';

/** Records 0–2 are of layer a, 3–5 of layer b. */
const CATALOG = catalogOf(['a', 'b'], [0, 10, 20]);
const CELLS: readonly ShiftCell[] = [
  cellOf(0, 0, 0),
  cellOf(1, 0, 0.25, 0.5),
  cellOf(2, 0, 10, 0.5),
  cellOf(3, 3, Number.NaN),
  cellOf(4, 3, 1, 0.5, true),
  { ...cellOf(5, 3, 2, Number.NaN), dead: true },
];
const ROWS: readonly MapRow[] = [
  { key: 'a', label: 'a', level: 0, layers: [0] },
  { key: 'b', label: 'b', level: 0, layers: [1] },
];
const COLORS = mapColors(THEME);

/** A rectangle that was drawn on a canvas. */
interface Drawn {
  readonly style: unknown;
  readonly place: readonly number[];
}

/** What is painted into an area of `width` × 40 pixels. */
function painted(
  { rows = ROWS, rowHeight = 20, selected = 0, scrolled = 0, maxColumns = 3 },
  width = 300,
): { filled: Drawn[]; stroked: Drawn[] } {
  const source = { scale: 'sigmas', shiftMap: tableOf(CELLS), method: METHODS.indexOf('none') } as const;
  const grid = mapGrid(CATALOG, source, 0, maxColumns);
  const { layer, step } = CATALOG.records[selected];
  const filled: Drawn[] = [];
  const stroked: Drawn[] = [];
  const context: Context = {
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 0,
    fillRect: (...place) => void filled.push({ style: context.fillStyle, place }),
    strokeRect: (...place) => void stroked.push({ style: context.strokeStyle, place }),
  };
  const cells = {
    rows,
    rowHeight,
    scrolled,
    grid,
    theme: THEME,
    colors: COLORS,
    hatch: 'hatch',
    selected: { column: columnAt(grid, step), row: rows.findIndex(({ layers }) => layers.includes(layer)) },
  };
  paintCells(context, cells, width, 40);
  return { filled, stroked };
}

const colored = (drawn: readonly Drawn[]) =>
  drawn.filter(({ style }) => style === COLORS.quiet || COLORS.ramp.includes(String(style)));

describe('webview: painting the map', () => {
  it('has layers down and steps across, and joins neighbors of one color', () => {
    assert.deepEqual(
      colored(painted({}).filled).map(({ place }) => place),
      [
        [0, 0, 200, 19],
        [200, 0, 100, 19],
        [100, 20, 100, 19],
        [200, 20, 100, 19],
      ],
    );
  });

  it('colors shifts above noise by fixed anchors, mutes the others, and leaves undefined ones empty', () => {
    assert.deepEqual(
      colored(painted({}).filled).map(({ style }) => style),
      [COLORS.quiet, ...[0.75, 0.5, 0.5 + Math.log10(2) / 4].map((place) => rampColor(COLORS, place))],
    );
  });

  it('hatches what is dead, and bars what is not finite, apart from its color', () => {
    const { filled } = painted({});
    assert.deepEqual(
      filled.filter(({ style }) => style === 'hatch').map(({ place }) => place),
      [[200, 20, 100, 19]],
    );
    const bars = filled.filter(
      ({ style, place }) => [THEME.foreground, THEME.background].includes(String(style)) && place[1] > 20,
    );
    assert.deepEqual(bars, [
      { style: THEME.background, place: [100, 34, 100, 1] },
      { style: THEME.foreground, place: [100, 35, 100, 4] },
    ]);
  });

  it('frames the record in view in two colors', () => {
    assert.deepEqual(painted({ selected: 2 }).stroked, [
      // Within the canvas: 200 to 300, 0 to 19.
      { style: THEME.background, place: [199, 3, 98, 17] },
      { style: THEME.foreground, place: [197, 1, 102, 21] },
    ]);
  });

  it('frames the column that the record in view shares with others', () => {
    assert.deepEqual(painted({ selected: 1, maxColumns: 1 }).stroked[1].place, [1, 1, 298, 21]);
  });

  it('leaves no gap between columns that are a pixel wide', () => {
    assert.deepEqual(
      colored(painted({}, 3).filled).map(({ place: [left, , width] }) => [left, width]),
      [
        [0, 2],
        [2, 1],
        [1, 1],
        [2, 1],
      ],
    );
  });

  it('shows the worst layer of a folded module, and nothing of an open one', () => {
    const folded: MapRow = {
      key: 'm',
      label: 'm',
      level: 0,
      layers: [0, 1],
      module: { path: 'm', isOpen: false },
    };
    const { filled } = painted({ rows: [folded] });
    assert.deepEqual(
      colored(filled).map(({ style, place }) => [style, place[0]]),
      [
        [COLORS.quiet, 0],
        [rampColor(COLORS, 0.5), 100],
        [rampColor(COLORS, 0.75), 200],
      ],
    );
    assert.ok(filled.some(({ style }) => style === 'hatch'));
    const open = { ...folded, module: { path: 'm', isOpen: true } };
    assert.deepEqual(colored(painted({ rows: [open] }).filled), []);
  });

  it('paints only the rows in view', () => {
    const rows = Array.from({ length: 1000 }, (_, i): MapRow => ({ ...ROWS[i % 2], key: `${i}` }));
    assert.deepEqual(
      rowsInView({ rows, rowHeight: 20, scrolled: 50 }, 40).map(({ at, top }) => [at, top]),
      [
        [2, -10],
        [3, 10],
        [4, 30],
      ],
    );
    assert.ok(painted({ rows, scrolled: 1000 }).filled.length < 40);
  });

  it('leaves no line between rows, however low', () => {
    const rows = Array.from({ length: 400 }, (_, i): MapRow => ({ ...ROWS[0], key: `${i}` }));
    for (let rowHeight = 1; rowHeight < 5; rowHeight += 0.05) {
      const { filled } = painted({ rows, rowHeight, scrolled: 7 });
      const edges = filled.filter(({ style, place }) => style === COLORS.quiet && place[0] === 0);
      assert.ok(edges.length >= Math.floor(40 / rowHeight));
      edges.slice(1).forEach(({ place: [, y] }, i) => {
        const [, above, , tall] = edges[i].place;
        assert.ok(above + tall >= y, `${rowHeight}: ${above + tall} and ${y}`);
      });
    }
  });
});
