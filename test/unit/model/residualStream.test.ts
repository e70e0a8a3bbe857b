import assert from 'node:assert/strict';
import type { LayerEntry } from '../../../src/model/catalog';
import { residualBranches } from '../../../src/model/residualStream';

type Given = Partial<LayerEntry> & { readonly name: string };

/** Layers in the order of the network; a layer `X` reads `X.input`, if there is one. */
function layersOf(given: readonly (string | Given)[]): LayerEntry[] {
  const layers = given.map((each, id) => {
    const { name, ...rest } = typeof each === 'string' ? { name: each } : each;
    return { id, name, fullName: name, layout: 'NLC', shape: [8, 64, 128], ...rest } as LayerEntry;
  });
  return layers.map((layer) => {
    const input = layers.find(({ fullName }) => fullName === `${layer.fullName}.input`);
    return input === undefined ? layer : { ...layer, input: input.id };
  });
}

/** The branches by names: layer: before → after. */
function branchesOf(given: readonly (string | Given)[]): readonly string[] {
  const layers = layersOf(given);
  const name = (id: number) => layers[id].fullName;
  return residualBranches(layers).map(
    ({ layer, before, after }) => `${name(layer)}: ${name(before)} → ${name(after)}`,
  );
}

const preNorm = (block: number) =>
  ['ln1.input', 'ln1', 'attn', 'ln2.input', 'ln2', 'mlp'].map((each) => `blocks.${block}.${each}`);

describe('residual branches', () => {
  it('are attention and feed-forward of pre-norm blocks, the last up to the last normalization layer', () => {
    assert.deepEqual(branchesOf([...preNorm(0), ...preNorm(1), 'ln_f.input', 'ln_f', 'head']), [
      'blocks.0.ln1.input: blocks.0.ln1.input → blocks.0.ln2.input',
      'blocks.0.ln2.input: blocks.0.ln2.input → blocks.1.ln1.input',
      'blocks.1.ln1.input: blocks.1.ln1.input → blocks.1.ln2.input',
      'blocks.1.ln2.input: blocks.1.ln2.input → ln_f.input',
    ]);
  });

  it('are whole blocks where a block has other than two normalization layers', () => {
    const sandwich = (block: number) =>
      ['n1.input', 'n1', 'n2.input', 'n2', 'n3.input', 'n3', 'n4.input', 'n4'].map(
        (each) => `h.${block}.${each}`,
      );
    assert.deepEqual(branchesOf([...sandwich(0), ...sandwich(1)]), [
      'h.0.n1.input: h.0.n1.input → h.1.n1.input',
    ]);
  });

  it('are not between blocks that normalize after their branches, nor across a block that is missing', () => {
    const postNorm = (block: number) => ['attn', 'ln1.input', 'ln1'].map((each) => `layer.${block}.${each}`);
    assert.deepEqual(branchesOf([...postNorm(0), ...postNorm(1), ...postNorm(2)]), []);
    assert.deepEqual(
      branchesOf([...preNorm(0), ...preNorm(2)]),
      [0, 2].map((b) => `blocks.${b}.ln1.input: blocks.${b}.ln1.input → blocks.${b}.ln2.input`),
    );
  });

  it('end where another stack begins', () => {
    const encoder = ['enc.0.ln1.input', 'enc.0.ln1', 'enc.1.ln1.input', 'enc.1.ln1'];
    const decoder = ['dec.0.ln1.input', 'dec.0.ln1', 'dec.1.ln1.input', 'dec.1.ln1', 'norm.input', 'norm'];
    assert.deepEqual(branchesOf([...encoder, ...decoder]), [
      'enc.0.ln1.input: enc.0.ln1.input → enc.1.ln1.input',
      'dec.0.ln1.input: dec.0.ln1.input → dec.1.ln1.input',
      'dec.1.ln1.input: dec.1.ln1.input → norm.input',
    ]);
  });

  it('are between the outputs of blocks, if those were recorded', () => {
    assert.deepEqual(branchesOf(['hidden.0', 'hidden.1', 'hidden.2']), [
      'hidden.1: hidden.0 → hidden.1',
      'hidden.2: hidden.1 → hidden.2',
    ]);
    const block = (b: number): Given[] => [
      { name: `layer.${b}.attn` },
      { name: `layer.${b}`, module: 'transformers.BertLayer' },
    ];
    assert.equal(branchesOf([0, 1, 2].flatMap(block)).length, 2);
    const encoder = [0, 1, 2].map((b) => ({
      name: `layers.${b}`,
      module: 'torch.nn.TransformerEncoderLayer',
    }));
    assert.equal(branchesOf(encoder).length, 2);
  });

  it('are not between layers of other kinds, shapes, or layouts', () => {
    const linear = [0, 1, 2].map((b) => ({ name: `net.${b}`, module: 'torch.nn.Linear' }));
    assert.deepEqual(branchesOf(linear), []);
    for (const other of [
      { layout: 'NC', shape: [64, 128] },
      { layout: 'NCL', shape: [8, 128, 64] },
      { summarized: 'Distributions only.' },
    ])
      assert.deepEqual(branchesOf([0, 1, 2].map((b) => ({ name: `hidden.${b}`, ...other }))), []);
    const wider = [
      'hidden.0',
      { name: 'hidden.1', shape: [8, 64, 256] },
      { name: 'hidden.2', shape: [8, 64, 256] },
    ];
    assert.deepEqual(branchesOf(wider), ['hidden.2: hidden.1 → hidden.2']);
    const batchNorm = [0, 1].flatMap((b): Given[] => [
      { name: `blocks.${b}.bn.input` },
      { name: `blocks.${b}.bn`, module: 'torch.nn.BatchNorm1d' },
    ]);
    assert.deepEqual(branchesOf(batchNorm), []);
  });

  it('are found again when the list of layers has grown', () => {
    const layers = layersOf(['hidden.0', 'hidden.1', 'hidden.2', 'hidden.3']);
    const growing = layers.slice(0, 3);
    assert.equal(residualBranches(growing).length, 2);
    assert.equal(residualBranches(growing), residualBranches(growing));
    growing.push(layers[3]);
    assert.equal(residualBranches(growing).length, 3);
  });
});
