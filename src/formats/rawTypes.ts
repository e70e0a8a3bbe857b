import { t } from '@vscode/l10n';
import type { DType } from '../model/catalog';
import { ITEM_SIZE } from './dtype';
import type { FormatHints } from './tensorFile';

/** Floating-point types with one byte, which NumPy and similar libraries store as raw bytes. */
export const ONE_BYTE_FLOATS = (Object.keys(ITEM_SIZE) as DType[]).filter((name) =>
  /^float[468]_/.test(name),
);

/** Returns the type of elements stored as raw bytes of this size, if the hints specify it. */
export function rawType(bytes: number, { rawTwoByteIsBfloat16, rawOneByte }: FormatHints): DType | undefined {
  if (bytes === 1) return rawOneByte;
  return bytes === 2 && rawTwoByteIsBfloat16 ? 'bfloat16' : undefined;
}

/** Returns advice on elements that are raw bytes of this size. */
export function rawTypeMessage(bytes: number): string {
  if (bytes === 1)
    return t(
      'The elements are raw bytes (V1), which is how NumPy writes most 8-bit floats, without their type. Set "dtype" for the layer in normscope.json to one of {0}.',
      ONE_BYTE_FLOATS.slice(0, 6).join(', '),
    );
  return bytes === 2
    ? t(
        'The elements are raw 2-byte values (V2), which is how NumPy writes bfloat16. If they are bfloat16, set "dtype": "bfloat16" for the layer in normscope.json.',
      )
    : t('The elements are raw {0}-byte values without a type.', bytes);
}
