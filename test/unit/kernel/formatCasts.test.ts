import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decoder } from '../../../src/formats/decode';
import { castTo, formatCast } from '../../../src/kernel/figures/formatCasts';
import { CASTS, decibels, type FormatCast } from '../../../src/model/formatCasts';
import { FORMAT_RANGES, NARROW_FORMATS, type NarrowFormat } from '../../../src/model/numberFormats';

/** By NumPy and ml_dtypes: test/fixtures/casts/make.py, whose formulas the values below follow. */
const {
  codes,
  kinds,
}: { codes: Record<string, Record<NarrowFormat, string[]>>; kinds: Record<string, FormatCast[]> } =
  JSON.parse(readFileSync('test/fixtures/casts/casts.json', 'utf8'));

const WIDTH = { float16: 2, bfloat16: 2, float8_e4m3fn: 1, float8_e5m2: 1 };
/** The code that stands for every NaN. */
const NAN = { float16: 0x7e00, bfloat16: 0x7fc0, float8_e4m3fn: 0x7f, float8_e5m2: 0x7e };

/** The values of all codes of a format, by the reader of files. */
function valuesOf(format: NarrowFormat): Float32Array {
  const all = Array.from({ length: 256 ** WIDTH[format] }, (_, code) => code);
  const bytes = WIDTH[format] === 2 ? new Uint8Array(Uint16Array.from(all).buffer) : Uint8Array.from(all);
  return Float32Array.from(decoder(format, true)(bytes));
}

/** 65,536 float32 numbers of all sizes. */
function wideValues(): Float32Array {
  const bits = Uint32Array.from({ length: 2 ** 16 }, (_, i) => Number((BigInt(i) * 2654435761n) % 2n ** 32n));
  return new Float32Array(bits.buffer);
}

/** The code of a number of a format. */
function encoderOf(format: NarrowFormat): (x: number) => number {
  const codeOf = new Map<number, number>();
  valuesOf(format).forEach((x, code) => {
    if (!Number.isNaN(x) && !Object.is(x, -0)) codeOf.set(x, code);
  });
  const sign = 256 ** WIDTH[format] / 2;
  return (x) => {
    if (Number.isNaN(x)) return NAN[format];
    if (Object.is(x, -0)) return sign;
    const code = codeOf.get(x);
    assert.ok(code !== undefined, `${x} is not a number of ${format}`);
    return code;
  };
}

function digests(values: Float32Array, format: NarrowFormat): string[] {
  const [cast, encode] = [castTo(format), encoderOf(format)];
  const found = Array.from(values, (x) => encode(cast(x)));
  const blocks = Math.max(1, found.length / 256);
  return Array.from({ length: blocks }, (_, i) => {
    const block = found.slice(256 * i, 256 * (i + 1));
    const bytes = WIDTH[format] === 2 ? Uint16Array.from(block) : Uint8Array.from(block);
    return createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  });
}

describe('casts to narrow formats', () => {
  for (const source of [...NARROW_FORMATS, 'float32'] as const)
    for (const format of NARROW_FORMATS)
      it(`of every ${source} number to ${format} equal those of ml_dtypes, bit for bit`, () => {
        const values = source === 'float32' ? wideValues() : valuesOf(source);
        assert.deepEqual(digests(values, format), codes[source][format]);
      });

  it('keep what the format has, are symmetric, and never move a number beyond its neighbors', () => {
    for (const format of NARROW_FORMATS) {
      const cast = castTo(format);
      for (const x of valuesOf(format))
        if (Number.isFinite(x)) assert.ok(Object.is(cast(x), x), `${format}: ${x}`);
      const { overflowsFrom, greatest } = FORMAT_RANGES[format];
      fc.assert(
        fc.property(
          fc.double({ min: 0, max: greatest, noNaN: true }),
          fc.double({ min: 0, max: greatest, noNaN: true }),
          (a, b) => {
            assert.ok(Object.is(cast(-a), -cast(a)));
            assert.ok(a <= b ? cast(a) <= cast(b) : cast(a) >= cast(b));
          },
        ),
      );
      assert.equal(cast(overflowsFrom * (1 - 2 ** -30)), greatest);
      assert.ok(!Number.isFinite(cast(overflowsFrom * (1 + 2 ** -30))));
      assert.ok(!Number.isFinite(cast(1e300)));
    }
  });
});

const [SAMPLES, POSITIONS, CHANNELS] = [6, 20, 64];
const FORMULAS: Readonly<Record<string, (x: number, channel: number) => number>> = {
  plain: (x) => x,
  'massive channel': (x, channel) => x * (channel === 7 ? 4000 : 1),
  wide: (x, channel) => x * 10 ** ((channel - 32) / 8),
  large: (x) => 1e5 * x,
  small: (x) => 1e-6 * x,
  'half zero': (x, channel) => Math.max(x, 0) * (channel === 3 ? 0 : 1),
};

/** [n][c][p] of float32 values that the formula gives in the order [n][p][c]. */
function tensorOf(kind: string) {
  const values = new Float64Array(SAMPLES * CHANNELS * POSITIONS);
  for (let i = 0; i < values.length; i++) {
    const [c, p, n] = [
      i % CHANNELS,
      Math.floor(i / CHANNELS) % POSITIONS,
      Math.floor(i / CHANNELS / POSITIONS),
    ];
    const x = Math.fround(FORMULAS[kind](Math.sin(i * i * 0.7 + i), c));
    values[(n * CHANNELS + c) * POSITIONS + p] = x;
  }
  return { values, samples: SAMPLES, channels: CHANNELS, positions: POSITIONS };
}

describe('what a cast loses', () => {
  for (const [kind, expected] of Object.entries(kinds))
    it(`equals NumPy and ml_dtypes for values that are ${kind}`, () => {
      const tensor = tensorOf(kind);
      assert.equal(expected.length, CASTS.length);
      CASTS.forEach((cast, i) => {
        const found = formatCast(tensor, cast);
        for (const field of ['overflow', 'flushed', 'noise'] as const) {
          const limit = 1e-6 * expected[i][field];
          const what = `${cast.format} by ${cast.scaling}: ${field} ${found[field]}, expected ${expected[i][field]}`;
          assert.ok(Math.abs(found[field] - expected[i][field]) <= limit, what);
        }
      });
    });

  it('counts finite values only, and is nothing for values that the format has', () => {
    const extent = { samples: 1, channels: 4, positions: 1 };
    const values = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1e6, 2);
    const found = formatCast({ values, ...extent }, { format: 'float16', scaling: 'none' });
    assert.equal(found.overflow, 0.5);
    const exact = formatCast(
      { values: Float64Array.of(1, 2, -4, 0), ...extent },
      { format: 'float8_e5m2', scaling: 'none' },
    );
    assert.deepEqual(
      [exact.overflow, exact.flushed, exact.noise, decibels(exact)],
      [0, 0, 0, Number.POSITIVE_INFINITY],
    );
    const zeros = formatCast(
      { values: new Float64Array(4), ...extent },
      { format: 'float8_e4m3fn', scaling: 'tensor' },
    );
    assert.deepEqual([zeros.overflow, zeros.flushed, zeros.noise], [0, 0, Number.NaN]);
  });
});
