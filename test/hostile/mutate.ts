import fc from 'fast-check';

/** One change of some bytes. Places are fractions of the length, so that a change fits whatever came before it. */
export type Change =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'zero'; readonly at: number; readonly length: number }
  | { readonly kind: 'swap'; readonly at: number; readonly other: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'splice'; readonly at: number; readonly other: number }
  | {
      readonly kind: 'length';
      readonly at: number;
      readonly width: 1 | 2 | 4 | 8;
      readonly value: bigint;
      readonly littleEndian: boolean;
    }
  | { readonly kind: 'digits'; readonly at: number; readonly text: string };

/** Integers at which lengths, counts and offsets go wrong. */
const LENGTHS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  63n,
  64n,
  65n,
  127n,
  128n,
  255n,
  256n,
  1023n,
  32767n,
  32768n,
  65535n,
  65536n,
  2n ** 24n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 2n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 40n,
  2n ** 52n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const DIGITS = [
  ...LENGTHS.map(String),
  '-1',
  '-0',
  '0.5',
  '1e9',
  '1e308',
  '1e400',
  '99999999999999999999',
  '0x7f',
  'NaN',
  'null',
  '[]',
  '{}',
  '""',
  'true',
];

/** Evenly spread, which fast-check's own choice of numbers is not. */
const at = fc.noBias(fc.nat(2 ** 30 - 1)).map((place) => place / 2 ** 30);
const length = (max: number) => fc.integer({ min: 1, max });
/** The parameters of a change, by its kind; `weight`: how often the kind is chosen. */
const kind = <Kind extends Change['kind'], Rest>(
  weight: number,
  name: Kind,
  rest: { [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> },
) => ({
  weight,
  arbitrary: fc.tuple(at, fc.record(rest)).map(([place, more]) => ({ kind: name, at: place, ...more })),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  kind(4, 'flip', { bit: fc.nat(7) }),
  kind(3, 'set', { byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff) }),
  kind(2, 'insert', { bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
  kind(2, 'remove', { length: length(64) }),
  kind(1, 'repeat', { length: length(256), times: length(50) }),
  kind(1, 'zero', { length: length(512) }),
  kind(1, 'swap', { other: at, length: length(64) }),
  kind(1, 'cut', {}),
  kind(1, 'splice', { other: at }),
  kind(5, 'length', {
    width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
    value: fc.constantFrom(...LENGTHS),
    littleEndian: fc.boolean(),
  }),
  kind(4, 'digits', { text: fc.constantFrom(...DIGITS) }),
);

/** The effect of one mutation, and its target. */
export interface Mutation {
  /** Fractions of the list of fixtures, and of the files in one. */
  readonly fixture: number;
  readonly file: number;
  readonly other: number;
  readonly changes: readonly Change[];
  /** The whole road through the run and the kernel, not only the reader. */
  readonly isWhole: boolean;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  fixture: at,
  file: at,
  other: at,
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  isWhole: fc.integer({ min: 0, max: 7 }).map((dice) => dice === 0),
});

/** The mutation of a seed; always the same one. */
export function mutationOf(seed: number): Mutation {
  // Neighboring seeds begin the same.
  return fc.sample(fc.noBias(mutation), { seed: Math.imul(seed + 1, 0x9e3779b1), numRuns: 1 })[0];
}

/** `other`: bytes of another file, for splices. */
export function mutated(bytes: Uint8Array, changes: readonly Change[], other: Uint8Array): Uint8Array {
  return changes.reduce((before, each) => applied(before, each, other), bytes);
}

function applied(bytes: Uint8Array, change: Change, other: Uint8Array): Uint8Array {
  const place = Math.floor(change.at * bytes.length);
  const copy = Uint8Array.from(bytes);
  const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
  switch (change.kind) {
    case 'flip':
      copy[place] ^= 1 << change.bit;
      return copy;
    case 'set':
      copy[place] = change.byte;
      return copy;
    case 'insert':
      return joined(bytes.subarray(0, place), change.bytes, bytes.subarray(place));
    case 'remove':
      return joined(bytes.subarray(0, place), bytes.subarray(place + change.length));
    case 'repeat': {
      const part = bytes.subarray(place, place + change.length);
      return joined(
        bytes.subarray(0, place),
        ...new Array<Uint8Array>(change.times).fill(part),
        bytes.subarray(place),
      );
    }
    case 'zero':
      return copy.fill(0, place, place + change.length);
    case 'swap': {
      const from = Math.floor(change.other * bytes.length);
      copy.set(bytes.subarray(from, from + Math.min(change.length, bytes.length - place)), place);
      return copy;
    }
    case 'cut':
      return bytes.subarray(0, place);
    case 'splice':
      return joined(bytes.subarray(0, place), other.subarray(Math.floor(change.other * other.length)));
    case 'length': {
      if (place + change.width > bytes.length) return bytes;
      const view = new DataView(copy.buffer);
      for (let i = 0; i < change.width; i++) {
        const shift = BigInt(8 * (change.littleEndian ? i : change.width - 1 - i));
        view.setUint8(place + i, Number((change.value >> shift) & 255n));
      }
      return copy;
    }
    case 'digits':
      return withDigits(bytes, place, change.text);
  }
}

/** Replaces the next decimal number. */
function withDigits(bytes: Uint8Array, place: number, text: string): Uint8Array {
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
  let start = place;
  while (start < bytes.length && !isDigit(bytes[start])) start++;
  let end = start;
  while (end < bytes.length && isDigit(bytes[end])) end++;
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(end)]));
}
