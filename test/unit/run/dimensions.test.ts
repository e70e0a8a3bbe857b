import assert from 'node:assert/strict';
import fc from 'fast-check';
import { layoutOfNames, namesInName, rolesOfNames } from '../../../src/run/dimensions';
import { layoutProblem } from '../../../src/run/layout';

describe('run: names of axes', () => {
  const LAYOUTS: readonly [names: readonly (string | undefined)[], layout: string | undefined][] = [
    [['batch', 'position', 'channel'], 'NLC'],
    [['position', 'batch', 'hidden'], 'LNC'],
    [['sample', 'y', 'x', 'feature'], 'NHWC'],
    [['batch', 'channel', 'height', 'width'], 'NCHW'],
    [['N', 'C', 'H', 'W'], 'NCHW'],
    [['batch', 'head', 'position', 'd_head'], 'NALC'],
    [['batch', 'seq', 'd'], 'NLC'],
    [['n', 'c', 'd', 'h', 'w'], 'NCDHW'],
    [['Batch Size', 'numHeads', 'seqLen', 'headDim'], 'NALC'],
    [['batchSize', 'tokens', 'hiddenSize'], 'NLC'],
    [['time', 'unit'], 'TC'],
    // One unknown axis among known ones is that of the channels.
    [['batch', 'position', 'residual'], 'NLC'],
    [['batch', undefined], 'NC'],
    [['batch', 'foo', 'bar'], undefined],
    [['batch', 'channel', 'channel_2'], 'NCS'],
    [['channel', 'feature'], undefined],
    [['batch', 'sample', 'channel'], undefined],
    [['dim_0', 'dim_1', 'dim_2'], undefined],
    [['phony_dim_0', 'phony_dim_1'], undefined],
    [['latitude', 'longitude'], undefined],
    [['step', 'channel'], undefined],
  ];
  for (const [names, layout] of LAYOUTS) {
    it(`${names.join(', ')} is ${layout ?? 'no layout'}`, () => assert.equal(layoutOfNames(names), layout));
  }

  const ROLES: readonly [names: readonly (string | undefined)[], roles: ReturnType<typeof rolesOfNames>][] = [
    [
      ['step', 'batch', 'channel'],
      ['step', null, null],
    ],
    [
      ['batch', 'layer', 'hidden'],
      [null, 'layer', null],
    ],
    [
      ['epochs', 'layers', 'n', 'c'],
      ['step', 'layer', null, null],
    ],
    [
      ['trainStep', 'c'],
      ['step', null],
    ],
    [['step', 'epoch', 'c'], undefined],
    [['step'], undefined],
    [['batch', 'channel'], undefined],
  ];
  for (const [names, roles] of ROLES) {
    it(`${names.join(', ')} has ${roles?.map((role) => role ?? 'no').join(', ') ?? 'no'} role`, () =>
      assert.deepEqual(rolesOfNames(names), roles));
  }

  it('in the name of an array count only where each is one', () => {
    assert.deepEqual(namesInName('acts_steps_layers_batch_dim', 4), ['steps', 'layers', 'batch', 'dim']);
    assert.equal(namesInName('acts_layers_batch', 3), undefined);
    assert.equal(namesInName('n_c_h', 3), undefined, 'letters alone may be anything');
    assert.equal(namesInName('layer_norm_1', 3), undefined);
  });

  it('give only layouts that fit', () => {
    const name = fc.oneof(
      fc.constantFrom('batch', 'channel', 'position', 'token', 'height', 'x', 'd', 'head', 'time', 'l', 's'),
      fc.string({ maxLength: 4 }),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (names) => {
        const layout = layoutOfNames(names);
        if (layout !== undefined)
          assert.equal(
            layoutProblem(
              layout,
              names.map(() => 2),
            ),
            undefined,
          );
      }),
      { numRuns: 2000 },
    );
  });
});
