import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFiles } from '../../../src/io/localFiles';
import { openRun } from '../../../src/run/openRun';
import { reportOf } from '../report/reports';
import { memoryFiles, npy, ROOT } from './memoryFiles';
import { recordsOf } from './trees';

const FOLDER = resolve('test/fixtures/tensorboard');
const open = (path: string) => openRun(localFiles(), [pathToFileURL(resolve(FOLDER, path)).href]);
const EVENTS = 'events.out.tfevents.1700000000.node-7.4242.0';

describe('run: TensorBoard logs', () => {
  it('tags are layers, event steps are steps, and nothing in a name is taken for a number', async () => {
    const run = await open('torch');
    assert.deepEqual(recordsOf(run), [
      ...['act/layer1.0.conv1 @ 0', 'act/layer1.0.conv1 @ 100', 'act/layer1.0.conv1 @ 250'],
      ...['act/fc @ 0', 'act/fc @ 100', 'act/fc @ 250', 'constant @ 0', 'zeros @ 0', 'huge @ 0'],
    ]);
    assert.deepEqual([run.name, run.problems, run.unrecognized], ['torch', [], []]);
    for (const { shape, dtype, layout, layoutGuessed, summarized } of run.layers) {
      assert.deepEqual([shape, dtype, layout, layoutGuessed], [[], 'unknown', '', false]);
      assert.match(summarized ?? '', /only histograms of raw values, which cannot be normalized/);
    }
    assert.ok(run.records.every((record) => record.summarized));
  });

  it('train and validation are phases', async () => {
    const run = await open('keras');
    assert.deepEqual(run.variants, [{ phase: 'train' }, { phase: 'val' }]);
    assert.deepEqual(run.steps, [0, 1, 2]);
    assert.deepEqual(
      run.layers.map(({ fullName }) => fullName),
      ['conv2d/output', 'listed/dense', 'constant'],
    );
  });

  it('runs side by side keep their layers apart', async () => {
    const bytes = new Uint8Array(readFileSync(resolve(FOLDER, 'torch', EVENTS)));
    const run = await openRun(memoryFiles({ [`a/${EVENTS}`]: bytes, [`b/${EVENTS}`]: bytes }), [ROOT]);
    assert.deepEqual(
      run.layers.map(({ fullName }) => fullName).filter((name) => name.endsWith('fc')),
      ['a/act/fc', 'b/act/fc'],
    );
    assert.equal(run.unrecognized.length, 0);
  });

  it('a file of scalars is not recognized, in a plain word', async () => {
    const run = await open('scalars');
    assert.deepEqual(
      run.unrecognized.map(({ reason }) => reason),
      ['The file contains no histograms, only scalars, images, or other summaries.'],
    );
    assert.deepEqual(
      run.problems.map(({ code }) => code),
      ['empty'],
    );
  });

  it('next to dumps, logs are still not part of the run', async () => {
    const bytes = new Uint8Array(readFileSync(resolve(FOLDER, 'torch', EVENTS)));
    const run = await openRun(memoryFiles({ [EVENTS]: bytes, 'step_1/fc.npy': npy([4, 3]) }), [ROOT]);
    assert.deepEqual(recordsOf(run), ['fc @ 1']);
    assert.deepEqual([run.problems, run.unrecognized], [[], []]);
  });

  it('the report has percentiles and shift of the raw values, and says why there is no more', async () => {
    const { layers } = await reportOf(resolve(FOLDER, 'torch'));
    const [conv] = layers;
    assert.match(conv.summarized ?? '', /TensorBoard saves only histograms/);
    const shifts = conv.steps.map(({ methods }) => ('shift' in methods.none ? methods.none.shift?.w1 : NaN));
    assert.equal(shifts[0], 0);
    assert.ok(shifts[1]! > 0.1 && shifts[2]! > shifts[1]!);
    assert.ok('undefined' in conv.steps[0].methods.batch);
  });
});
