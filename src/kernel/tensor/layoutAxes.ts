import { t } from '@vscode/l10n';
import type { Layout } from '../../model/catalog';
import { problemError } from '../../model/problem';
import { recentResults } from '../statistics/recentResults';

/** Which index an axis advances: the sample n, the channel c, or the position p. */
export type Role = 'n' | 'c' | 'p';

/** One axis of the tensor in memory. */
export interface MemoryAxis {
  readonly length: number;
  readonly role: Role;
  /** How far the role's index moves with one step along this axis. */
  readonly roleStride: number;
}

/** N samples × C channels × P positions. */
export interface Extent {
  readonly samples: number;
  readonly channels: number;
  /** Product of all axes that are neither N nor C; 1 for `NC`. */
  readonly positions: number;
}

/** A tensor seen through its layout, and how memory visits it. */
export interface TensorAxes extends Extent {
  /** Elements in all. */
  readonly size: number;
  /** Memory axes, slowest first; axes of length 1 are dropped, and neighbors that act as one are merged. */
  readonly memory: readonly MemoryAxis[];
}

/** In the order of the tensor's own indices. */
export interface LayoutAxes extends TensorAxes {
  /** Memory order is the order of the tensor's indices. */
  readonly cOrder: boolean;
  /** The tensor's axis of samples; -1 if there is none. */
  readonly sampleAxis: number;
  /** C-order index of the tensor (one number an axis) for an element's place in memory. */
  indexAt(place: number): number[];
}

/** Those of recent records: the records of a layer have the same ones. */
const recentAxes = recentResults<LayoutAxes>(64);

/**
 * Interprets a tensor's shape and strides (in elements) through a layout. Positions are numbered in the order of the
 * tensor's axes (H before W), whatever the memory order. Throws `layout` if the layout does not fit the shape,
 * `unsupported` if the elements are not dense.
 */
export function layoutAxes(
  shape: readonly number[],
  strides: readonly number[],
  layout: Layout,
  path: string,
  tensor: string,
): LayoutAxes {
  return recentAxes(`${layout} ${shape.join()} ${strides.join()}`, () =>
    newAxes(shape, strides, layout, path, tensor),
  );
}

function newAxes(
  shape: readonly number[],
  strides: readonly number[],
  layout: Layout,
  path: string,
  tensor: string,
): LayoutAxes {
  if (layout.length !== shape.length) {
    throw problemError(
      'layout',
      path,
      t(
        'Layout {0} has {1} axes, but the tensor has {2}: [{3}].',
        layout,
        layout.length,
        shape.length,
        shape.join(', '),
      ),
      tensor,
    );
  }
  const roles = [...layout].map((letter): Role => (letter === 'N' ? 'n' : letter === 'C' ? 'c' : 'p'));
  const extent = { n: 1, c: 1, p: 1 };
  const roleStrides = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    roleStrides[axis] = extent[roles[axis]];
    extent[roles[axis]] *= shape[axis];
  }
  const order = memoryOrder(shape, strides, path, tensor);
  const memory: MemoryAxis[] = [];
  for (const axis of order) {
    if (shape[axis] === 1) continue;
    const role = roles[axis];
    const last = memory.at(-1);
    if (last !== undefined && last.role === role && last.roleStride === roleStrides[axis] * shape[axis]) {
      memory[memory.length - 1] = { role, length: last.length * shape[axis], roleStride: roleStrides[axis] };
    } else {
      memory.push({ role, length: shape[axis], roleStride: roleStrides[axis] });
    }
  }
  return {
    samples: extent.n,
    channels: extent.c,
    positions: extent.p,
    size: extent.n * extent.c * extent.p,
    memory,
    sampleAxis: layout.indexOf('N'),
    cOrder: order.every((axis, i) => i === 0 || axis > order[i - 1]),
    indexAt: (place) => {
      const index = new Array<number>(shape.length).fill(0);
      let rest = place;
      for (let i = order.length - 1; i >= 0; i--) {
        const axis = order[i];
        index[axis] = rest % shape[axis];
        rest = (rest - index[axis]) / shape[axis];
      }
      return index;
    },
  };
}

/**
 * The samples [from, to) of a tensor, and the position in memory of the first element; undefined if they are not
 * contiguous.
 */
export function sampleRange(
  axes: LayoutAxes,
  from: number,
  to: number,
): { readonly axes: LayoutAxes; readonly start: number } | undefined {
  const [slowest, ...rest] = axes.memory;
  const perSample = axes.channels * axes.positions;
  const samples = to - from;
  if (axes.samples > 1 && (slowest?.role !== 'n' || slowest.length !== axes.samples)) return undefined;
  const start = from * perSample;
  return {
    axes: {
      ...axes,
      samples,
      size: samples * perSample,
      memory:
        axes.samples === 1 ? axes.memory : samples === 1 ? rest : [{ ...slowest, length: samples }, ...rest],
      indexAt: (place) =>
        axes.indexAt(start + place).map((index, axis) => (axis === axes.sampleAxis ? index - from : index)),
    },
    start,
  };
}

/** Axes from slowest to fastest in memory. Throws where elements overlap or leave holes. */
function memoryOrder(
  shape: readonly number[],
  strides: readonly number[],
  path: string,
  tensor: string,
): number[] {
  const order = shape.map((_, axis) => axis);
  order.sort((a, b) => strides[b] - strides[a] || a - b);
  let expected = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    const axis = order[i];
    if (shape[axis] === 1) continue;
    if (strides[axis] !== expected) {
      throw problemError(
        'unsupported',
        path,
        t(
          'The tensor is not contiguous in any order (shape [{0}], strides [{1}]), which is not supported. Save a contiguous copy.',
          shape.join(', '),
          strides.join(', '),
        ),
        tensor,
      );
    }
    expected *= shape[axis];
  }
  return order;
}

/** The axes that positions are made of, slowest first. */
export function positionAxes(
  layout: Layout,
  shape: readonly number[],
): { readonly letter: string; readonly length: number }[] {
  return [...layout].flatMap((letter, axis) =>
    letter === 'N' || letter === 'C' ? [] : [{ letter, length: shape[axis] }],
  );
}

/** Whether two tensors have the same order in memory. */
export function sameMemory(a: readonly MemoryAxis[], b: readonly MemoryAxis[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ role, length, roleStride }, i) =>
        role === b[i].role && length === b[i].length && roleStride === b[i].roleStride,
    )
  );
}
