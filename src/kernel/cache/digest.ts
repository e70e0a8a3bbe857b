/** Multipliers and seeds of four independent 32-bit hashes: odd numbers without pattern [Steele & Vigna 2021]. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/**
 * A 128-bit digest of a text, as 32 hexadecimal digits: a key a dozen times smaller than the text. Accidental
 * collisions do not occur in practice; it does not protect against deliberate ones.
 */
export function digest(text: string): string {
  let [a, b, c, d] = MULTIPLIERS as readonly number[];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, MULTIPLIERS[0]);
    b = Math.imul(b ^ code ^ (a >>> 15), MULTIPLIERS[1]);
    c = Math.imul(c ^ code ^ (b >>> 13), MULTIPLIERS[2]);
    d = Math.imul(d ^ code ^ (c >>> 16), MULTIPLIERS[3]);
  }
  return [a ^ (d >>> 15), b ^ (a >>> 13), c ^ (b >>> 16), d ^ (c >>> 14)].map(hexadecimal).join('');
}

/** Each byte as two digits. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexadecimal(bits: number): string {
  return BYTES[bits >>> 24] + BYTES[(bits >>> 16) & 255] + BYTES[(bits >>> 8) & 255] + BYTES[bits & 255];
}
