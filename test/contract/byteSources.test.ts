import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import fc from 'fast-check';
import { type ByteSource, readBytes } from '../../src/io/byteSource';
import { ProblemError, problemError } from '../../src/model/problem';
import { largestAllocation } from './allocations';
import { BYTE_SOURCE_KINDS, removeTemporaryFiles, temporaryFile } from './byteSourceKinds';
import { rejectsWithProblem } from './problems';

const SIZE = 200_000;
/** Half noise, half pattern: deflates to several pieces of input, some of which inflate far. */
const CONTENT = Uint8Array.from({ length: SIZE }, (_, i) =>
  i % 50_000 < 25_000 ? Math.imul(i ^ (i >>> 7), 0x9e3779b1 ^ Math.imul(i, i)) >>> 24 : i >> 10,
);

async function using(opening: Promise<ByteSource>, work: (source: ByteSource) => Promise<void>) {
  const source = await opening;
  try {
    await work(source);
  } finally {
    await source.close();
  }
}

async function assertRead(source: ByteSource, offset: number, length: number) {
  const found = await readBytes(source, offset, length);
  assert.equal(found.length, length);
  assert.ok(
    Buffer.from(found).equals(CONTENT.subarray(offset, offset + length)),
    `bytes [${offset}, ${offset + length}) differ`,
  );
}

/** Ranges [offset, offset + length) within the content, the edges among them. */
const RANGES: readonly [offset: number, length: number][] = [
  [0, SIZE],
  [0, 1],
  [SIZE - 1, 1],
  [1, SIZE - 1],
  [0, SIZE - 1],
  [SIZE >> 1, 1],
  [32_767, 2],
  [65_535, 70_000],
];

const OUTSIDE: readonly [offset: number, length: number][] = [
  [0, SIZE + 1],
  [SIZE, 1],
  [SIZE - 1, 2],
  [SIZE + 1, 0],
  [-1, 1],
  [-1, 0],
  [-5, 10],
  [2 ** 31, 1],
  [2 ** 53, 1],
  [Number.POSITIVE_INFINITY, 1],
  [Number.NaN, 1],
  [0.5, 1],
];

describe('every byte source', () => {
  afterEach(removeTemporaryFiles);

  for (const { name, open, derived } of BYTE_SOURCE_KINDS) {
    describe(name, () => {
      it('reads exactly the range; the end is exclusive', () =>
        using(open(CONTENT), async (source) => {
          assert.equal(source.size, SIZE);
          for (const [offset, length] of RANGES) await assertRead(source, offset, length);
        }));

      it('reads any ranges in any order', () =>
        using(open(CONTENT), (source) => {
          const range = fc
            .tuple(fc.nat(SIZE), fc.nat(SIZE))
            .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)]);
          return fc.assert(
            fc.asyncProperty(range, ([offset, length]) => assertRead(source, offset, length)),
            { numRuns: 30 },
          );
        }));

      it('reads nothing anywhere, its end included', () =>
        using(open(CONTENT), async (source) => {
          for (const offset of [0, 1, SIZE - 1, SIZE]) await assertRead(source, offset, 0);
        }));

      it('refuses ranges outside, naming its path, and can be read afterwards', () =>
        using(open(CONTENT), async (source) => {
          for (const [offset, length] of OUTSIDE) {
            await rejectsWithProblem(source.read(offset, new Uint8Array(length)), source.path, 'truncated');
          }
          await assertRead(source, 0, SIZE);
        }));

      it('takes no memory for a range that is not there', () =>
        using(open(CONTENT), async (source) => {
          const lengths = [SIZE + 1, 2 ** 40, 2 ** 53, -1, 0.5, Number.NaN];
          const largest = await largestAllocation(async () => {
            for (const length of lengths)
              await rejectsWithProblem(readBytes(source, 0, length), source.path, 'truncated');
          });
          assert.equal(largest, 0);
        }));

      it('fills the view it is given and nothing around it', () =>
        using(open(CONTENT), async (source) => {
          const buffer = new Uint8Array(64).fill(0xaa);
          await source.read(1000, buffer.subarray(9, 41));
          const expected = new Uint8Array(64).fill(0xaa);
          expected.set(CONTENT.subarray(1000, 1032), 9);
          assert.deepEqual(buffer, expected);
        }));

      it('fills views of other element types', () =>
        using(open(CONTENT), async (source) => {
          const values = new Float64Array(4);
          await source.read(16, new Uint8Array(values.buffer, 8, 16));
          assert.deepEqual(
            new Uint8Array(values.buffer),
            Uint8Array.from({ length: 32 }, (_, i) => (i >= 8 && i < 24 ? CONTENT[8 + i] : 0)),
          );
        }));

      it('serves reads side by side', () =>
        using(open(CONTENT), async (source) => {
          await Promise.all(
            Array.from({ length: 40 }, (_, i) => assertRead(source, (i * 37_501) % 190_000, 100 * i)),
          );
        }));

      it('can be empty', () =>
        using(open(new Uint8Array(0)), async (source) => {
          assert.equal(source.size, 0);
          assert.deepEqual(await readBytes(source, 0, 0), new Uint8Array(0));
          await rejectsWithProblem(readBytes(source, 0, 1), source.path, 'truncated');
        }));

      it('rejects every read once closed; closing again is nothing', async () => {
        const source = await open(CONTENT);
        await assertRead(source, 0, 10);
        await source.close();
        await source.close();
        for (const length of [0, 10]) {
          await assert.rejects(source.read(0, new Uint8Array(length)), (error) => {
            assert.ok(error instanceof ProblemError);
            assert.equal(error.problem.path, source.path);
            assert.match(error.problem.message, /closed|let go/);
            return true;
          });
        }
      });

      it('closed while it reads: each read ends, whole or with a problem', async () => {
        const source = await open(CONTENT);
        const buffers = Array.from({ length: 8 }, () => new Uint8Array(SIZE));
        const reads = buffers.map((buffer) => source.read(0, buffer));
        await source.close();
        for (const [i, outcome] of (await Promise.allSettled(reads)).entries()) {
          if (outcome.status === 'fulfilled') assert.ok(Buffer.from(buffers[i]).equals(CONTENT));
          else assert.ok(outcome.reason instanceof ProblemError, String(outcome.reason));
        }
      });

      if (!derived) return;

      it('passes a failure beneath on, and never hands out wrong bytes after it', async () => {
        let fails = false;
        const failing = (source: ByteSource): ByteSource => ({
          ...source,
          read: async (offset, target) => {
            if (fails) throw problemError('unreadable', source.path, 'The disk is gone.');
            await source.read(offset, target);
          },
        });
        await using(open(CONTENT, failing), async (source) => {
          await assertRead(source, 0, 1000);
          fails = true;
          await rejectsWithProblem(readBytes(source, 1000, SIZE - 1000), source.path, 'unreadable');
          fails = false;
          await assertRead(source, 1000, SIZE - 1000);
          await assertRead(source, 0, SIZE);
        });
      });

      it('rejects once its underlying source is closed', async () => {
        let beneath: ByteSource | undefined;
        const source = await open(CONTENT, (each) => {
          beneath = each;
          return each;
        });
        await assertRead(source, 0, 1000);
        await beneath?.close();
        await assert.rejects(readBytes(source, 1000, 10), ProblemError);
        await assert.rejects(readBytes(source, 0, 10), ProblemError);
      });
    });
  }
});

describe('a local file that shrinks while it is open', () => {
  afterEach(removeTemporaryFiles);

  it('is an error that says so; the rest can be read', async () => {
    const { source, path } = await temporaryFile(CONTENT);
    await truncate(path, 1000);
    await rejectsWithProblem(readBytes(source, 0, SIZE), source.path, 'changed');
    await rejectsWithProblem(readBytes(source, 999, 2), source.path, 'changed');
    await assertRead(source, 0, 1000);
    await source.close();
  });
});
