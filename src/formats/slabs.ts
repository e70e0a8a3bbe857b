import type { ByteSource } from '../io/byteSource';
import { sequentialSource } from '../io/sequentialSource';
import { elementCount } from '../model/elementCount';

/** Maximum decompressed bytes of a chunked tensor to hold at the same time. */
export const SLAB_BYTES = 32 * 2 ** 20;

/** A part of a tensor: `count[a]` indices of axis a, starting at `start[a]`. */
export interface Box {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** The order in which to read a chunked tensor, and the pieces. */
export interface SlabPlan {
  /** Axes, slowest first; the stored order is that of these axes. */
  readonly order: readonly number[];
  /** Distance in elements between neighbors along each axis of the tensor. */
  readonly strides: readonly number[];
  /**
   * A slab has one index of each of these axes of `order`, up to `rows` indices of the next one, and all indices of the
   * others.
   */
  readonly depth: number;
  readonly rows: number;
  /** Number of times a chunk is decompressed in one pass; 1 unless its slab would exceed {@link SLAB_BYTES}. */
  readonly passes: number;
}

/**
 * Plans how to read a chunked tensor so that each chunk is decompressed as few times as memory allows. A slab consists
 * of all chunks with the same position along the slowest axis. If that is too large, as with chunks that span the first
 * axis, another axis becomes the slowest; tensors may have any dense order. If no axis works, a slab is a part of a
 * chunk's rows, and each chunk is decompressed `passes` times.
 */
export function planSlabs(
  shape: readonly number[],
  chunks: readonly number[],
  itemSize: number,
  budget = SLAB_BYTES,
): SlabPlan {
  let best = planFor(
    shape,
    chunks,
    itemSize,
    budget,
    shape.map((_, axis) => axis),
  );
  for (let slowest = 1; slowest < shape.length && best.passes > 1; slowest++) {
    const order = [slowest, ...shape.keys()].filter((axis, i) => i === 0 || axis !== slowest);
    const plan = planFor(shape, chunks, itemSize, budget, order);
    if (plan.passes < best.passes) best = plan;
  }
  return best;
}

function planFor(
  shape: readonly number[],
  chunks: readonly number[],
  itemSize: number,
  budget: number,
  order: readonly number[],
): SlabPlan {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (const axis of [...order].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  let depth = 0;
  let passes = 1;
  while (depth < order.length - 1 && strides[order[depth]] * itemSize > budget) {
    passes *= Math.min(chunks[order[depth]], shape[order[depth]]);
    depth++;
  }
  const axis = order[depth] ?? 0;
  const chunk = order.length === 0 ? 1 : Math.min(chunks[axis], shape[axis]);
  const fitting = order.length === 0 ? 1 : Math.max(1, Math.floor(budget / (strides[axis] * itemSize)));
  // Compute workers divide a tensor by slabs. Small rows of chunks get fewer workers, so that no worker waits long for
  // another.
  const rows = fitting >= chunk ? Math.max(1, Math.floor(fitting / 2 / chunk)) * chunk : fitting;
  return { order, strides, depth, rows, passes: passes * Math.ceil(chunk / rows) };
}

/**
 * Returns the part of a plan for the tensor's info: the tensor can be read from any multiple of `unpackedRows`, unless
 * that would unpack chunks more than once.
 */
export function sequential({ order, depth, rows, passes }: SlabPlan): {
  readonly isSequential: true;
  readonly unpackedRows?: number;
} {
  if (order[0] !== 0 || passes > 1) return { isSequential: true };
  return { isSequential: true, unpackedRows: depth === 0 ? rows : 1 };
}

/**
 * The bytes of a tensor in the order of a plan, read slab by slab; the last slab is kept. `readBox` returns a box of
 * the tensor in C order. Reads wait for each other.
 */
export function slabSource(
  path: string,
  shape: readonly number[],
  itemSize: number,
  plan: SlabPlan,
  readBox: (box: Box) => Promise<Uint8Array>,
): ByteSource {
  const size = itemSize * elementCount(shape);
  const axis = plan.order[plan.depth];
  const rowBytes = axis === undefined ? itemSize : plan.strides[axis] * itemSize;
  /** Slabs of one index of the preceding axes; the last one may be shorter. */
  const blockBytes = axis === undefined ? itemSize : rowBytes * shape[axis];
  let kept: { readonly from: number; readonly bytes: Uint8Array } | undefined;

  const boxAt = (block: number, first: number, rows: number): Box => {
    const start = shape.map(() => 0);
    const count = [...shape];
    let rest = block;
    for (let i = plan.depth - 1; i >= 0; i--) {
      const each = plan.order[i];
      start[each] = rest % shape[each];
      count[each] = 1;
      rest = Math.floor(rest / shape[each]);
    }
    if (axis !== undefined) {
      start[axis] = first;
      count[axis] = rows;
    }
    return { start, count };
  };

  const slabWith = async (offset: number): Promise<{ from: number; bytes: Uint8Array }> => {
    if (kept !== undefined && offset >= kept.from && offset < kept.from + kept.bytes.length) return kept;
    const block = Math.floor(offset / blockBytes);
    const row = Math.floor((offset - block * blockBytes) / rowBytes);
    const first = row - (row % plan.rows);
    const rows = axis === undefined ? 1 : Math.min(plan.rows, shape[axis] - first);
    const box = boxAt(block, first, rows);
    kept = undefined;
    const bytes = inOrder(await readBox(box), box.count, plan.order, itemSize);
    kept = { from: block * blockBytes + first * rowBytes, bytes };
    return kept;
  };

  return sequentialSource(path, size, {
    read: async (offset, target) => {
      let filled = 0;
      while (filled < target.length) {
        const { from, bytes } = await slabWith(offset + filled);
        const start = offset + filled - from;
        const piece = bytes.subarray(start, start + target.length - filled);
        target.set(piece, filled);
        filled += piece.length;
      }
    },
    drop: () => {
      kept = undefined;
    },
  });
}

/** Returns a box in C order with its axes in another order. */
function inOrder(
  bytes: Uint8Array,
  count: readonly number[],
  order: readonly number[],
  itemSize: number,
): Uint8Array {
  const [slowest] = order;
  if (slowest === undefined || slowest === 0) return bytes;
  // Only one axis moves to the front; the axes after it stay contiguous.
  const inner = itemSize * elementCount(count.slice(slowest + 1));
  const outer = elementCount(count.slice(0, slowest));
  const rows = count[slowest];
  if (rows === 1 || outer === 1) return bytes;
  const moved = new Uint8Array(bytes.length);
  for (let row = 0; row < rows; row++) {
    for (let each = 0; each < outer; each++) {
      const from = (each * rows + row) * inner;
      moved.set(bytes.subarray(from, from + inner), (row * outer + each) * inner);
    }
  }
  return moved;
}
