/** CRC-32 of bytes, going on from `crc`, that of the bytes before them. */
export type Crc32 = (bytes: Uint8Array, crc?: number) => number;

/** As in zip, gzip and PNG [ISO 3309], on any platform. See crc32.ts for the fast one. */
export const portableCrc32 = crc32Of(0xedb88320);

/** Castagnoli's, as in TFRecord and zarr [RFC 3720, appendix B.4]. */
export const crc32c = crc32Of(0x82f63b78);

/** The checksum by a polynomial, least significant bit first; four bytes are taken at a time. */
function crc32Of(polynomial: number): Crc32 {
  const [t0, t1, t2, t3] = tablesOf(polynomial);
  return (bytes, crc = 0) => {
    let c = ~crc;
    let i = 0;
    for (const end = bytes.length - 3; i < end; i += 4) {
      c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
      c = t3[c & 255] ^ t2[(c >>> 8) & 255] ^ t1[(c >>> 16) & 255] ^ t0[c >>> 24];
    }
    for (; i < bytes.length; i++) c = t0[(c ^ bytes[i]) & 255] ^ (c >>> 8);
    return ~c >>> 0;
  };
}

/** Four tables, one per byte of a word [Kounavis & Berry 2005, "slicing by 4"]. */
function tablesOf(polynomial: number): Uint32Array[] {
  const all = Array.from({ length: 4 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    all[0][byte] = crc;
  }
  for (let table = 1; table < 4; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = all[table - 1][byte];
      all[table][byte] = (before >>> 8) ^ all[0][before & 255];
    }
  }
  return all;
}
