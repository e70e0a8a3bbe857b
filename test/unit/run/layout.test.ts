import assert from 'node:assert/strict';
import fc from 'fast-check';
import { guessLayout, layoutProblem, layoutsFor, otherLayouts } from '../../../src/run/layout';

describe('run: layout', () => {
  const GUESSES: readonly [shape: readonly number[], layout: string][] = [
    [[10], 'C'],
    [[64, 128], 'NC'],
    [[8, 197, 768], 'NLC'],
    // PyTorch convolutions.
    [[8, 3, 28, 28], 'NCHW'],
    [[64, 512, 7, 7], 'NCHW'],
    [[64, 512, 1, 1], 'NCHW'],
    [[8, 1, 28, 28], 'NCHW'],
    [[8, 64, 120, 160], 'NCHW'],
    [[8, 64, 80, 300], 'NCHW'],
    [[8, 3, 224, 320], 'NCHW'],
    [[8, 12, 197, 64], 'NCHW'],
    [[8, 12, 512, 512], 'NCHW'],
    [[8, 4, 5, 4], 'NCHW'],
    // Nothing to tell by.
    [[32, 8, 8, 8], 'NCHW'],
    [[2, 1, 1, 1], 'NCHW'],
    // Keras and TensorFlow.
    [[8, 28, 28, 3], 'NHWC'],
    [[8, 28, 28, 1], 'NHWC'],
    [[64, 7, 7, 512], 'NHWC'],
    [[64, 1, 1, 512], 'NHWC'],
    [[8, 120, 160, 3], 'NHWC'],
    [[8, 30, 40, 256], 'NHWC'],
    [[2, 3, 16, 112, 112], 'NCDHW'],
    [[2, 64, 8, 8, 8], 'NCDHW'],
    [[2, 64, 16, 16, 8], 'NCDHW'],
    [[2, 16, 112, 112, 3], 'NDHWC'],
    [[2, 8, 14, 14, 256], 'NDHWC'],
    [[2, 3, 4, 5, 6, 7], 'NCDEFG'],
  ];
  for (const [shape, layout] of GUESSES) {
    it(`[${shape.join(', ')}] is ${layout}`, () => assert.equal(guessLayout(shape), layout));
  }

  const OTHERS: readonly [shape: readonly number[], module: string | undefined, others: readonly string[]][] =
    [
      [[8, 197, 768], undefined, ['NCL']],
      [[8, 64, 1000], 'Conv1d', []],
      [[8, 197, 768], 'torch.nn.LayerNorm', []],
      [[8, 197, 768], 'torch.nn.ReLU', ['NCL']],
      [[8, 1, 768], undefined, []],
      [[8, 64, 28, 28], undefined, []],
      [[8, 64, 120, 160], undefined, ['NHWC']],
      [[8, 64, 120, 160], 'torch.nn.Conv2d', []],
      [[32, 8, 8, 8], undefined, ['NHWC']],
      [[64, 512, 1, 1], undefined, []],
      [[8, 28, 28, 3], undefined, ['NCHW']],
      [[2, 3, 16, 112, 112], undefined, []],
      [[2, 16, 112, 112, 3], undefined, ['NCDHW']],
      [[64, 128], undefined, []],
      [[10], undefined, []],
      [[512, 4, 768], undefined, ['NCL', 'LNC']],
      [[512, 4, 768], 'torch.nn.LayerNorm', ['LNC']],
      [[2, 3, 4, 5, 6, 7], undefined, []],
    ];
  for (const [shape, module, others] of OTHERS) {
    it(`[${shape.join(', ')}] of ${module ?? 'an unknown module'} could be ${others.join(' or ') || 'nothing else'}`, () =>
      assert.deepEqual(otherLayouts(shape, module), others));
  }

  it('is LNC where positions come first, and NLC then is the other', () => {
    assert.equal(guessLayout([6, 2, 8], undefined, true), 'LNC');
    assert.deepEqual(otherLayouts([6, 2, 8], undefined, true), ['NLC']);
    assert.equal(guessLayout([6, 8], undefined, true), 'NC');
  });

  it('heeds the module', () => {
    assert.equal(guessLayout([8, 64, 1000], 'torch.nn.Conv1d'), 'NCL');
    assert.equal(guessLayout([8, 64, 1000], 'torch.nn.modules.batchnorm.BatchNorm1d'), 'NCL');
    assert.equal(guessLayout([8, 64], 'BatchNorm1d'), 'NC');
    assert.equal(guessLayout([8, 28, 28, 3], 'torch.nn.Conv2d'), 'NCHW');
    assert.equal(guessLayout([8, 28, 28, 3], 'keras.layers.Conv2D'), 'NHWC');
    assert.equal(guessLayout([8, 197, 768], 'torch.nn.LayerNorm'), 'NLC');
  });

  it('guesses and offers layouts that fit, of any shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 40 }), (shape) => {
        assert.equal(layoutProblem(guessLayout(shape), shape), undefined);
        const offers = layoutsFor(shape.length);
        for (const { layout, description } of offers) {
          assert.equal(layoutProblem(layout, shape), undefined);
          assert.ok(description.length > 0);
        }
        assert.equal(new Set(offers.map(({ layout }) => layout)).size, offers.length);
      }),
    );
  });

  it('offers every layout that it can guess', () => {
    for (const [shape, layout] of GUESSES) {
      assert.ok(
        layoutsFor(shape.length).some((offer) => offer.layout === layout),
        layout,
      );
    }
    assert.deepEqual(layoutsFor(0), []);
  });

  it('explains why a layout is invalid', () => {
    assert.equal(layoutProblem('CHW', [3, 4, 5]), undefined);
    assert.match(layoutProblem('NCHW', [2, 3]) ?? '', /NCHW has 4 axes, but the tensor has 2: \[2, 3\]/);
    assert.match(layoutProblem('NHW', [1, 2, 3]) ?? '', /exactly one C .* has 0/);
    assert.match(layoutProblem('NCC', [1, 2, 3]) ?? '', /exactly one C .* has 2/);
    assert.match(layoutProblem('NNC', [1, 2, 3]) ?? '', /at most one N .* has 2/);
    for (const wrong of ['', 'nchw', 'N C', 'NÇC', 'C'.repeat(1000), '__proto__']) {
      assert.match(layoutProblem(wrong, [1]) ?? '', /capital letter per axis/, wrong);
    }
  });
});
