import assert from 'node:assert/strict';
import { moduleTree } from '../../../../src/model/layerNames';
import {
  type MapRow,
  mapRows,
  parentOf,
  type RowChoice,
  rowOfLayer,
  siblingsOf,
} from '../../../../webview/charts/mapRows';

const NAMES = ['emb', 'h.0.ln', 'h.0.attn', 'h.1.ln', 'h.1.attn', 'lnf'];

function rowsOf(choice: Partial<RowChoice> = {}, names: readonly string[] = NAMES): MapRow[] {
  const tree = moduleTree(names.map((name, id) => ({ id, name })));
  return mapRows({ tree, names, visible: undefined, pinned: [], open: {}, ...choice });
}

const inShort = (rows: readonly MapRow[]) =>
  rows.map(({ label, level, layers, module }) =>
    module === undefined
      ? `${' '.repeat(level)}${label}=${layers[0]}`
      : `${' '.repeat(level)}${module.isOpen ? '▾' : '▸'}${label}:${layers.length}`,
  );

describe('webview: rows of the map', () => {
  it('are a tree in the order of the network', () => {
    assert.deepEqual(inShort(rowsOf()), [
      'emb=0',
      '▾h:4',
      ' ▾.0:2',
      '  .ln=1',
      '  .attn=2',
      ' ▾.1:2',
      '  .ln=3',
      '  .attn=4',
      'lnf=5',
    ]);
  });

  it('fold', () => {
    assert.deepEqual(inShort(rowsOf({ open: { 'h.0': false } })).slice(1, 4), ['▾h:4', ' ▸.0:2', ' ▾.1:2']);
    assert.deepEqual(inShort(rowsOf({ open: { h: false } })), ['emb=0', '▸h:4', 'lnf=5']);
  });

  it('are folded at the inner modules of a large network, unless the person opens them', () => {
    const names = Array.from({ length: 96 }, (_, i) => `h.${i >> 3}.${'abcdefgh'[i % 8]}`);
    const rows = inShort(rowsOf({}, names));
    assert.deepEqual(rows, ['▾h:96', ...Array.from({ length: 12 }, (_, i) => ` ▸.${i}:8`)]);
    const open = { 'h.11': true, 'h.0': false };
    assert.deepEqual(inShort(rowsOf({ open }, names)).slice(-2), ['  .g=94', '  .h=95']);
  });

  it('are only what the filter lets through, with the modules around it', () => {
    assert.deepEqual(inShort(rowsOf({ visible: new Set([2, 5]) })), ['▾h:1', ' ▾.0:1', '  .attn=2', 'lnf=5']);
    assert.deepEqual(rowsOf({ visible: new Set() }), []);
  });

  it('have pinned layers at the top, and at their place', () => {
    const rows = rowsOf({ pinned: [4, 0] });
    assert.deepEqual(inShort(rows).slice(0, 3), ['h.1.attn=4', 'emb=0', 'emb=0']);
    assert.equal(rowOfLayer(rows, 0), 2);
    assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
  });

  it('are a list where they are sorted', () => {
    assert.deepEqual(inShort(rowsOf({ order: (a, b) => b - a })).slice(0, 2), ['lnf=5', 'h.1.attn=4']);
  });

  it('stand for a layer, folded or not', () => {
    assert.equal(rowOfLayer(rowsOf(), 3), 6);
    assert.equal(rowOfLayer(rowsOf({ open: { h: false } }), 3), 1);
    assert.equal(rowOfLayer(rowsOf({ visible: new Set([0]) }), 3), -1);
  });

  it('know their place among the rows of their module', () => {
    const rows = rowsOf({ pinned: [5] });
    assert.deepEqual(
      siblingsOf(rows).map(({ place, count }) => `${place}/${count}`),
      ['1/4', '2/4', '3/4', '1/2', '1/2', '2/2', '2/2', '1/2', '2/2', '4/4'],
    );
    assert.deepEqual(siblingsOf([]), []);
  });

  it('know the module around them', () => {
    const rows = rowsOf();
    assert.deepEqual(
      rows.map((_, at) => parentOf(rows, at)),
      [undefined, undefined, 1, 2, 2, 1, 5, 5, undefined],
    );
  });
});
