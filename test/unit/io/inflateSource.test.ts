import assert from 'node:assert/strict';
import { constants, crc32, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { bufferSource } from '../../../src/io/bufferSource';
import { type ByteSource, readBytes } from '../../../src/io/byteSource';
import { inflateSource } from '../../../src/io/inflateSource';
import { rejectsWithProblem } from '../../contract/problems';

const PATH = 'memory:///a.npz';
const NOISE = Uint8Array.from(
  { length: 70_000 },
  (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1 ^ Math.imul(i, i)) >>> 24,
);
const TEXT = new TextEncoder().encode('step 100, layer conv1; '.repeat(3000));

/** A source of deflated bytes that counts the bytes read from it. */
function counting(bytes: Uint8Array) {
  const source = bufferSource(PATH, bytes);
  const read = { bytes: 0, largest: 0 };
  const counted: ByteSource = {
    ...source,
    read: (offset, target) => {
      read.bytes += target.length;
      read.largest = Math.max(read.largest, target.length);
      return source.read(offset, target);
    },
  };
  return { source: counted, read };
}

const inflate = (deflated: Uint8Array, size: number) =>
  inflateSource(bufferSource(PATH, deflated), 0, deflated.length, size);

describe('io: deflated ranges, against zlib', () => {
  const OPTIONS: Readonly<Record<string, ZlibOptions>> = {
    'stored blocks': { level: 0 },
    fastest: { level: 1 },
    best: { level: 9 },
    'fixed codes': { strategy: constants.Z_FIXED },
    'Huffman codes only': { strategy: constants.Z_HUFFMAN_ONLY },
    'run lengths': { strategy: constants.Z_RLE },
    'small window': { windowBits: 9, memLevel: 1 },
  };
  for (const [name, options] of Object.entries(OPTIONS)) {
    it(name, async () => {
      for (const content of [NOISE, TEXT, new Uint8Array(300_000), new Uint8Array([1])]) {
        const source = inflate(deflateRawSync(content, options), content.length);
        assert.ok(Buffer.from(await readBytes(source, 0, content.length)).equals(content));
      }
    });
  }

  it('front to back reads every compressed byte once, in small pieces', async () => {
    const deflated = deflateRawSync(NOISE);
    const { source, read } = counting(deflated);
    const inflated = inflateSource(source, 0, deflated.length, NOISE.length);
    for (let at = 0; at < NOISE.length; at += 700) await readBytes(inflated, at, 700);
    assert.equal(read.bytes, deflated.length);
    assert.ok(read.largest <= 1 << 16);
    await readBytes(inflated, 0, 1);
    assert.ok(read.bytes > deflated.length, 'a read that goes back starts again');
  });
});

describe('io: invalid deflated ranges', () => {
  const deflated = deflateRawSync(TEXT);

  /** A failure does not pass when the read is tried again. */
  async function rejectsAlways(source: ByteSource, length: number) {
    for (let attempt = 0; attempt < 3; attempt++)
      await rejectsWithProblem(readBytes(source, 0, length), PATH, 'malformed');
  }

  it('more bytes claimed than there are', async () => {
    await rejectsAlways(inflate(deflated, TEXT.length + 1), TEXT.length + 1);
  });

  it('fewer bytes claimed than there are', async () => {
    await rejectsAlways(inflate(deflated, TEXT.length - 1), TEXT.length - 1);
  });

  it('cut anywhere', async () => {
    for (let length = 0; length < deflated.length; length++) {
      await rejectsAlways(inflate(deflated.subarray(0, length), TEXT.length), TEXT.length);
    }
  });

  it('damaged anywhere: reading again gives the same as reading once', async () => {
    const noise = deflateRawSync(NOISE);
    let failures = 0;
    for (let at = 0; at < noise.length; at += 997) {
      const damaged = Uint8Array.from(noise);
      damaged[at] ^= 0xff;
      const source = inflate(damaged, NOISE.length);
      const outcome = () =>
        readBytes(source, 0, NOISE.length).then(
          (bytes) => Buffer.from(bytes).toString('base64'),
          (error) => error.problem,
        );
      const first = await outcome();
      if (typeof first !== 'string') {
        failures++;
        assert.deepEqual([first.code, first.path], ['malformed', PATH]);
      }
      assert.deepEqual(await outcome(), first, `byte ${at}`);
    }
    assert.ok(failures > 0);
  });

  it('damaged anywhere: with a checksum, all damage is detected', async () => {
    const noise = deflateRawSync(NOISE);
    for (let at = 0; at < noise.length; at += 997) {
      const damaged = Uint8Array.from(noise);
      damaged[at] ^= 0x10;
      const source = bufferSource(PATH, damaged);
      await rejectsAlways(inflateSource(source, 0, noise.length, NOISE.length, crc32(NOISE)), NOISE.length);
    }
    const whole = bufferSource(PATH, noise);
    const right = inflateSource(whole, 0, noise.length, NOISE.length, crc32(NOISE));
    assert.deepEqual(await readBytes(right, 69_990, 10), NOISE.subarray(69_990));
    assert.deepEqual(await readBytes(right, 0, NOISE.length), NOISE);
  });

  it('data that inflates without end is abandoned at the piece that exceeds the size', async () => {
    const bomb = deflateRawSync(new Uint8Array(100 * 2 ** 20));
    const { source, read } = counting(bomb);
    await rejectsWithProblem(
      readBytes(inflateSource(source, 0, bomb.length, 1000), 0, 1000),
      PATH,
      'malformed',
    );
    assert.ok(read.bytes <= 1 << 16, `${read.bytes} of ${bomb.length} compressed bytes were read`);
  });
});
