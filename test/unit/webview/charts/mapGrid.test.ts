import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isAboveFloor, METHODS, type Method } from '../../../../src/model/analysis';
import type { RunCatalog } from '../../../../src/model/catalog';
import type { QuantityScale } from '../../../../src/model/mapQuantities';
import { PagedColumn } from '../../../../src/model/pagedColumn';
import type { ShiftCell } from '../../../../src/model/shiftTable';
import {
  BROKEN,
  columnAt,
  DEAD,
  type MapGrid,
  mapGrid,
  marksAt,
  QUIET,
  worstAt,
} from '../../../../webview/charts/mapGrid';
import { catalogOf, cellOf } from '../../model/samples';
import { tableOf } from '../samples';

const STEPS = [0, 10, 20, 30, 40];
/** Records 0–4 are of layer a, 5–9 of layer b. */
const CATALOG = catalogOf(['a', 'b'], STEPS);

function gridOf(
  cells: readonly ShiftCell[],
  maxColumns = 5,
  catalog: RunCatalog = CATALOG,
  variant = 0,
  method: Method = 'none',
): MapGrid {
  const source = {
    scale: 'sigmas',
    shiftMap: tableOf(cells),
    method: METHODS.indexOf(method),
  } as const;
  return mapGrid(catalog, source, variant, maxColumns);
}

function quantityGrid(scale: QuantityScale, values: readonly number[], cells: readonly ShiftCell[] = []) {
  const figures = new PagedColumn();
  for (const [record, value] of values.entries()) figures.set(record, value);
  return mapGrid(CATALOG, { scale, shiftMap: tableOf(cells), figures, method: 0 }, 0, 1);
}

/** What a grid shows in its cells that have a record. */
function shownIn({ records, values, flags, columns }: MapGrid) {
  return [...records].flatMap((record, at) =>
    record < 0
      ? []
      : [
          {
            x: at % columns.length,
            y: Math.floor(at / columns.length),
            record,
            value: values[at],
            flags: flags[at],
          },
        ],
  );
}

describe('webview: map grid', () => {
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
    const grid = gridOf([], 5, catalogOf([], []));
    assert.deepEqual([grid.columns, shownIn(grid), grid.firstNonFinite], [[], [], undefined]);
  });

  it('places a record by its step and layer', () => {
    assert.deepEqual(shownIn(gridOf([cellOf(7, 5, 0.5, 0.125)])), [
      { x: 2, y: 1, record: 7, value: 0.5, flags: 0 },
    ]);
  });

  it('has no number for an undefined method', () => {
    const [{ value }] = shownIn(gridOf([cellOf(7, 5, 0.5, 0.125)], 5, CATALOG, 0, 'instance'));
    assert.equal(value, Number.NaN);
  });

  it('ignores cells that are ahead of the catalog', () => {
    const grid = gridOf([cellOf(7, 5, 0.5), cellOf(10, 5, 2, 0, true)]);
    assert.deepEqual(
      shownIn(grid).map(({ record }) => record),
      [7],
    );
    assert.equal(grid.firstNonFinite, undefined);
  });

  it('ignores other variants', () => {
    const catalog = catalogOf(['a'], [0, 10], [{ rank: 0 }, { rank: 1 }]);
    const shifts = [0, 1, 2, 3].map((record) => cellOf(record, 0, record));
    assert.deepEqual(
      shownIn(gridOf(shifts, 5, catalog, 1)).map(({ record, x }) => [record, x]),
      [
        [2, 0],
        [3, 1],
      ],
    );
  });

  const SHARED: readonly [what: string, cells: readonly ShiftCell[], record: number, flags: number][] = [
    ['the largest shift', [cellOf(0, 0, 0.25), cellOf(1, 0, 0.75), cellOf(2, 0, 0.5)], 1, 0],
    [
      'a shift above noise rather than a larger one below',
      [cellOf(0, 0, 1, 2), cellOf(1, 0, 0.5, 0.25)],
      1,
      0,
    ],
    ['a shift rather than none', [cellOf(0, 0, Number.NaN), cellOf(1, 0, 0)], 1, QUIET],
    ['a shift that none follows', [cellOf(0, 0, 0), cellOf(1, 0, Number.NaN)], 0, QUIET],
    ['non-finite values of any step', [cellOf(0, 0, 0.25, 0, true), cellOf(1, 0, 0.75)], 1, BROKEN],
    ['a dead step', [{ ...cellOf(0, 0, 0.25), dead: true }, cellOf(1, 0, 0.75)], 1, DEAD],
  ];
  for (const [what, cells, record, flags] of SHARED) {
    it(`shows, for steps that share a column, ${what}`, () => {
      const [shown, ...others] = shownIn(gridOf(cells, 1));
      assert.deepEqual([shown.record, shown.flags, others], [record, flags, []]);
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

  it('loses no excursion, however steps share columns and in any order of results', () => {
    const shift = fc.constantFrom(0, 0.25, 0.5, 1, 2, Number.NaN);
    const shifts = fc.array(shift, { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(shifts, fc.integer({ min: 0, max: 6 }), fc.nat(), (values, maxColumns, seed) => {
        const cells = values.map((w1, record) => cellOf(record, 0, w1, 0.25, w1 === 2));
        const rotated = [...cells.slice(seed % 10), ...cells.slice(0, seed % 10)];
        const grid = gridOf(rotated, maxColumns);
        const shown = shownIn(grid);
        assert.equal(
          Math.max(0, ...shown.map(({ value }) => value || 0)),
          Math.max(0, ...values.map((w1) => w1 || 0)),
        );
        assert.equal(
          shown.some(({ flags }) => (flags & BROKEN) !== 0),
          values.includes(2),
        );
        assert.equal(shown.length, 2 * grid.columns.length);
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
      const [shown] = shownIn(gridOf([cellOf(0, 0, w1, floor)]));
      assert.equal((shown.flags & QUIET) === 0, above);
    });
  }

  it('shows of other quantities the largest figure, of signed ones the farthest from 0', () => {
    const values = [-3, 1, 2, Number.NaN, 0, 0, 0, 0, 0, 0];
    const records = (scale: QuantityScale) =>
      shownIn(quantityGrid(scale, values)).map(({ record }) => record);
    assert.deepEqual(records('size'), [2, 5]);
    assert.deepEqual(records('signed'), [0, 5]);
  });

  it('takes a share of 0 for quiet, and a size of 0 for a figure', () => {
    const flags = (scale: QuantityScale) => shownIn(quantityGrid(scale, [0, 0])).map((cell) => cell.flags);
    assert.deepEqual(flags('rareShare'), [QUIET]);
    assert.deepEqual(flags('size'), [0]);
  });

  it('keeps the marks of records that have no figure', () => {
    const [shown] = shownIn(quantityGrid('size', [], [cellOf(0, 0, Number.NaN, 0, true)]));
    assert.deepEqual([shown.record, shown.value, shown.flags], [0, Number.NaN, BROKEN]);
  });

  it('shows of several layers the worst, and the marks of all', () => {
    const grid = gridOf([cellOf(0, 0, 4, 5), cellOf(5, 5, 1, 0.5), { ...cellOf(6, 5, 1), dead: true }]);
    assert.equal(worstAt(grid, [0, 1], 0), 5);
    assert.equal(worstAt(grid, [0], 1), undefined);
    assert.deepEqual([marksAt(grid, [0, 1], 0), marksAt(grid, [0, 1], 1)], [0, DEAD]);
  });
});
