import assert from 'node:assert/strict';
import { fixturePath, SAMPLES } from '../formats/expected';
import { reportOf } from './reports';

/** The message for a sample that is not a dump. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  'torch/whole_module.pt': /pickled Python object, torch\.nn\.modules\.container\.Sequential.*never loads/,
  'torch/torchscript.pt': /TorchScript program, not a dump/,
  'npy/object.npy': /Python objects without tensors/,
};

describe('report: the samples that PyTorch, NumPy, h5py and PyTables wrote', () => {
  for (const [path, tensors] of Object.entries(SAMPLES)) {
    it(`${path}: every dtype, shape and sum`, async () => {
      const { layers, problems } = await reportOf(fixturePath(`samples/${path}`));
      // A key that is only a number is named with its file.
      const stem = /([^/]*)\.\w+$/.exec(path)?.[1];
      const fits = ({ shape }: { shape: readonly number[] }) => shape.length > 0 && !shape.includes(0);
      const expected = Object.entries(tensors).filter(([, tensor]) => fits(tensor));
      assert.equal(layers.flatMap(({ steps }) => steps).length, expected.length);
      for (const [name, { dtype, shape, sum }] of expected) {
        // A key that says its step is a record of the layer of the rest.
        const [, number, key] = /^(?:step_(\d+)\/)?(.*)$/.exec(name) ?? [];
        const layer = layers.find(
          ({ fullName }) => key === '' || fullName === key || fullName === `${stem}.${key}`,
        );
        const [step] =
          layer?.steps.filter((each) => number === undefined || each.step === Number(number)) ?? [];
        assert.deepEqual([layer?.dtype, step?.shape], [dtype, shape], name);
        const { none } = step.methods;
        const mean = 'mean' in none ? none.mean : Number.NaN;
        const finite = step.count - step.nan - step.posInf - step.negInf;
        assert.ok(Math.abs(mean * finite - sum) <= 1e-9 * Math.max(1, Math.abs(sum)), `${name}: sum`);
      }
      // Single numbers have no channels and are reported; one that contains the step is used instead.
      const scalars = Object.keys(tensors).filter((name) => name !== 'step' && !fits(tensors[name]));
      const reported = problems.map(({ code, tensor }) => [code, tensor]);
      assert.deepEqual(reported.sort(), scalars.map((name) => ['unrecognized', name]).sort());
    });
  }

  for (const [path, message] of Object.entries(REFUSALS)) {
    it(`${path} is refused`, async () => {
      const { layers, problems } = await reportOf(fixturePath(`samples/${path}`));
      assert.deepEqual(layers, []);
      assert.equal(problems.length, 1);
      assert.match(problems[0].message, message);
    });
  }

  it('torch/evil.pt: its tensor, and the rest refused by name', async () => {
    const { layers, problems } = await reportOf(fixturePath('samples/torch/evil.pt'));
    assert.deepEqual(
      layers.map(({ steps }) => steps[0].count),
      [24],
    );
    assert.deepEqual(
      problems.map(({ tensor }) => tensor),
      ['evil'],
    );
    assert.match(problems[0].message, /posix\.system.*never loads/);
  });
});
