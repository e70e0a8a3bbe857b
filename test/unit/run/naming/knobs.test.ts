import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Knobs } from '../../../../src/model/knobs';
import { knobsInName, knobsInPath } from '../../../../src/run/naming/knobs';

/** Names, and what they state. */
const READ: Readonly<Record<string, Knobs>> = {
  'lr=0.1_width=256_seed3': { lr: 0.1, width: 256, seed: 3 },
  'lr0.1-w256': { lr: 0.1, width: 256 },
  bs_32: { batch_size: 32 },
  'seed-7': { seed: 7 },
  'mlp-lr1e-3-seed03': { lr: 0.001, seed: 3 },
  'lr=1e-3': { lr: 0.001 },
  'lr-1e-3': { lr: 0.001 },
  'learning_rate_0.5': { lr: 0.5 },
  'sgd_weight_decay=0.01_batch_size=32': { weight_decay: 0.01, batch_size: 32 },
  'beta2=0.95,opt=adam_w': { beta2: 0.95, opt: 'adam_w' },
  'model.width=128,optimizer.lr=3e-4': { 'model.width': 128, 'optimizer.lr': 3e-4 },
  'method=mup_width=64': { method: 'mup', width: 64 },
  'width=64_affine=True': { width: 64, affine: true },
  'offset=-0.5': { offset: -0.5 },
  'WIDTH=64 LR=0.1': { width: 64, lr: 0.1 },
  'resnet18_lr0.1_2026-11-30': { lr: 0.1 },
  'gpt2-width64+seed1': { width: 64, seed: 1 },
};

/** Names that could be read in two ways, or that are about something else. */
const UNREAD = [
  'w256',
  'lr01',
  'lr0_1',
  'lr0p1',
  'bs_32_64',
  'method=batch_norm',
  'my_rate=3',
  'opt=adam_rate=3'.replace('opt=', 'o_'),
  'lr=0.1_lr=0.2',
  'step_100',
  'step=100',
  'epoch3',
  'rank0',
  'checkpoint-500',
  'resnet18',
  'run3',
  'v2',
  'color_blue',
  'slr0.1',
  'lr',
  'lr=',
  '=3',
  'seed1.5',
  'width=64=32',
  '',
];

describe('run: knobs in names of folders', () => {
  for (const [name, knobs] of Object.entries(READ))
    it(`are read: ${name}`, () => assert.deepEqual(knobsInName(name), knobs));

  for (const name of UNREAD) it(`are not read: ${name}`, () => assert.deepEqual(knobsInName(name), {}));

  it('leave what is plain beside what is not', () => {
    assert.deepEqual(knobsInName('lr=0.1_method=batch_norm'), { lr: 0.1 });
    assert.deepEqual(knobsInName('lr=0.1_lr=0.2_seed1'), { seed: 1 });
    assert.deepEqual(knobsInName('width=64_step=100'), { width: 64 });
  });

  it('come from the folders around a run too, the nearer one first', () => {
    assert.deepEqual(knobsInPath(['lr=9', 'sweep', 'lr=0.1_seed1', 'seed=2', 'dumps']), {
      lr: 0.1,
      seed: 2,
    });
    assert.deepEqual(knobsInPath([]), {});
  });

  it('are what was written, in every spelling that says one thing', () => {
    const number = fc.oneof(
      fc.nat(10_000),
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }).map((value) => Number(value.toPrecision(3))),
      fc.constantFrom(1e-3, 3e-4, 0.5),
    );
    const real = fc.record({ lr: number, momentum: number, dropout: number });
    const whole = fc.record({ width: fc.nat(9999), seed: fc.nat(99), depth: fc.nat(99) });
    const separator = fc.constantFrom('_', '-', ',', ' ');
    const glue = fc.constantFrom('=', '', '_');
    fc.assert(
      fc.property(real, whole, separator, glue, (a, b, between, within) => {
        const knobs: Knobs = { ...a, ...b };
        const name = Object.entries(knobs)
          .map(([knob, value]) => `${knob}${within}${value}`)
          .join(between);
        assert.deepEqual(knobsInName(name), knobs, name);
      }),
    );
  });

  it('never fail, and are plain values by name', () => {
    const piece = fc.constantFrom(
      'lr',
      '=',
      '0.1',
      '_',
      '-',
      ',',
      'seed',
      '3',
      '__proto__',
      'x',
      '1e',
      '.',
      'é',
      '=true',
    );
    const name = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(name, (text) => {
        const knobs = knobsInName(text);
        assert.equal(Object.getPrototypeOf(knobs), Object.prototype);
        for (const [knob, value] of Object.entries(knobs)) {
          assert.match(knob, /^[A-Za-z][\w.]*$/u);
          if (typeof value === 'number') assert.ok(Number.isFinite(value));
        }
      }),
    );
  });
});
