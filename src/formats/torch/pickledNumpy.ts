import { t } from '@vscode/l10n';
import { elementCount } from '../../model/elementCount';
import type { Problem, ProblemError } from '../../model/problem';
import { asRealView, complexPart } from '../complexNumbers';
import { decoder } from '../decode';
import { ITEM_SIZE } from '../dtype';
import { numpyDType } from '../numpy/npy';
import { checkedByteLength, cOrderStrides, fortranOrderStrides } from '../shape';
import { globalName, indices, isKind, type PickleObject, type PickleValue, tupleItems } from './pickleValues';
import type { TorchTensor } from './torchTensor';

const RECONSTRUCT = /^numpy\.(?:_?core)\.multiarray\._reconstruct$/;

/**
 * Returns a NumPy array in a pickle [numpy/_core/src/multiarray/methods.c, array_reduce and array_setstate;
 * numeric._frombuffer for protocol 5]; undefined for anything else.
 */
export function numpyArray(
  call: PickleObject,
  name: string,
  path: string,
  fail: (code: Problem['code'], message: string) => ProblemError,
): TorchTensor | undefined {
  const callee = globalName(call.callee) ?? '';
  let parts: {
    shape: number[] | undefined;
    dtype: PickleValue | undefined;
    fortran: boolean;
    bytes: Uint8Array | undefined;
  };
  if (RECONSTRUCT.test(callee)) {
    const [, shape, dtype, fortran, bytes] = tupleItems(call.state) ?? [];
    parts = { shape: indices(shape), dtype, fortran: fortran === true, bytes: pickledBytes(bytes) };
  } else if (/^numpy\.(?:_?core)\.numeric\._frombuffer$/.test(callee)) {
    const [bytes, dtype, shape, order] = tupleItems(call.args) ?? [];
    parts = { shape: indices(shape), dtype, fortran: order === 'F', bytes: pickledBytes(bytes) };
  } else {
    return undefined;
  }
  const { shape, bytes } = parts;
  const descr = dtypeText(parts.dtype);
  const part = complexPart(descr?.slice(1) ?? '');
  const found =
    part === undefined ? numpyDType(descr ?? '') : { dtype: part, littleEndian: !descr?.startsWith('>') };
  if (found === undefined)
    throw fail(
      'unsupported',
      t('The NumPy array has type {0}, which is not supported.', JSON.stringify(descr ?? 'unknown')),
    );
  if (shape === undefined || bytes === undefined)
    throw fail('malformed', t('Invalid pickled NumPy array: expected its shape and its bytes.'));
  const strides = parts.fortran ? fortranOrderStrides(shape) : cOrderStrides(shape);
  const view = part === undefined ? { shape, strides } : asRealView({ shape, strides });
  const length = checkedByteLength(view.shape, found.dtype, path, name);
  if (length !== bytes.length)
    throw fail(
      'malformed',
      t(
        'Expected {0} bytes for {1} [{2}], but the pickle has {3}.',
        length,
        found.dtype,
        shape.join(', '),
        bytes.length,
      ),
    );
  return { info: { name, ...found, ...view }, data: bytes };
}

/**
 * Returns the items of a NumPy array of Python objects, and its shape; undefined for anything else. NumPy pickles them
 * as a list.
 */
export function pickledObjects(
  value: PickleObject,
): { readonly items: readonly PickleValue[]; readonly shape: readonly number[] } | undefined {
  if (!RECONSTRUCT.test(globalName(value.callee) ?? '')) return undefined;
  const [, shapeValue, dtype, , list] = tupleItems(value.state) ?? [];
  const shape = indices(shapeValue);
  if (!/^[<>]O\d*$/.test(dtypeText(dtype) ?? '') || !isKind(list, 'list') || shape === undefined)
    return undefined;
  return list.items.length === elementCount(shape) ? { items: list.items, shape } : undefined;
}

/**
 * Returns the value of a NumPy number, such as `np.int64(100)` [numpy/_core/multiarray.py, scalar]; undefined for
 * others.
 */
export function pickledNumber({ callee, args }: PickleObject): number | undefined {
  if (!/^numpy\.(?:_?core)\.multiarray\.scalar$/.test(globalName(callee) ?? '')) return undefined;
  const [type, value] = tupleItems(args) ?? [];
  const descr = dtypeText(type);
  const found = descr === undefined ? undefined : numpyDType(descr);
  const bytes = pickledBytes(value);
  if (found === undefined || bytes?.length !== ITEM_SIZE[found.dtype]) return undefined;
  return decoder(found.dtype, found.littleEndian)(bytes)[0];
}

/** Returns the type of `numpy.dtype('f4', …)` with the byte order from its state. */
function dtypeText(value: PickleValue | undefined): string | undefined {
  if (!isKind(value, 'object') || globalName(value.callee) !== 'numpy.dtype') return undefined;
  const [type] = tupleItems(value.args) ?? [];
  // Types of ml_dtypes are classes.
  const code = typeof type === 'string' ? type : /^ml_dtypes\.(\w+)$/.exec(globalName(type) ?? '')?.[1];
  const order = tupleItems(value.state)?.[1];
  return typeof code === 'string' ? (order === '>' ? '>' : '<') + code.slice(0, 100) : undefined;
}

/** Returns bytes. In protocol 2, they are text that `_codecs.encode` would convert to Latin-1. */
export function pickledBytes(value: PickleValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (!isKind(value, 'object')) return undefined;
  const callee = globalName(value.callee) ?? '';
  const [text, encoding] = tupleItems(value.args) ?? [];
  if (/^(?:builtins|__builtin__)\.(?:bytes|bytearray)$/.test(callee))
    return text === undefined ? new Uint8Array(0) : text instanceof Uint8Array ? text : undefined;
  if (callee !== '_codecs.encode' || typeof text !== 'string' || encoding !== 'latin1') return undefined;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) return undefined;
    bytes[i] = code;
  }
  return bytes;
}
