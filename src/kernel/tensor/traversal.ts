import { CHUNK_VALUES } from '../simd/wasmArena';
import type { Values } from '../statistics/moments';
import type { MemoryAxis, TensorAxes } from './layoutAxes';

/**
 * A stretch of memory along the fastest axis: `length` elements from `start` (position in the chunk's values).
 * The first is `offset` steps along the fastest axis from sample n, channel c, position p.
 */
export type VisitRun = (
  start: number,
  length: number,
  offset: number,
  n: number,
  c: number,
  p: number,
) => void;

/** The axis that is fastest in memory; a tensor of one element counts as one position. */
export function innerAxis(axes: TensorAxes): MemoryAxis {
  return axes.memory.at(-1) ?? { role: 'p', roleStride: 1, length: 1 };
}

/** Whole runs of the fastest axis, so that the loops seldom have to put one together from two chunks. */
export function chunkLength(axes: TensorAxes): number {
  const { length } = innerAxis(axes);
  return length > CHUNK_VALUES ? CHUNK_VALUES : CHUNK_VALUES - (CHUNK_VALUES % length);
}

/**
 * Splits the elements [from, to) of memory into runs along the fastest axis and visits them in order.
 * Constant memory; any layout and memory order, without a transpose.
 */
export function forEachRun(axes: TensorAxes, from: number, to: number, visit: VisitRun): void {
  const inner = innerAxis(axes);
  let offset = from % inner.length;
  const { at, advance } = originOf(axes, (from - offset) / inner.length, 0);
  for (let place = from; place < to; ) {
    const length = Math.min(inner.length - offset, to - place);
    visit(place - from, length, offset, at[0], at[1], at[2]);
    place += length;
    offset = 0;
    advance();
  }
}

/** Writes sample, channel and position of the origin of each run from number `run` on; samples begin at `firstSample`. */
export function writeOrigins(axes: TensorAxes, run: number, firstSample: number, target: Int32Array): void {
  const { at, advance } = originOf(axes, run, firstSample);
  for (let k = 0; k < target.length; k += 3) {
    target[k] = at[0];
    target[k + 1] = at[1];
    target[k + 2] = at[2];
    advance();
  }
}

const COLUMNS = { n: 0, c: 1, p: 2 } as const;

/** Sample, channel, and position of the origin of a run, and then of the next. */
function originOf(
  axes: TensorAxes,
  run: number,
  firstSample: number,
): { readonly at: readonly number[]; advance(): void } {
  const outer = axes.memory.slice(0, -1);
  const lengths = outer.map(({ length }) => length);
  const columns = outer.map(({ role }) => COLUMNS[role]);
  const strides = outer.map(({ roleStride }) => roleStride);
  const coordinates = new Array<number>(outer.length).fill(0);
  const at = [firstSample, 0, 0];
  let rest = run;
  for (let i = outer.length - 1; i >= 0; i--) {
    coordinates[i] = rest % lengths[i];
    at[columns[i]] += coordinates[i] * strides[i];
    rest = (rest - coordinates[i]) / lengths[i];
  }
  return {
    at,
    advance: () => {
      for (let i = outer.length - 1; i >= 0; i--) {
        at[columns[i]] += strides[i];
        if (++coordinates[i] < lengths[i]) break;
        at[columns[i]] -= coordinates[i] * strides[i];
        coordinates[i] = 0;
      }
    },
  };
}

/**
 * Splits a run that starts `offset` steps along the fastest axis at every multiple of `segment`: visits the position in
 * the run, the length and the number of each piece.
 */
export function forEachSegment(
  segment: number,
  offset: number,
  length: number,
  visit: (at: number, length: number, index: number) => void,
): void {
  for (let at = 0; at < length; ) {
    const index = Math.floor((offset + at) / segment);
    const many = Math.min((index + 1) * segment - offset - at, length - at);
    visit(at, many, index);
    at += many;
  }
}

/**
 * Visits elements of a chunk with their sample, channel, and position. Skips stretches that lie in one sample and one channel
 * at most for which `isWanted` is false; of other stretches, it visits all elements.
 */
export function forEachElement(
  axes: TensorAxes,
  values: Values,
  from: number,
  isWanted: (n: number, c: number) => boolean,
  visit: (x: number, n: number, c: number, p: number) => void,
): void {
  const { role, roleStride } = innerAxis(axes);
  forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
    if (role === 'p' && !isWanted(n, c)) return;
    for (let i = 0; i < length; i++) {
      const at = (offset + i) * roleStride;
      visit(
        values[start + i],
        role === 'n' ? n + at : n,
        role === 'c' ? c + at : c,
        role === 'p' ? p + at : p,
      );
    }
  });
}
