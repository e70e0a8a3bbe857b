import { optionsFor } from '../../../src/kernel/methods/recordOptions';
import { deriveSketch } from '../../../src/kernel/record/deriveSketch';
import { measureRecord } from '../../../src/kernel/record/measureRecord';
import type { MethodSketch, RecordSketch } from '../../../src/kernel/record/recordSketch';
import { streamRecord } from '../../../src/kernel/record/streamRecord';
import type { WasmArena } from '../../../src/kernel/simd/wasmArena';
import type { Values } from '../../../src/kernel/statistics/moments';
import type { ExplicitHistogram, Sketch } from '../../../src/kernel/statistics/sketch';
import { uniformFrom } from '../../../src/kernel/statistics/uniform';
import { layoutAxes } from '../../../src/kernel/tensor/layoutAxes';
import type { ValueStream } from '../../../src/kernel/tensor/valueStream';
import { type AnalysisOptions, DEFAULT_OPTIONS } from '../../../src/model/analysis';

/** C-order strides of a shape, in elements. */
export function cStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Values in memory, handed out in chunks of `chunk` elements. */
export function streamOf(values: Values, chunk = 1000): ValueStream {
  return {
    forEach: async (visit) => {
      for (let from = 0; from < values.length; from += chunk)
        visit(values.subarray(from, from + chunk), from);
    },
  };
}

/** The same, through the memory of an arena. */
export function streamInArena(values: Float32Array, arena: WasmArena, chunk = 1000): ValueStream {
  return {
    arena,
    forEach: async (visit) => {
      for (let from = 0; from < values.length; from += chunk) {
        const part = values.subarray(from, from + chunk);
        const inArena = arena.values(part.length);
        inArena.set(part);
        visit(inArena, from);
      }
    },
  };
}

/** Analyzes values in memory under a layout, as the kernel does; with an arena, in the fast way. */
export async function analyseArray(
  values: Values,
  shape: readonly number[],
  layout: string,
  options: Partial<AnalysisOptions> = {},
  { chunk, strides = cStrides(shape), arena }: { chunk?: number; strides?: number[]; arena?: WasmArena } = {},
): Promise<RecordSketch<Sketch>> {
  const axes = layoutAxes(shape, strides, layout, 'memory:', '');
  const layer = {
    id: 0,
    name: 'x',
    fullName: 'x',
    layout,
    layoutGuessed: true,
    dtype: 'float64',
    shape,
    steps: [0],
  } as const;
  const stream =
    arena !== undefined && values instanceof Float32Array
      ? streamInArena(values, arena, chunk)
      : streamOf(values, chunk);
  const recordOptions = optionsFor(layer, shape, { ...DEFAULT_OPTIONS, ...options });
  const statistics = await measureRecord(axes, stream, recordOptions.layerScope);
  const derive = { withUnits: true, parameters: {} };
  return statistics === undefined
    ? streamRecord(axes, stream, recordOptions, derive)
    : deriveSketch(statistics, recordOptions, derive);
}

/** The sketch of a method that must be defined. */
export function defined<S extends Sketch | ExplicitHistogram>(
  record: RecordSketch<S>,
  method: keyof RecordSketch['methods'],
): MethodSketch<S> {
  const each = record.methods[method];
  if ('reason' in each) throw new Error(`${method}: ${each.reason}`);
  return each;
}

/** Standard normal values from a seed [Box & Muller 1958]. */
export function normalValues(count: number, seed = 1): Float64Array {
  const uniform = uniformFrom(seed);
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}
