import assert from 'node:assert/strict';
import { depthFindings } from '../../../src/findings/depth';
import { detected } from '../../../src/findings/detector';
import { growthFindings } from '../../../src/findings/growth';
import { inputScaleFindings } from '../../../src/findings/inputScale';
import type { Finding } from '../../../src/model/findings';
import { type MadeLayer, type MadeRecord, runOf } from './layerRuns';

/** A layer with these root mean squares at steps 0, 10, 20, …; NaN is a record without a finite value. */
function sized(name: string, rms: readonly number[], changed: Partial<MadeLayer> = {}): MadeLayer {
  return {
    name,
    at: rms.map((each): MadeRecord => (Number.isNaN(each) ? { finite: 0, nan: 512 } : { rms: each })),
    ...changed,
  };
}

const inWords = ({ severity, title, layers = [] }: Finding) => `${severity}: ${title} [${layers.join()}]`;
const grown = (...layers: MadeLayer[]) => detected(growthFindings, runOf(layers)).map(inWords);

describe('findings: growth over steps', () => {
  it('names the first layer at the first step, and all layers that grow', () => {
    assert.deepEqual(
      grown(
        sized('a', [1, 1, 1, 1]),
        sized('b', [0.5, 2, 150, 400]),
        sized('c', [1, 300, 2000, 2000]),
        sized('d', [1, 2, 150, 300]),
      ),
      ['error: c grows 2000-fold by step 10 [1,2,3]'],
    );
  });

  it('is reported up to the last finite record of a run that ends in NaN', () => {
    const [finding] = detected(
      growthFindings,
      runOf([sized('a', [1, 1, 400, Number.NaN]), sized('b', [1, 1, 1, 1])]),
    );
    assert.deepEqual([finding.layer, finding.step, finding.severity], [0, 20, 'error']);
  });

  it('is reported from a lower size if it is rapid, as with a much too high learning rate', () => {
    assert.deepEqual(grown(sized('a', [0.03, 30, 45, 58]), sized('b', [1, 1, 1, 1])), [
      'error: a grows 1930-fold by step 10 [0]',
    ]);
  });

  it('is reported for a jump after a steady history, but not after an unsteady one', () => {
    const healthy = sized('b', [1, 1, 1, 1, 1]);
    assert.deepEqual(grown(sized('a', [1, 1.1, 1.2, 40, 41]), healthy, healthy), [
      'warning: a grows 34.2-fold by step 30 [0]',
    ]);
    assert.deepEqual(grown(sized('a', [0.1, 0.7, 3, 40, 41]), healthy, healthy), []);
  });

  it('is not reported for logits, residual streams, and branches that begin at 0', () => {
    assert.deepEqual(
      grown(
        sized('logits', [0.05, 1, 4, 9, 15]),
        sized('stream', [0.05, 0.6, 0.7, 0.8, 0.9]),
        sized('branch', [0, 0.1, 0.5, 1, 2]),
        // Ten rectified layers without normalization, as measured; its loss fell to 7e-5.
        sized('deep', [0.059, 0.086, 4, 7, 21, 37, 52, 50, 52, 60].slice(0, 5)),
        sized('spike', [1, 1, 900, 1, 1]),
      ),
      [],
    );
  });

  it('is not reported for outputs of normalization layers', () => {
    assert.deepEqual(grown(sized('norm', [1, 500, 500], { input: 1 }), sized('a', [1, 1, 1])), []);
  });

  it('is a note if only the network output grows, to the size of its targets', () => {
    assert.deepEqual(grown(sized('a', [1, 1, 1, 1]), sized('out', [0.1, 20, 120, 300])), [
      'note: out grows 3000-fold by step 10 [1]',
    ]);
  });

  it('is a warning for layers that vanish, or a note for a single one', () => {
    const [a, b] = [sized('a', [1, 1, 0.005, 0.004]), sized('b', [1, 0.2, 0.009, 0.008])];
    assert.deepEqual(grown(a, b), ['warning: a shrinks 250-fold by step 20 [0,1]']);
    assert.deepEqual(grown(a, sized('b', [1, 1, 1, 1])), ['note: a shrinks 250-fold by step 20 [0]']);
    assert.deepEqual(grown(sized('decayed', [1, 0.5, 0.2, 0.1])), []);
  });
});

describe('findings: growth over depth', () => {
  /** A sequence of layers with these signals at each step. */
  const stack = (...signals: readonly (readonly number[])[]) =>
    signals[0].map(
      (_, i): MadeLayer => ({
        name: `layers.${i}`,
        module: 'torch.nn.Linear',
        at: signals.map((ofStep) => ({ signal: ofStep[i] })),
      }),
    );
  const found = (...signals: readonly (readonly number[])[]) =>
    detected(depthFindings, runOf(stack(...signals))).map(inWords);
  const falling = [1, 0.3, 0.1, 0.03, 0.01, 0.003];

  it('names factor, first and last layer, and step of a signal that shrinks or grows', () => {
    assert.deepEqual(found(falling, falling), [
      'warning: The signal shrinks 3.18-fold per layer from layers.0 to layers.5 at step 0 [0,1,2,3,4,5]',
    ]);
    const rising = [...falling].reverse();
    assert.match(found(rising, rising)[0], /grows 3.18-fold per layer/);
  });

  it('is not reported if training corrected it, and is a note if the start was extreme', () => {
    const even = [1, 1, 1, 1, 1, 1];
    assert.deepEqual(found(falling, even, even), []);
    const far = [1, 0.05, 0.003, 1e-4, 1e-5, 5e-7];
    assert.match(found(far, even, even)[0], /^note: .* at step 0/);
  });

  it('is not reported for residual streams, alternating layers, and a single jump', () => {
    const blocks = Array.from({ length: 48 }, (_, i) => i + 1);
    assert.deepEqual(found(blocks, blocks), []);
    assert.deepEqual(found(blocks.map(Math.sqrt), blocks.map(Math.sqrt)), []);
    const alternating = [1, 300, 1, 300, 1, 300];
    assert.deepEqual(found(alternating, alternating), []);
    const jump = [0.03, 0.09, 0.3, 0.32, 232, 232, 232, 232];
    assert.deepEqual(found(jump, jump), []);
  });

  it('is one finding if the activations in between form a stack too', () => {
    const layers = falling.flatMap((signal, i): MadeLayer[] => {
      const at = [{ signal }, { signal }];
      return [
        { name: `${2 * i}`, module: 'torch.nn.Linear', at },
        { name: `${2 * i + 1}`, module: 'torch.nn.Tanh', at },
      ];
    });
    assert.equal(detected(depthFindings, runOf(layers)).length, 1);
  });
});

describe('findings: unscaled inputs', () => {
  const first = (rms: number, changed: Partial<MadeLayer> = {}) =>
    detected(
      inputScaleFindings,
      runOf([sized('conv', [rms, rms], { module: 'torch.nn.Conv2d', ...changed }), sized('b', [1, 1])]),
    );

  it('are reported if the first layer is large from the start', () => {
    const [finding] = first(92);
    assert.deepEqual([finding.layer, finding.step, finding.severity], [0, 0, 'warning']);
    assert.deepEqual(first(3), []);
  });

  it('are not reported if a normalization layer reads the layer, or its module is unknown', () => {
    assert.deepEqual(first(92, { normalizedBy: 1 }), []);
    const { module: _, ...unknown } = sized('x', [92, 92]);
    assert.deepEqual(detected(inputScaleFindings, runOf([unknown])), []);
  });
});
