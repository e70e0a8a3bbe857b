import assert from 'node:assert/strict';
import fc from 'fast-check';
import { endOfName, type ModuleNode, moduleTree, partsOf } from '../../../src/model/layerNames';

const layersOf = (names: readonly string[]) => names.map((name, id) => ({ id, name }));

/** Modules as `label: [children]`, layers as `label=id`. */
function inShort(nodes: readonly ModuleNode[]): unknown[] {
  return nodes.map(({ label, layer, children }) =>
    layer === undefined ? { [label]: inShort(children) } : `${label}=${layer}`,
  );
}

describe('model: names of layers', () => {
  it('are parts with the separators before them', () => {
    assert.deepEqual(partsOf('blocks.0.attn/proj'), ['blocks', '.0', '.attn', '/proj']);
    assert.deepEqual(
      ['', '.', 'a', 'a.', '.a'].map((name) => partsOf(name).join('')),
      ['', '.', 'a', 'a.', '.a'],
    );
  });

  it('are cut at the beginning, before a part if possible', () => {
    assert.equal(endOfName('model.blocks.11.attn.proj.output', 20), '…attn.proj.output');
    assert.equal(endOfName('a_very_long_name', 10), '…long_name');
    assert.equal(endOfName('short', 20), 'short');
  });

  it('are never longer than asked for, and end as the name does', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 2, max: 30 }), (name, length) => {
        const cut = endOfName(name, length);
        assert.ok(cut.length <= length);
        assert.ok(name.endsWith(cut.replace(/^…/, '')) || name === cut);
      }),
    );
  });
});

describe('model: the tree of modules', () => {
  it('has layers by the parts of their names, in the order of the run', () => {
    const names = ['emb', 'h.0.ln', 'h.0.attn', 'h.1.ln', 'h.1.attn', 'lnf'];
    const tree = moduleTree(layersOf(names));
    assert.deepEqual(inShort(tree), [
      'emb=0',
      { h: [{ '.0': ['.ln=1', '.attn=2'] }, { '.1': ['.ln=3', '.attn=4'] }] },
      'lnf=5',
    ]);
    assert.deepEqual(tree[1].layers, [1, 2, 3, 4]);
    assert.deepEqual([tree[1].path, tree[1].children[0].path], ['h', 'h.0']);
  });

  it('joins modules with one part in them', () => {
    assert.deepEqual(inShort(moduleTree(layersOf(['net.body.a', 'net.body.b']))), [
      { 'net.body': ['.a=0', '.b=1'] },
    ]);
    assert.deepEqual(inShort(moduleTree(layersOf(['net.a.input']))), ['net.a.input=0']);
  });

  it('has a layer with the name of a module beside what is in it', () => {
    assert.deepEqual(inShort(moduleTree(layersOf(['h.0.ln', 'h.0', 'h.1']))), [
      { h: [{ '.0': ['.ln=0', '.0=1'] }, '.1=2'] },
    ]);
  });

  it('has every layer once', () => {
    const name = fc.array(fc.constantFrom('a', 'b', '0'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(
          name.map((parts) => parts.join('.')),
          { maxLength: 12 },
        ),
        (names) => {
          const leaves = (nodes: readonly ModuleNode[]): number[] =>
            nodes.flatMap(({ layer, children }) => (layer === undefined ? leaves(children) : [layer]));
          const tree = moduleTree(layersOf(names));
          const all = names.map((_, id) => id);
          assert.deepEqual(
            leaves(tree).sort((a, b) => a - b),
            all,
          );
          assert.deepEqual(
            tree.flatMap(({ layers }) => layers).sort((a, b) => a - b),
            all,
          );
        },
      ),
    );
  });
});
