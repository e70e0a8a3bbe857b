import { t } from '@vscode/l10n';
import type { DType } from '../../model/catalog';
import type { Problem, ProblemError } from '../../model/problem';
import { asRealView, complexPart } from '../complexNumbers';
import { fitsFloat32 } from '../decode';
import { ITEM_SIZE } from '../dtype';
import { mappedSource } from '../mappedSource';
import { checkedByteLength, cOrderStrides, gathering } from '../shape';
import { lastEntries } from './pickleContainers';
import { globalName, indices, isIndex, isKind, type PickleValue } from './pickleValues';
import { type StorageId, storageId } from './torchStorage';
import type { TorchTensor } from './torchTensor';

/** Information about the storages in a file. */
export interface TorchStorages {
  readonly littleEndian: boolean;
  /** Returns the bytes of a storage; undefined if the file has none with this key. Throws if it cannot be read. */
  sizeOf(key: string): number | undefined;
  /** Returns the storage in the pickle itself; undefined if the value is not one. Absent if there cannot be any. */
  inline?(value: PickleValue | undefined): StorageId | undefined;
}

/** Makes the error of the tensor that is being read. */
export type Fail = (code: Problem['code'], message: string) => ProblemError;

/** Maximum number of times that an expanded tensor may repeat its stored elements. */
const MAX_REPEATS = 1024;

const TORCH_DTYPES: ReadonlyMap<string, DType> = new Map([
  ...Object.keys(ITEM_SIZE).map((name): [string, DType] => [`torch.${name}`, name as DType]),
  ['torch.double', 'float64'],
  ['torch.float', 'float32'],
  ['torch.half', 'float16'],
  ['torch.long', 'int64'],
  ['torch.int', 'int32'],
  ['torch.short', 'int16'],
]);

/**
 * Returns the tensor in a storage, from the arguments that PyTorch would rebuild it from. `elements`: the element type where the
 * storage does not state it.
 */
export function storedTensor(
  callee: string,
  args: readonly PickleValue[],
  name: string,
  storages: TorchStorages,
  path: string,
  fail: Fail,
  elements?: DType,
): TorchTensor {
  const isV3 = callee.endsWith('_v3');
  const [stored, offsetValue, shapeValue, stridesValue] = args;
  const storage = isKind(stored, 'persistent') ? storageId(stored.id) : storages.inline?.(stored);
  const ownShape = indices(shapeValue);
  const ownStrides = indices(stridesValue);
  if (
    storage === undefined ||
    !isIndex(offsetValue) ||
    ownShape === undefined ||
    ownStrides?.length !== ownShape.length
  )
    throw fail('malformed', t('Invalid tensor: expected a storage, an offset, a shape, and strides.'));
  const typeName = isV3 ? (globalName(args[6]) ?? 'none') : storage.typeName;
  const part = isV3 ? complexPart(typeName) : storage.isComplex ? storage.dtype : undefined;
  const dtype = elements ?? part ?? (isV3 ? TORCH_DTYPES.get(typeName) : storage.dtype);
  const isComplex = elements === undefined && part !== undefined;
  const own = { shape: ownShape, strides: ownStrides };
  const { shape, strides } = isComplex ? asRealView(own) : own;
  const offset = isComplex ? 2 * offsetValue : offsetValue;
  if (dtype === undefined)
    throw fail('unsupported', t('The element type {0} is not supported.', typeName.slice(0, 100)));
  if (storage.view !== undefined && storage.view !== null)
    throw fail(
      'unsupported',
      t(
        'The tensor is in a view of another storage, which is not supported. Save a copy of it, with .clone().',
      ),
    );
  const width = ITEM_SIZE[dtype];
  const length = checkedByteLength(shape, dtype, path, name);
  const size = storages.sizeOf(storage.key);
  if (size === undefined)
    throw fail(
      'malformed',
      t('The file does not contain storage {0}.', JSON.stringify(storage.key.slice(0, 50))),
    );
  const claimed =
    storage.count * ITEM_SIZE[storage.dtype ?? elements ?? 'uint8'] * (storage.isComplex ? 2 : 1);
  if (claimed > size)
    throw fail('truncated', t('Expected a storage of {0} bytes, found {1}.', claimed, size));
  const info = {
    name,
    dtype,
    littleEndian: storages.littleEndian,
    shape,
    ...(isComplex && { isComplex: true as const }),
  };
  const last = shape.reduce((place, extent, axis) => place + (extent - 1) * strides[axis], 0);
  const needed = length === 0 ? 0 : (offset + last + 1) * width;
  if (!Number.isSafeInteger(needed) || needed > size) {
    throw fail(
      'malformed',
      t(
        '{0} [{1}] with strides [{2}] and offset {3} needs {4} bytes, but the storage has {5}.',
        dtype,
        shape.join(', '),
        strides.join(', '),
        offset,
        needed,
        size,
      ),
    );
  }
  const data = { key: storage.key, offset: length === 0 ? 0 : offset * width, length };
  if (length === 0 || length === width) return { info: { ...info, strides: cOrderStrides(shape) }, data };
  if (isDense(shape, strides)) return { info: { ...info, strides }, data };
  const span = (last + 1) * width;
  if (length > span * MAX_REPEATS) {
    throw fail(
      'unsupported',
      t('The tensor expands {0} stored bytes to {1}. Save the tensor before it is expanded.', span, length),
    );
  }
  const gathered = gathering({ shape, strides });
  return {
    info: { ...info, strides: gathered.strides },
    data: { ...data, length: span },
    gather: gathered.view,
  };
}

/**
 * A view with its negative bit set stores the values with the other sign (the imaginary part of a conjugate), and one
 * with its conjugate bit the imaginary parts, which are the odd ones.
 */
export function negatedIfMarked(
  tensor: TorchTensor,
  callee: string,
  args: readonly PickleValue[],
  fail: Fail,
): TorchTensor {
  const marks = lastEntries(args[callee.endsWith('_v3') ? 7 : 6]);
  const isNegated = marks.get('neg') === true;
  const isConjugated = marks.get('conj') === true;
  if (isConjugated && tensor.info.isComplex !== true)
    throw fail('malformed', t('The tensor has its conjugate bit set, but its elements are not complex.'));
  if (!isNegated && !isConjugated) return tensor;
  const dtype = fitsFloat32(tensor.info.dtype) ? 'float32' : 'float64';
  return {
    info: { ...tensor.info, dtype, littleEndian: true },
    data: {
      parts: [tensor],
      compose: async ([source]) =>
        mappedSource(tensor.info, source, dtype, (value, place) =>
          (isConjugated && place % 2 === 1) !== isNegated ? -value : value,
        ),
    },
  };
}

/** Returns whether the tensor covers every element of its range once, in any order. */
function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  const axes = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  axes.sort((a, b) => strides[a] - strides[b]);
  let expected = 1;
  return axes.every((axis) => {
    const fits = strides[axis] === expected;
    expected *= shape[axis];
    return fits;
  });
}
