import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openTensorFile } from '../../../../src/formats/open';
import type { TensorFile } from '../../../../src/formats/tensorFile';
import { bufferSource } from '../../../../src/io/bufferSource';
import type { FileSystem } from '../../../../src/io/fileSystem';
import { patched } from '../../../contract/dumpBytes';
import { rejectsWithProblem } from '../../../contract/problems';
import { fixturePath } from '../expected';
import { tensorValues } from '../tensorValues';

const URI = 'memory:///a.h5';

const bytesOf = (path: string) => Uint8Array.from(readFileSync(fixturePath(path)));
const open = (bytes: Uint8Array) =>
  openTensorFile({ open: async () => bufferSource(URI, bytes) } as unknown as FileSystem, URI);
const values = (file: TensorFile, name: string) =>
  tensorValues(file, file.tensors.find((info) => info.name === name)!);

describe('formats: invalid HDF5', () => {
  /** A bzip2 stream whose damage keeps the filter in its loop for ever. */
  const ENDLESS = patched(bytesOf('hdf5/pytables.h5'), (_view, bytes) => {
    bytes[17_685] = 0;
    bytes[17_701] = 255;
  });

  it('a filter that does not come to an end is a problem of that dataset', async () => {
    const file = await open(ENDLESS);
    await rejectsWithProblem(values(file, 'carray_bzip2'), URI, 'malformed');
    assert.equal((await values(file, 'carray_zlib')).length, 72);
    await rejectsWithProblem(values(file, 'carray_bzip2'), URI, 'malformed');
    await file.close();
  });

  it('a crash takes no other file with it', async () => {
    const good = await open(bytesOf('samples/hdf5/pytables_blosc_zstd.h5'));
    const before = await values(good, 'x');
    const bad = await open(ENDLESS);
    await rejectsWithProblem(values(bad, 'carray_bzip2'), URI, 'malformed');
    await bad.close();
    assert.deepEqual(await values(good, 'x'), before);
    await good.close();
  });

  it('a filter that is missing is named', async () => {
    const { problems } = await open(bytesOf('hdf5/lzo.h5'));
    assert.match(problems[0].message, /filter 305 \(lzo\) is not supported.*gzip, szip, lzf/);
  });

  for (const [at, reason] of [
    [4816, 'object header version does not support reference count message'],
    [4824, 'bad version number for datatype message'],
    [4961, 'Invalid layout class'],
  ] as const) {
    it(`an object that HDF5 cannot open is reported with HDF5's message: ${reason}`, async () => {
      const damaged = patched(bytesOf('hdf5/small.h5'), (_view, bytes) => {
        bytes[at] ^= 0x15;
      });
      const file = await open(damaged);
      await file.close();
      assert.deepEqual(
        file.problems.map(({ code, tensor, message }) => [code, tensor, message]),
        [['malformed', 'gzip', `HDF5 cannot read a part of the file: ${reason}.`]],
      );
    });
  }

  it('a file that is cut short says how long it should be', async () => {
    const whole = bytesOf('samples/hdf5/acts.h5');
    await assert.rejects(open(whole.subarray(0, 9000)), {
      problem: {
        code: 'truncated',
        path: URI,
        message: `Expected ${whole.length} bytes, found 9000: the file is truncated or still being written.`,
      },
    });
  });

  it('a link to another file is named and not followed', async () => {
    const { problems } = await open(bytesOf('hdf5/links.h5'));
    const etc = problems.find(({ tensor }) => tensor === 'etc');
    assert.match(
      etc?.message ?? '',
      /link to another file \(\/etc\/passwd\), which Normscope does not follow/,
    );
  });

  it('contiguous data is read straight from the file, chunks through the library', async () => {
    const whole = bytesOf('hdf5/storage.h5');
    const reads: number[] = [];
    const source = bufferSource(URI, whole);
    const counting = {
      ...source,
      read: (offset: number, target: Uint8Array) => {
        reads.push(target.length);
        return source.read(offset, target);
      },
    };
    const file = await openTensorFile({ open: async () => counting } as unknown as FileSystem, URI);
    for (const [name, expected] of [
      ['contiguous', [1680]],
      ['gzip', [1]],
    ] as const) {
      reads.length = 0;
      await values(file, name);
      assert.deepEqual(reads, expected, name);
    }
    await file.close();
  });
});
