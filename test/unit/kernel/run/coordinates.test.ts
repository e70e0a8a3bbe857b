import assert from 'node:assert/strict';
import { coordinates } from '../../../../src/kernel/run/coordinates';
import { DEFAULT_OPTIONS } from '../../../../src/model/analysis';
import type { RecordCoordinates } from '../../../../src/model/coordinates';
import { openRun } from '../../../../src/run/openRun';
import { npyBytes, npyHeader } from '../../../contract/dumpBytes';
import { type Files, memoryFiles, ROOT } from '../../run/memoryFiles';
import { normalValues } from '../arrays';

const SHAPE = '(300, 250)';
const SIZE = 300 * 250;

function file(
  values: ArrayLike<number>,
  { shape = SHAPE, isFortran = false, isDouble = false } = {},
): Uint8Array {
  const data = isDouble ? Float64Array.from(values) : Float32Array.from(values);
  const header = npyHeader(shape, isDouble ? '<f8' : '<f4');
  return npyBytes(
    isFortran ? header.replace('False', 'True') : header,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
}

async function coordinatesOf(
  files: Files,
  signal = new AbortController().signal,
): Promise<readonly RecordCoordinates[]> {
  const fileSystem = memoryFiles(files);
  const catalog = await openRun(fileSystem, [ROOT]);
  const records = catalog.records.map(({ id }) => id);
  const found = await coordinates(
    fileSystem,
    { catalog, options: DEFAULT_OPTIONS },
    { first: 0, records },
    signal,
  );
  assert.equal(fileSystem.opened(), 0, 'files are left open');
  return found;
}

const meanSize = (values: readonly number[]) =>
  values.reduce((sum, x) => sum + Math.abs(x), 0) / values.length;
const isClose = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) <= 1e-9 * Math.abs(wanted), `${found} for ${wanted}`);

describe('kernel: coordinates of records', () => {
  const before = [...Float32Array.from(normalValues(SIZE, 1))];
  const after = [...Float32Array.from(normalValues(SIZE, 2))].map((x) => 3 * x);

  it('are the mean size of the elements, and of their differences, over all chunks', async () => {
    const [first, last] = await coordinatesOf({
      'step_0/fc.npy': file(before),
      'step_5/fc.npy': file(after, { isDouble: true }),
    });
    isClose(first.size, meanSize(before));
    assert.equal(first.change, 0);
    isClose(last.size, meanSize(after));
    isClose(last.change, meanSize(after.map((x, i) => x - before[i])));
    assert.deepEqual([last.nonFinite, last.reason], [undefined, undefined]);
  });

  it('leave out elements that are not finite, and count them', async () => {
    const broken = after.map((x, i) => (i === 7 ? Number.NaN : i === 70_000 ? Number.POSITIVE_INFINITY : x));
    const [, last] = await coordinatesOf({ 'step_0/fc.npy': file(before), 'step_5/fc.npy': file(broken) });
    const kept = after.filter((_, i) => i !== 7 && i !== 70_000);
    assert.equal(last.nonFinite, 2);
    assert.ok(Math.abs(last.size - meanSize(kept)) < 1e-6);
    const moved = after.flatMap((x, i) => (i === 7 || i === 70_000 ? [] : [x - before[i]]));
    assert.ok(Math.abs(last.change - meanSize(moved)) < 1e-6);
  });

  it('say why records cannot be compared element by element', async () => {
    const [, last] = await coordinatesOf({
      'step_0/fc.npy': file(before),
      'step_5/fc.npy': file(after.slice(0, 250 * 100), { shape: '(100, 250)' }),
    });
    assert.ok(Number.isNaN(last.change));
    isClose(last.size, meanSize(after.slice(0, 250 * 100).map(Math.fround)));
    assert.equal(last.reason, 'The shapes differ: [100, 250] at step 5, [300, 250] at step 0.');
    const [, transposed] = await coordinatesOf({
      'step_0/fc.npy': file(before),
      'step_5/fc.npy': file(after, { isFortran: true }),
    });
    assert.ok(Number.isNaN(transposed.change));
    assert.equal(transposed.reason, 'The two files store their elements in different orders.');
  });

  it('of two files in the same order are compared, whatever that order is', async () => {
    const [, last] = await coordinatesOf({
      'step_0/fc.npy': file(before, { isFortran: true }),
      'step_5/fc.npy': file(before, { isFortran: true }),
    });
    assert.equal(last.change, 0);
  });

  it('end when they are aborted', async () => {
    await assert.rejects(coordinatesOf({ 'step_0/fc.npy': file(before) }, AbortSignal.abort()), {
      name: 'AbortError',
    });
  });
});
