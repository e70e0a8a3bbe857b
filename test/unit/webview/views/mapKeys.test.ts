import assert from 'node:assert/strict';
import { METHODS } from '../../../../src/model/analysis';
import { moduleTree } from '../../../../src/model/layerNames';
import { mapGrid } from '../../../../webview/charts/mapGrid';
import { mapRows } from '../../../../webview/charts/mapRows';
import { mapKeys } from '../../../../webview/views/mapKeys';
import { catalogOf, cellOf } from '../../model/samples';
import { tableOf } from '../samples';

/** Record 2 · layer is at step 0, the next at step 10. */
const CATALOG = catalogOf(['emb', 'h.0', 'h.1', 'lnf'], [0, 10]);
const NAMES = CATALOG.layers.map(({ name }) => name);
const SHIFTS = tableOf([cellOf(1, 0, 9), cellOf(3, 2, 1), cellOf(5, 4, 4)]);
const GRID = mapGrid(CATALOG, { scale: 'sigmas', shiftMap: SHIFTS, method: METHODS.indexOf('none') }, 0, 10);

/** What a key does from a row: emb, h, [h.0, h.1,] lnf. */
function press(key: string, active: number, isOpen = true, modifier: object = {}): string[] {
  const done: string[] = [];
  const rows = mapRows({
    tree: moduleTree(CATALOG.layers),
    names: NAMES,
    visible: undefined,
    pinned: [],
    open: { h: isOpen },
  });
  const onKeyDown = mapKeys({
    rows,
    active,
    grid: GRID,
    column: 1,
    goTo: (row, at) => done.push(`go ${row.key} ${at === undefined ? '' : GRID.records[at]}`),
    moveTo: ({ key: to }) => done.push(`move ${to}`),
    fold: (path, opened) => done.push(`${opened ? 'open' : 'fold'} ${path}`),
    togglePin: (layer) => done.push(`pin ${layer}`),
    zoom: (factor) => done.push(`zoom ${factor}`),
    pan: (part) => done.push(`pan ${part}`),
    zoomRows: (factor) => done.push(`rows ${factor}`),
    showAll: () => done.push('all'),
    inspect: () => done.push('inspect'),
    navigate: ({ to }) => done.push(to),
  });
  const event = { key, preventDefault: () => done.push('handled'), ...modifier };
  onKeyDown(event as unknown as KeyboardEvent);
  return done;
}

describe('webview: keys of the map', () => {
  const KEYS: readonly [key: string, active: number, isOpen: boolean, done: readonly string[]][] = [
    ['ArrowDown', 0, true, ['move module:h']],
    ['ArrowDown', 4, true, ['move layer:3']],
    ['ArrowUp', 0, true, ['move layer:0']],
    ['ArrowUp', 2, false, ['move module:h']],
    ['ArrowUp', -1, true, ['move layer:3']],
    ['Home', 3, true, ['move layer:0']],
    ['End', 0, true, ['move layer:3']],
    ['ArrowRight', 1, false, ['open h']],
    ['ArrowRight', 1, true, ['move layer:1']],
    ['ArrowLeft', 1, true, ['fold h']],
    ['ArrowLeft', 0, true, ['previousStep']],
    ['ArrowRight', 3, true, ['nextStep']],
    ['ArrowRight', -1, true, ['nextStep']],
    ['Enter', 2, true, ['inspect']],
    // The worst layer of the module at the step in view: h.1.
    ['Enter', 1, false, ['go module:h 5']],
    ['p', 2, true, ['pin 1']],
    ['P', 2, true, ['pin 1']],
  ];
  for (const [key, active, isOpen, done] of KEYS) {
    it(`${key} at row ${active}${isOpen ? '' : ' with a folded module'}: ${done.join()}`, () =>
      assert.deepEqual(press(key, active, isOpen), [...done, 'handled']));
  }

  it('make rows taller and shorter, from any row', () => {
    for (const row of [0, 1])
      assert.deepEqual(
        ['t', 'T', 's', 'S'].map((key) => press(key, row)[0]),
        ['rows 2', 'rows 2', 'rows 0.5', 'rows 0.5'],
      );
  });

  it('show fewer and more steps, and move along them, from any row', () => {
    for (const row of [0, 1])
      assert.deepEqual(
        [press('+', row), press('=', row), press('-', row), press('0', row)].map(([done]) => done),
        ['zoom 0.5', 'zoom 0.5', 'zoom 2', 'all'],
      );
    const shifted = { shiftKey: true };
    assert.deepEqual(press('ArrowLeft', 1, true, shifted), ['pan -0.25', 'handled']);
    assert.deepEqual(press('ArrowRight', 0, true, shifted), ['pan 0.25', 'handled']);
  });

  it('leave other keys, and those of commands, alone', () => {
    for (const key of ['Tab', 'Escape', 'a', 'PageDown']) assert.deepEqual(press(key, 0), []);
    assert.deepEqual(press('p', 1), []);
    assert.deepEqual(press('ArrowLeft', 1, false), []);
    for (const modifier of [{ altKey: true }, { ctrlKey: true }, { metaKey: true }])
      assert.deepEqual(press('ArrowDown', 0, true, modifier), []);
  });
});
