import { t } from '@vscode/l10n';

/** One field of an encoded protobuf message [protobuf.dev, "Encoding"]. */
export interface WireField {
  readonly number: number;
  readonly type: 'varint' | 'fixed64' | 'bytes' | 'fixed32';
  /** The value of a varint as a signed 64-bit integer; NaN for other types. */
  readonly value: number;
  /** Start and end of the field's content. */
  readonly start: number;
  readonly end: number;
}

/** The error for bytes that are not a protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const TYPES = { 0: 'varint', 1: 'fixed64', 2: 'bytes', 5: 'fixed32' } as const;

/** Reads the fields of the message in [start, end), in order. Throws WireError if it is invalid. */
export function* wireFields(bytes: Uint8Array, start = 0, end = bytes.length): Generator<WireField> {
  let at = start;
  while (at < end) {
    const tag = readVarint(bytes, at, end);
    at = tag.end;
    const number = Math.floor(tag.value / 8);
    const type = TYPES[(tag.value % 8) as keyof typeof TYPES];
    if (type === undefined || number < 1 || number > 2 ** 29)
      throw new WireError(t('Invalid field tag {0}.', tag.value));
    let value = Number.NaN;
    let from = at;
    if (type === 'varint') ({ value, end: at } = readVarint(bytes, at, end));
    else if (type === 'bytes') {
      const length = readVarint(bytes, at, end);
      from = length.end;
      at = from + length.value;
    } else at += type === 'fixed64' ? 8 : 4;
    if (!(at >= from && at <= end))
      throw new WireError(
        t('Field {0} should end at byte {1}, but the message ends at byte {2}.', number, at, end),
      );
    yield { number, type, value, start: from, end: at };
  }
}

/** Reads a base-128 varint of at most ten bytes, as a signed 64-bit integer. Throws WireError if it does not end. */
export function readVarint(bytes: Uint8Array, start: number, end: number): { value: number; end: number } {
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10 && start + i < end; i++) {
    const byte = bytes[start + i];
    // Seven groups of seven bits are exact in a number; the rest is the sign of a 64-bit integer.
    if (i < 7) low += (byte & 127) * 2 ** (7 * i);
    else high += (byte & 127) * 2 ** (7 * (i - 7));
    if (byte < 128) {
      const value = high < 2 ** 14 ? low + high * 2 ** 49 : low + (high - 2 ** 15) * 2 ** 49;
      return { value, end: start + i + 1 };
    }
  }
  throw new WireError(t('A varint is not terminated.'));
}

/** Returns the text of a field of bytes. */
export function wireText(bytes: Uint8Array, { start, end }: WireField): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/**
 * Adds the values of a `repeated double` field, packed or individual, to `target`. Throws WireError for other types.
 */
export function addDoubles(bytes: Uint8Array, { type, start, end }: WireField, target: number[]): void {
  if ((type !== 'bytes' && type !== 'fixed64') || (end - start) % 8 !== 0)
    throw new WireError(t('Expected 8-byte numbers.'));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = start; at < end; at += 8) target.push(view.getFloat64(at, true));
}
