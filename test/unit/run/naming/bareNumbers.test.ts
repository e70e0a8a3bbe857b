import assert from 'node:assert/strict';
import { catalogOf, recordsOf, type Tree } from '../trees';

describe('run: numbers in names that could be steps or layers', () => {
  const AMBIGUOUS: readonly [
    what: string,
    tree: Tree,
    guess: 'step' | 'layer',
    example: string,
    asGuessed: readonly string[],
    otherwise: readonly string[],
  ][] = [
    [
      'files of several tensors',
      [
        ['acts_1.npz', ['conv', 'fc']],
        ['acts_2.npz', ['conv', 'fc']],
      ],
      'step',
      'acts_1',
      ['conv @ 1', 'conv @ 2', 'fc @ 1', 'fc @ 2'],
      ['acts_1/conv @ 0', 'acts_1/fc @ 0', 'acts_2/conv @ 0', 'acts_2/fc @ 0'],
    ],
    [
      'folders',
      ['0/conv.npy', '1/conv.npy'],
      'step',
      '0/',
      ['conv @ 0', 'conv @ 1'],
      ['0/conv @ 0', '1/conv @ 0'],
    ],
    ['files', ['0.npy', '1.npy'], 'step', '0', ['run @ 0', 'run @ 1'], ['0 @ 0', '1 @ 0']],
    [
      'sizes or steps',
      ['fc_128.npy', 'fc_256.npy'],
      'layer',
      'fc_128',
      ['fc_128 @ 0', 'fc_256 @ 0'],
      ['fc @ 128', 'fc @ 256'],
    ],
    [
      'the same numbers at several names',
      ['attn_1.npy', 'attn_2.npy', 'mlp_1.npy', 'mlp_2.npy'],
      'layer',
      'attn_1',
      ['attn_1 @ 0', 'attn_2 @ 0', 'mlp_1 @ 0', 'mlp_2 @ 0'],
      ['attn @ 1', 'attn @ 2', 'mlp @ 1', 'mlp @ 2'],
    ],
    [
      'blocks or steps in keys',
      [['dump.npz', ['0/mlp', '1/mlp']]],
      'layer',
      '0/mlp',
      ['0/mlp @ 0', '1/mlp @ 0'],
      ['mlp @ 0', 'mlp @ 1'],
    ],
  ];
  for (const [what, tree, guess, example, asGuessed, otherwise] of AMBIGUOUS) {
    it(what, () => {
      const other = guess === 'step' ? 'layer' : 'step';
      for (const reading of [undefined, guess, other] as const) {
        const catalog = catalogOf(tree, 'run', reading === undefined ? undefined : { numbers: reading });
        assert.deepEqual(catalog.questions, [
          { id: 'numbers', kind: 'numbers', guess, example, others: [other] },
        ]);
        assert.deepEqual([...recordsOf(catalog)].sort(), reading === other ? otherwise : asGuessed);
        assert.deepEqual([catalog.problems, catalog.unrecognized], [[], []]);
      }
    });
  }

  const PLAIN: readonly [what: string, tree: Tree][] = [
    ['a word says it', ['step_1/conv.npy', 'step_2/conv.npy']],
    ['an epoch and a layer', ['epoch_3/fc_1.npy', 'epoch_4/fc_1.npy']],
    ['long numbers', ['000100/conv.npy', '000200/conv.npy']],
    ['numbers as large as steps', ['acts_100.npz', 'acts_200.npz'].map((path) => [path, ['conv']] as const)],
    ['numbers of parts', ['layer_1.npy', 'layer_2.npy']],
    ['numbers of layers that differ', ['conv_1.npy', 'conv_2.npy', 'fc_1.npy']],
    ['names of modules', ['layer1.0.conv1.npy', 'fc2.npy']],
    ['one number', ['fc_128.npy']],
  ];
  for (const [what, tree] of PLAIN) {
    it(`not ambiguous: ${what}`, () => assert.equal(catalogOf(tree).questions, undefined));
  }

  it("a label overrides the user's choice", () => {
    const tree: Tree = ['step_1/conv_7.npy', 'step_2/conv_7.npy'];
    assert.deepEqual(recordsOf(catalogOf(tree, 'run', { numbers: 'step' })), ['conv_7 @ 1', 'conv_7 @ 2']);
  });
});
