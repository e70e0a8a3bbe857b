import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDefined } from '../../src/model/analysis';
import { npyBytes, npyHeader } from './dumpBytes';
import { analyse, type LinkUnderTest, linkToKernel } from './kernelLinks';

/** A message of each bundle: the kernel, a compute worker, and the reader of HDF5. */
const FRENCH = {
  '{0} files are not supported. Normscope reads {1}.': '{0}: Normscope ne lit que {1}.',
  'One spatial element: each (sample, channel) is a single element.': 'Un seul élément spatial.',
  'The elements are strings, not numbers.': 'Les éléments sont des chaînes.',
};

describe('translations', () => {
  let folder: string;
  let kernel: LinkUnderTest;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'normscope-test-'));
    const step = join(folder, 'step_1');
    await mkdir(step);
    await writeFile(join(step, 'fc.npy'), npyBytes(npyHeader('(4, 3)'), new Uint8Array(48)));
    await writeFile(join(step, 'acts.mat'), '');
    await copyFile('test/fixtures/formats/hdf5/kinds.h5', join(step, 'kinds.h5'));
    kernel = linkToKernel(undefined, { translations: FRENCH });
  });

  after(async () => {
    await kernel.end();
    await rm(folder, { recursive: true });
  });

  it('reach the kernel, the readers that are loaded on demand, and the compute workers', async () => {
    const run = pathToFileURL(folder).href;
    const catalog = await kernel.link.call('openRun', { run, roots: [run] });
    assert.match(catalog.unrecognized.map(({ reason }) => reason).join(), /Normscope ne lit que \.npy/);
    assert.match(catalog.problems.map(({ message }) => message).join(), /Les éléments sont des chaînes\./);
    const fc = catalog.layers.find(({ name }) => name === 'fc')?.id;
    const reasons: string[] = [];
    await analyse(kernel, run, (progress) => {
      if (progress.kind !== 'summary' || catalog.records[progress.summary.record].layer !== fc) return;
      const { instance } = progress.summary.methods;
      if (!isDefined(instance)) reasons.push(instance.reason);
    });
    assert.deepEqual(reasons, ['Un seul élément spatial.']);
  });
});
