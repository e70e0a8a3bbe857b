import assert from 'node:assert/strict';
import type { FileSystem } from '../../../src/io/fileSystem';
import { kernelService } from '../../../src/kernel/service';
import { DEFAULT_OPTIONS } from '../../../src/model/analysis';
import { npyBytes, npyHeader } from '../../contract/dumpBytes';
import { memoryFiles, ROOT } from '../run/memoryFiles';

const SHAPE = [8, 6, 20];

function tensor(step: number): Uint8Array {
  const values = Float32Array.from({ length: 960 }, (_, i) => Math.sin(i * i * 0.7 + i + step));
  return npyBytes(npyHeader(`(${SHAPE.join(', ')})`), new Uint8Array(values.buffer));
}

const context = () => ({ signal: new AbortController().signal, progress: () => {}, transfer: () => {} });

/** A run whose files have been there for a while; `opened` counts how often one is opened. */
async function serviceOf() {
  const files = memoryFiles({ 'step_0/a.npy': tensor(0), 'step_1/a.npy': tensor(1) });
  const counted = { opened: 0, modified: 1_600_000_000_123 };
  const fileSystem: FileSystem = {
    ...files,
    stat: async (uri) => ({ ...(await files.stat(uri)), modified: counted.modified }),
    list: async (uri) =>
      (await files.list(uri)).map((entry) =>
        entry.kind === 'file' ? { ...entry, modified: counted.modified } : entry,
      ),
    open: (uri) => {
      counted.opened++;
      return files.open(uri);
    },
  };
  const service = kernelService(fileSystem);
  await service.openRun({ run: ROOT, roots: [ROOT] }, context());
  const ask = { run: ROOT, options: { ...DEFAULT_OPTIONS, layouts: { a: 'NCL' } } };
  return { counted, service, ask };
}

describe('kernel: the views of a record', () => {
  it('read its file once', async () => {
    const { counted, service, ask } = await serviceOf();
    counted.opened = 0;
    const cube = await service.cube({ ...ask, record: 1, n: 0, c: 0, p: 0 }, context());
    assert.ok(counted.opened > 0);
    counted.opened = 0;
    const other = await service.cube({ ...ask, record: 1, n: 3, c: 2, p: 7 }, context());
    const casts = await service.formatCasts({ ...ask, record: 1 }, context());
    const sizes = await service.batchSizes({ ...ask, record: 1 }, context());
    assert.equal(counted.opened, 0);
    assert.notDeepEqual(cube, other);
    assert.deepEqual([casts.values, casts.of, sizes.samples], [960, 960, 8]);
    // What a kernel that has kept nothing says.
    const fresh = await serviceOf();
    const place = { n: 3, c: 2, p: 7 };
    assert.deepEqual(await fresh.service.cube({ ...fresh.ask, record: 1, ...place }, context()), other);
    assert.deepEqual(await fresh.service.formatCasts({ ...fresh.ask, record: 1 }, context()), casts);
    assert.deepEqual(await fresh.service.batchSizes({ ...fresh.ask, record: 1 }, context()), sizes);
  });

  it('read it again after it has changed, and once the run was closed', async () => {
    const { counted, service, ask } = await serviceOf();
    await service.formatCasts({ ...ask, record: 1 }, context());
    counted.modified += 60_000;
    await service.updateRun({ run: ROOT }, context());
    counted.opened = 0;
    await service.formatCasts({ ...ask, record: 1 }, context());
    assert.ok(counted.opened > 0);
    service.closeRun({ run: ROOT }, context());
    await service.openRun({ run: ROOT, roots: [ROOT] }, context());
    counted.opened = 0;
    await service.formatCasts({ ...ask, record: 1 }, context());
    assert.ok(counted.opened > 0);
  });
});
