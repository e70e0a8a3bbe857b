import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProblemError } from '../../../../src/model/problem';
import { readScalarTable } from '../../../../src/run/scalars/scalarTable';

const CSV = 'file:///run/metrics.csv';
const JSONL = 'file:///run/metrics.jsonl';

/** By name: pairs of step and value. */
function read(text: string, path = CSV, columns = {}) {
  return Object.fromEntries(
    readScalarTable(text, path, columns).map(({ name, steps, values }) => [
      name,
      steps.map((step, i) => [step, values[i]]),
    ]),
  );
}

describe('run: tables of scalars', () => {
  it('have a column for the step; empty cells are no values', () => {
    const lightning = 'epoch,lr,step,train_loss,val_loss\n0,0.1,49,0.5,\n0,0.1,99,0.25,\n0,,99,,0.75\n';
    assert.deepEqual(read(lightning), {
      lr: [
        [49, 0.1],
        [99, 0.1],
      ],
      train_loss: [
        [49, 0.5],
        [99, 0.25],
      ],
      val_loss: [[99, 0.75]],
    });
  });

  it('have numbers as Python and C write them', () => {
    const cells = ['1e-3', ' 2. ', '.5', '+4', '-7E+2', 'nan', 'NaN', '-nan', 'inf', '-Infinity'];
    const text = `step,x\n${cells.map((cell, i) => `${i},${cell}`).join('\n')}`;
    const values = [1e-3, 2, 0.5, 4, -700, NaN, NaN, NaN, Infinity, -Infinity];
    assert.deepEqual(
      read(text)['x'].map(([, value]) => value),
      values,
    );
  });

  it('skip texts, hexadecimal numbers, and rows without a step', () => {
    const text = 'step,x,note\n0,0x10,a\n1.5,1,b\n-1,2,c\n,3,d\nend,4,e\n7,5,f\n8,1_000,g\n';
    assert.deepEqual(read(text), { x: [[7, 5]] });
  });

  it('have the step in the column that is named, and only the columns that are named', () => {
    const text = 'iter,seen,loss,lr\n0,640,2,0.1\n1,1280,1,0.2\n';
    assert.deepEqual(read(text, CSV, { step: 'seen', columns: ['lr'] }), {
      lr: [
        [640, 0.1],
        [1280, 0.2],
      ],
    });
    assert.deepEqual(Object.keys(read(text)), ['seen', 'loss', 'lr']);
  });

  it('without a column for the step are malformed', () => {
    for (const [text, path, columns] of [
      ['time,loss\n1,2\n', CSV, {}],
      ['step,loss\n1,2\n', CSV, { step: 'iter' }],
      ['{"time": 1, "loss": 2}\n', JSONL, {}],
    ] as const) {
      assert.throws(
        () => read(text, path, columns),
        (error) =>
          error instanceof ProblemError && error.problem.code === 'malformed' && error.problem.path === path,
      );
    }
  });

  it('of JSON Lines have NaN as Python writes it, and lose a line that is still being written', () => {
    const text = [
      '{"step": 0, "loss": 2.5, "note": "NaN, \\"x\\"", "nested": {"a": 1}}',
      '',
      'log line',
      '[1]',
      '{"step": 1, "loss": NaN, "grad_norm": -Infinity}',
      '{"step": 2, "loss": "0.5"}',
      '{"step": 3, "lo',
    ].join('\n');
    assert.deepEqual(read(text, JSONL), {
      loss: [
        [0, 2.5],
        [1, NaN],
        [2, 0.5],
      ],
      grad_norm: [[1, -Infinity]],
    });
  });

  it('never fail otherwise, and every value has a step', () => {
    const unit = fc.constantFrom(
      ...[
        'step',
        'loss',
        '__proto__',
        'constructor',
        ',',
        ';',
        '\t',
        '\n',
        '\r',
        '"',
        '{',
        '}',
        '[',
        ':',
        '0',
        '1',
        '.',
      ],
      ...['-', 'e', 'nan', 'Infinity', '\\', ' ', '\u0000', '\uFEFF', '\uD800', '9999999999999999999999'],
    );
    const text = fc.string({ unit, maxLength: 80 });
    fc.assert(
      fc.property(text, fc.constantFrom(CSV, JSONL), fc.boolean(), (body, path, hasHeader) => {
        const start = hasHeader ? (path === CSV ? 'step,loss\n' : '{"step":0,"loss":1}\n') : '';
        try {
          for (const { name, steps, values } of readScalarTable(start + body, path, {})) {
            assert.ok(typeof name === 'string' && steps.length > 0 && steps.length === values.length);
            assert.ok(steps.every((step) => Number.isSafeInteger(step) && step >= 0));
            assert.ok(values.every((value) => typeof value === 'number'));
          }
        } catch (error) {
          assert.ok(error instanceof ProblemError && error.problem.code === 'malformed', String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
