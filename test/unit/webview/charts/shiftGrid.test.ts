import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isAboveFloor } from '../../../../src/model/analysis';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import { columnAt, type GridCell, shade, shiftGrid } from '../../../../webview/charts/shiftGrid';
import { catalogOf, cellOf } from '../../model/samples';
import { tableOf } from '../samples';

const STEPS = [0, 10, 20, 30, 40];
/** Records 0–4 are of layer a, 5–9 of layer b. */
const CATALOG = catalogOf(['a', 'b'], STEPS);

function gridOf(cells: readonly ShiftCell[], maxColumns = 5, catalog: RunCatalog = CATALOG, variant = 0) {
  return shiftGrid(catalog, tableOf(cells), variant, 'none', maxColumns);
}

describe('webview: shift grid', () => {
  const COLUMNS: readonly [maxColumns: number, columns: readonly (readonly [number, number])[]][] = [
    [240, STEPS.map((step) => [step, step])],
    [5, STEPS.map((step) => [step, step])],
    [
      3,
      [
        [0, 10],
        [20, 30],
        [40, 40],
      ],
    ],
    [1, [[0, 40]]],
    [0, [[0, 40]]],
  ];
  for (const [maxColumns, columns] of COLUMNS) {
    it(`puts ${STEPS.length} steps in at most ${maxColumns} columns`, () => {
      assert.deepEqual(
        gridOf([], maxColumns).columns.map(({ first, last }) => [first, last]),
        columns,
      );
    });
  }

  it('has no columns for a run without steps', () => {
    assert.deepEqual(gridOf([], 5, catalogOf([], [])), {
      columns: [],
      perColumn: 1,
      cells: [],
      largest: 0,
      firstNonFinite: undefined,
    });
  });

  it('places a record by its step and layer', () => {
    assert.deepEqual(gridOf([cellOf(7, 5, 0.5, 0.125)]).cells, [
      { x: 2, y: 1, record: 7, w1: 0.5, floor: 0.125, nonFinite: false },
    ]);
  });

  it('is the same in reused cells', () => {
    const grids = [[cellOf(7, 5, 0.5, 0.125), cellOf(1, 0, 2)], [cellOf(3, 0, 1)], [], [cellOf(8, 5, 0.25)]];
    const taken: GridCell[] = [];
    for (const cells of grids) {
      const anew = gridOf(cells);
      assert.deepEqual(shiftGrid(CATALOG, tableOf(cells), 0, 'none', 5, taken), anew);
    }
  });

  it('has no number for an undefined method', () => {
    const shiftMap = tableOf([cellOf(7, 5, 0.5, 0.125)]);
    const { cells, largest } = shiftGrid(CATALOG, shiftMap, 0, 'instance', 5);
    assert.deepEqual([cells[0].w1, cells[0].floor, largest], [Number.NaN, undefined, 0]);
  });

  it('ignores cells that are ahead of the catalog', () => {
    const shown = gridOf([cellOf(7, 5, 0.5), cellOf(10, 5, 2, 0, true)]);
    assert.deepEqual(
      shown.cells.map(({ record }) => record),
      [7],
    );
    assert.deepEqual([shown.largest, shown.firstNonFinite], [0.5, undefined]);
  });

  it('ignores other variants', () => {
    const catalog = catalogOf(['a'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
    const shifts = [0, 1, 2, 3].map((record) => cellOf(record, 0, record));
    const shown = gridOf(shifts, 5, catalog, 1).cells.map(({ record, x }) => [record, x]);
    assert.deepEqual(shown, [
      [2, 0],
      [3, 1],
    ]);
  });

  const SHARED: readonly [what: string, cells: readonly ShiftCell[], record: number, nonFinite: boolean][] = [
    ['the largest shift', [cellOf(0, 0, 0.25), cellOf(1, 0, 0.75), cellOf(2, 0, 0.5)], 1, false],
    ['a shift rather than none', [cellOf(0, 0, Number.NaN), cellOf(1, 0, 0)], 1, false],
    ['a shift that none follows', [cellOf(0, 0, 0), cellOf(1, 0, Number.NaN)], 0, false],
    [
      'non-finite values of any step',
      [cellOf(0, 0, 0.25, 0, true), cellOf(1, 0, 0.75), cellOf(2, 0, 0.5)],
      1,
      true,
    ],
  ];
  for (const [what, cells, record, nonFinite] of SHARED) {
    it(`shows, for steps that share a column, ${what}`, () => {
      const [shown, ...others] = gridOf(cells, 1).cells;
      assert.deepEqual([shown.record, shown.nonFinite, others], [record, nonFinite, []]);
    });
  }

  const PLACES: readonly [step: number, column: number][] = [
    [-5, -1],
    [0, 0],
    [10, 0],
    [20, 1],
    [30, 1],
    [40, 2],
    [50, 2],
  ];
  for (const [step, column] of PLACES) {
    it(`finds step ${step} in column ${column} of columns with two steps`, () => {
      assert.equal(columnAt(gridOf([], 3), step), column);
    });
  }

  it('finds the first non-finite record by step, then by layer, in any order of results', () => {
    const steps = [0, 10, 20, 100];
    const catalog = catalogOf(['a', 'b', 'c'], steps);
    const withCells = (cells: readonly (readonly [record: number, nonFinite: boolean])[], variant = 0) =>
      gridOf(
        cells.map(([record, nonFinite]) => cellOf(record, record, 0, 0, nonFinite)),
        2,
        catalog,
        variant,
      ).firstNonFinite?.id;
    // Layer a at step 100, c and b at step 10.
    const cells = [
      [3, true],
      [9, true],
      [5, true],
      [0, false],
    ] as const;
    assert.equal(withCells(cells), 5);
    assert.equal(withCells([...cells].reverse()), 5);
    assert.equal(withCells([[0, false]]), undefined);
    assert.equal(withCells([[5, true]], 1), undefined);
  });

  it('has the largest of the shifts above noise', () => {
    const cells = [
      cellOf(0, 0, 0.25, 0.125),
      cellOf(1, 0, 5, 5),
      cellOf(2, 0, Number.NaN),
      cellOf(3, 0, 0.5),
    ];
    assert.equal(gridOf(cells).largest, 0.5);
    assert.equal(gridOf([cellOf(0, 0, 0.1, 0.2)]).largest, 0);
  });

  it('loses no excursion, however steps share columns and in any order of results', () => {
    const shift = fc.constantFrom(0, 0.25, 0.5, 1, 2, Number.NaN);
    const shifts = fc.array(shift, { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(shifts, fc.integer({ min: 0, max: 6 }), fc.nat(), (values, maxColumns, seed) => {
        const cells = values.map((w1, record) => cellOf(record, 0, w1, 0.25, w1 === 2));
        const rotated = [...cells.slice(seed % 10), ...cells.slice(0, seed % 10)];
        const grid = gridOf(rotated, maxColumns);
        const loud = values.filter((w1) => w1 > 0.25);
        assert.equal(grid.largest, Math.max(0, ...loud));
        assert.equal(
          Math.max(0, ...grid.cells.map(({ w1 }) => w1 || 0)),
          Math.max(0, ...values.map((w1) => w1 || 0)),
        );
        assert.equal(
          grid.cells.some((cell) => cell.nonFinite),
          values.includes(2),
        );
        assert.equal(grid.cells.length, 2 * grid.columns.length);
      }),
    );
  });

  const FLOORS: readonly [w1: number, floor: number | undefined, above: boolean][] = [
    [0.5, 0.25, true],
    [0.25, 0.25, false],
    [0.125, 0.25, false],
    [0.125, undefined, true],
    [0, undefined, false],
    [Number.NaN, undefined, false],
    [0.5, Number.NaN, true],
  ];
  for (const [w1, floor, above] of FLOORS) {
    it(`counts ${w1} over a noise floor of ${floor} as ${above ? 'a shift' : 'noise'}`, () => {
      assert.equal(isAboveFloor({ w1, floor }), above);
    });
  }

  const SHADES: readonly [w1: number, largest: number, place: number][] = [
    [0, 0.64, 0],
    [0.16, 0.64, 0.5],
    [0.64, 0.64, 1],
    [0.9, 0.64, 1],
    [-1, 0.64, 0],
    [1, 0, 0],
    [1, Math.exp(2), 0.5],
    [Math.exp(2), Math.exp(6), 0.5],
    [Math.exp(28), Math.exp(58), 0.5],
  ];
  for (const [w1, largest, place] of SHADES) {
    it(`places ${w1} of ${largest} at ${place} of the color scale`, () =>
      assert.equal(shade(w1, largest), place));
  }
});
