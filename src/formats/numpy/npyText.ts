import { type ByteSource, readBytes } from '../../io/byteSource';
import { elementCount } from '../../model/elementCount';
import { readNpyHeader } from './npy';

/** Maximum number of texts in an array, and maximum total bytes. */
const MAX_TEXTS = 4096;
const MAX_BYTES = 1 << 20;

/**
 * Reads a short `.npy` array of texts (`<U5`: UTF-32, `|S5`: bytes); undefined for anything else. Returns a string for
 * an array without axes, and a list otherwise.
 */
export async function readNpyText(source: ByteSource): Promise<string | readonly string[] | undefined> {
  const { header, dataOffset } = await readNpyHeader(source, '');
  const found = /^([<>|=]?)([US])(\d{1,6})$/.exec(header.descr);
  const count = elementCount(header.shape);
  if (found === null || count > MAX_TEXTS) return undefined;
  const [, order, kind, letters] = found;
  const width = Number(letters) * (kind === 'U' ? 4 : 1);
  if (width * count > MAX_BYTES || dataOffset + width * count > source.size) return undefined;
  const bytes = await readBytes(source, dataOffset, width * count);
  const texts = Array.from({ length: count }, (_, i) =>
    textOf(bytes.subarray(i * width, (i + 1) * width), kind === 'U', order !== '>'),
  );
  return header.shape.length === 0 || count === 1 ? texts[0] : texts;
}

/** Zeros at the end are padding. */
function textOf(bytes: Uint8Array, isWide: boolean, littleEndian: boolean): string {
  if (!isWide) return new TextDecoder().decode(bytes).replace(/\0+$/, '');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, littleEndian);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return text.replace(/\0+$/, '');
}
