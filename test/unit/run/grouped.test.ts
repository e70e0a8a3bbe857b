import assert from 'node:assert/strict';
import { localFiles } from '../../../src/io/localFiles';
import { openRun } from '../../../src/run/openRun';
import { fixtureUri } from '../formats/expected';

const open = (...paths: readonly string[]) => openRun(localFiles(), paths.map(fixtureUri));

describe('run: files with groups', () => {
  const RUNS: readonly [
    path: string,
    layers: readonly string[],
    steps: readonly number[],
    records: number,
  ][] = [
    ['samples/hdf5/acts.h5', ['layer1.0.conv1', 'layer1.0.gn1'], [0, 100], 4],
    ['zarr/steps.zarr', ['größe €/gn 1', 'layer1.0.conv1'], [0, 100], 4],
    // Only attributes of the groups say when it was.
    ['hdf5/attributes.h5', ['conv1'], [0, 250], 2],
    ['hdf5/user_block.h5', ['gzip', 'plain'], [0], 2],
    ['zarr/unnamed_store', ['x'], [0], 1],
    ['zarr/single.zarr', ['single'], [0], 1],
  ];
  for (const [path, layers, steps, records] of RUNS) {
    it(`${path}: layers and steps`, async () => {
      const catalog = await open(path);
      assert.deepEqual(catalog.problems, []);
      assert.deepEqual(catalog.layers.map(({ fullName }) => fullName).sort(), layers);
      assert.deepEqual(catalog.steps, steps);
      assert.equal(catalog.records.length, records);
    });
  }

  it('attributes of a dataset say how its layer is normalized', async () => {
    const { layers, variants } = await open('hdf5/attributes.h5');
    const { layout, layoutGuessed, module, epsilon, groups } = layers[0];
    assert.deepEqual(
      [layout, layoutGuessed, module, epsilon, groups],
      ['NHWC', false, 'torch.nn.Conv2d', 1e-3, 1],
    );
    assert.deepEqual(variants, [{ phase: 'train' }]);
  });

  it('attributes of an array, too', async () => {
    const { layers } = await open('zarr/steps.zarr');
    for (const { layout, layoutGuessed, module } of layers)
      assert.deepEqual([layout, layoutGuessed, module], ['NCHW', false, 'torch.nn.Conv2d']);
  });

  it('stores and files next to each other are one run', async () => {
    const catalog = await open('zarr/steps.zarr', 'zarr/unnamed_store');
    assert.deepEqual(catalog.problems, []);
    assert.ok(catalog.records.some(({ file }) => file.endsWith('steps.zarr')));
    assert.equal(catalog.records.length + catalog.unrecognized.length, 5);
  });

  it('all stores of a folder are found, none is entered', async () => {
    const catalog = await open('zarr');
    const files = new Set([
      ...catalog.records.map(({ file }) => file),
      ...catalog.unrecognized.map(({ path }) => path),
    ]);
    for (const name of ['dtypes_v2.zarr', 'steps.zarr', 'version3.zarr', 'unnamed_store'])
      assert.ok(files.has(fixtureUri(`zarr/${name}`)), name);
  });
});
