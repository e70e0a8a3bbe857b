/** An .npy stream with any text for a header, right or wrong. */
export function npyBytes(
  header: string,
  data: Uint8Array = new Uint8Array(0),
  { version = 1, headerLength = header.length }: { version?: number; headerLength?: number } = {},
): Uint8Array {
  const prefix = new Uint8Array(version === 1 ? 10 : 12);
  prefix.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(prefix.buffer);
  if (version === 1) view.setUint16(8, headerLength, true);
  else view.setUint32(8, headerLength, true);
  return concatenated(prefix, new TextEncoder().encode(header), data);
}

/** The header that NumPy would write. */
export function npyHeader(shape: string, descr = '<f4'): string {
  return `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
}

/** A .safetensors stream with any text for a header, right or wrong. */
export function safetensorsBytes(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(0),
  headerLength?: bigint,
): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  return concatenated(prefix, text, data);
}

/** Positions of the records of a zip archive [APPNOTE 6.3.10, 4.3]; each is laid out as its specification says. */
export interface ZipPlaces {
  /** Local headers, in the order of the directory. */
  readonly local: readonly number[];
  /** Entries of the directory. */
  readonly central: readonly number[];
  /** The end record. */
  readonly end: number;
}

/** The records of an archive without a comment and without zip64 offsets. */
export function zipPlaces(bytes: Uint8Array): ZipPlaces {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  const local: number[] = [];
  const central: number[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    central.push(at);
    local.push(view.getUint32(at + 42, true));
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return { local, central, end };
}

/** A copy in which some bytes are others. */
export function patched(bytes: Uint8Array, patch: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  patch(new DataView(copy.buffer), copy);
  return copy;
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
