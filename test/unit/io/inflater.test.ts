import assert from 'node:assert/strict';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { DeflateFormat, OpenInflater } from '../../../src/io/inflater';
import * as nodeInflater from '../../../src/io/inflater';
import * as webInflater from '../../../src/io/inflater.web';

const COMPRESS: Readonly<Record<DeflateFormat, (bytes: Uint8Array) => Uint8Array>> = {
  'deflate-raw': deflateRawSync,
  zlib: deflateSync,
  gzip: gzipSync,
};
const FORMATS = Object.keys(COMPRESS) as DeflateFormat[];
const CONTENT = Uint8Array.from({ length: 3_000_000 }, (_, i) => Math.imul(i ^ (i >>> 9), 0x9e3779b1) >>> 26);
const INPUT_BYTES = 1 << 15;

/** Stands in for Chrome 102, which has no `deflate-raw`. */
const openWithoutStreams: OpenInflater = (format, readInput) => {
  const original = globalThis.DecompressionStream;
  Reflect.deleteProperty(globalThis, 'DecompressionStream');
  try {
    return webInflater.openInflater(format, readInput);
  } finally {
    globalThis.DecompressionStream = original;
  }
};

const IMPLEMENTATIONS: readonly { name: string; open: OpenInflater; formats: readonly DeflateFormat[] }[] = [
  { name: "Node's zlib", open: nodeInflater.openInflater, formats: FORMATS },
  { name: 'DecompressionStream', open: webInflater.openInflater, formats: FORMATS },
  { name: 'fflate', open: openWithoutStreams, formats: ['deflate-raw'] },
];

/** Inflates `bytes` to its end, or until more than `limit` bytes came out. */
async function inflate(open: OpenInflater, format: DeflateFormat, bytes: Uint8Array, limit = Infinity) {
  let read = 0;
  const inflater = open(format, async () => {
    if (read === bytes.length) return undefined;
    const input = bytes.subarray(read, read + INPUT_BYTES);
    read += input.length;
    return input;
  });
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const piece = await inflater.next();
      if (piece === undefined || size > limit) break;
      assert.ok(piece.length > 0);
      pieces.push(piece);
      size += piece.length;
    }
  } finally {
    inflater.close();
  }
  return { bytes: Buffer.concat(pieces), read };
}

describe('io: inflaters, against zlib', () => {
  for (const { name, open, formats } of IMPLEMENTATIONS) {
    for (const format of formats) {
      const compressed = COMPRESS[format](CONTENT);

      it(`${name} inflates ${format}`, async () => {
        const { bytes } = await inflate(open, format, compressed);
        assert.ok(bytes.equals(CONTENT));
      });

      it(`${name} rejects ${format} that is cut short`, async () => {
        assert.ok(compressed.length > 2 * INPUT_BYTES);
        for (const length of [0, 1, 11, INPUT_BYTES, compressed.length - 1])
          await assert.rejects(inflate(open, format, compressed.subarray(0, length)), `${length} bytes`);
      });

      it(`${name} rejects ${format} that is damaged at its start`, async () => {
        const damaged = Uint8Array.from(compressed);
        // 7 is a block of a type that does not exist, and no first byte of a wrapping.
        damaged[0] = 7;
        await assert.rejects(inflate(open, format, damaged));
      });

      // Node's DecompressionStream, which the product does not use, reads ahead.
      if (name === 'DecompressionStream') continue;
      it(`${name} reads no more of a bomb in ${format} than its first bytes`, async () => {
        const bomb = COMPRESS[format](new Uint8Array(200 * 2 ** 20));
        const { read } = await inflate(open, format, bomb, 1000);
        assert.ok(read <= 2 * INPUT_BYTES, `${read} of ${bomb.length} bytes were read`);
      });
    }

    it(`${name} passes on why input could not be read`, async () => {
      const failure = new Error('The disk is gone.');
      const inflater = open('deflate-raw', () => Promise.reject(failure));
      await assert.rejects(inflater.next(), (error) => error === failure);
      inflater.close();
    });
  }
});
