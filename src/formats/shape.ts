import { t } from '@vscode/l10n';
import type { DType } from '../model/catalog';
import { problemError } from '../model/problem';
import { ITEM_SIZE } from './dtype';

/** Maximum number of axes of a tensor; the limit of PyTorch and NumPy is 64. */
export const MAX_RANK = 64;

/**
 * Returns the size in bytes of a tensor with this shape. Throws `malformed` if a length is not a non-negative integer
 * or the product exceeds 2^53.
 */
export function checkedByteLength(
  shape: readonly number[],
  dtype: DType,
  path: string,
  tensor: string,
): number {
  let bytes: number = ITEM_SIZE[dtype];
  for (const length of shape) bytes *= length;
  const valid = shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!valid || shape.length > MAX_RANK || !Number.isSafeInteger(bytes)) {
    throw problemError(
      'malformed',
      path,
      t(
        'A tensor of {0} [{1}] is too large or has too many axes.',
        dtype,
        shape.slice(0, MAX_RANK).join(', '),
      ),
      tensor,
    );
  }
  return bytes;
}

/** Strides in elements, last axis fastest. */
export function cOrderStrides(shape: readonly number[]): number[] {
  return fortranOrderStrides([...shape].reverse()).reverse();
}

/** A view of stored elements, with its axes from the slowest to the fastest in storage. */
export interface StoredView {
  readonly shape: readonly number[];
  /** Distance in elements between neighbors in storage. */
  readonly strides: readonly number[];
}

/**
 * Returns the order in which to gather elements with gaps or repetitions: by storage position, so that each stretch of
 * storage is read once for any view. `strides` are those of the gathered elements, by the tensor's axes.
 */
export function gathering({ shape, strides }: StoredView): {
  readonly view: StoredView;
  readonly strides: readonly number[];
} {
  const order = [...shape.keys()].sort((a, b) => strides[b] - strides[a] || a - b);
  const view = { shape: order.map((axis) => shape[axis]), strides: order.map((axis) => strides[axis]) };
  const gathered = cOrderStrides(view.shape);
  return { view, strides: [...shape.keys()].map((axis) => gathered[order.indexOf(axis)]) };
}

/** Strides in elements, first axis fastest. */
export function fortranOrderStrides(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((length) => {
    const own = stride;
    stride *= length;
    return own;
  });
}
