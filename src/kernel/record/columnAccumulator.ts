import { type Partition, unitAt } from '../methods/partition';
import { ArenaMoments, momentsBytes } from '../simd/arenaMoments';
import { addressIn, type WasmArena } from '../simd/wasmArena';
import type { Values } from '../statistics/moments';
import type { TensorAxes } from '../tensor/layoutAxes';
import { forEachRun, innerAxis } from '../tensor/traversal';
import type { Accumulator } from './accumulator';
import type { ElementCounter } from './elementCounts';

/** For neighbors in neighboring units: adds whole rows together. Returns undefined if the arena has no room. */
export function columnAccumulator(
  axes: TensorAxes,
  partition: Partition,
  arena: WasmArena,
  counter: ElementCounter | undefined,
): Accumulator | undefined {
  const { units } = partition;
  const width = innerAxis(axes).length;
  const table = arena.allocate(40 * units);
  const at = arena.room(momentsBytes(units));
  if (table === undefined || at === undefined) return undefined;
  const [shiftAt, countAt, sumAt, squaresAt] = [0, 8, 16, 24].map((bytes) => table + bytes * units);
  const [minAt, maxAt] = [table + 32 * units, table + 36 * units];
  arena.float32(minAt, units).fill(Number.POSITIVE_INFINITY);
  arena.float32(maxAt, units).fill(Number.NEGATIVE_INFINITY);

  /** Adds consecutive rows of `length` values, for units starting at `unit`. */
  const addRows = (
    values: Values,
    from: number,
    start: number,
    length: number,
    rows: number,
    unit: number,
  ) => {
    const address = addressIn(arena, values, start);
    const [wide, narrow] = [8 * unit, 4 * unit];
    const met = arena.code.columnMoments(
      address,
      length,
      rows,
      shiftAt + wide,
      countAt + wide,
      sumAt + wide,
      squaresAt + wide,
      minAt + narrow,
      maxAt + narrow,
    );
    if (met > 0) counter?.add(values.subarray(start, start + rows * length), from + start);
  };
  const together = rowsTogether(axes, partition);
  return {
    add: (values, from) => {
      const { length } = innerAxis(together);
      if (length > width && from % length === 0 && values.length % length === 0) {
        forEachRun(together, from, from + values.length, (start, _length, _offset, n, c, p) =>
          addRows(values, from, start, width, length / width, unitAt(partition, n, c, p)),
        );
        return;
      }
      let first = 0;
      let rows = 0;
      let unit = -1;
      const addWhole = () => {
        if (rows > 0) addRows(values, from, first, width, rows, unit);
        rows = 0;
      };
      forEachRun(axes, from, from + values.length, (start, length, offset, n, c, p) => {
        const base = unitAt(partition, n, c, p);
        if (base !== unit || length < width) addWhole();
        if (length < width) {
          addRows(values, from, start, length, 1, base + offset);
          return;
        }
        if (rows === 0) first = start;
        unit = base;
        rows++;
      });
      addWhole();
    },
    finish: () => {
      arena.code.finishColumns(table, units, at);
      return new ArenaMoments(arena, at, units);
    },
  };
}

/** The axes with neighboring rows that have the same units as one run, of their length together. */
export function rowsTogether(axes: TensorAxes, { nStride, pStride }: Partition): TensorAxes {
  const [outer, inner] = [axes.memory.at(-2), innerAxis(axes)];
  const isSame =
    outer !== undefined && (outer.role === 'n' ? nStride === 0 : outer.role === 'p' && pStride === 0);
  if (!isSame) return axes;
  const run = { ...inner, length: inner.length * outer.length };
  return { ...axes, memory: [...axes.memory.slice(0, -2), run] };
}
