/**
 * Times the kernel on values in memory: `kernel.mjs fast|plain` reads lines `LAYOUT [SHAPE]` and answers each with
 * nanoseconds a value of one analysis; `read` with those of looking at every value once.
 */
import { createInterface } from 'node:readline';
import { analyseRecord, type ValueStream } from '../../src/kernel/analyseRecord';
import { CHUNK_VALUES, type Lane, takeLane } from '../../src/kernel/lane';
import { layoutAxes } from '../../src/kernel/layoutAxes';
import { milliseconds } from './measure';

const NANOSECONDS = 1e6;
const READ_VALUES = 1 << 24;
const isFast = process.argv[2] === 'fast';
const data = new Map<string, Float32Array>();

for await (const line of createInterface({ input: process.stdin })) {
  const [layout, ...shape] = line.split(/[^\w]+/u).filter((word) => word !== '');
  console.log(layout === 'read' ? await timeRead() : await timeAnalysis(line, layout, shape.map(Number)));
}

async function timeAnalysis(request: string, layout: string, shape: readonly number[]): Promise<number> {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = data.get(request) ?? bellShaped(size);
  data.set(request, values);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const axes = layoutAxes(shape, strides, layout, 'memory:', '');
  const layerScope = layout === 'NLC' ? 'position' : 'example';
  const lane = isFast ? takeLane() : undefined;
  const time = await milliseconds(async () => {
    await analyseRecord(
      axes,
      streamOf(values, lane),
      { layout, epsilon: 1e-5, groups: 32, layerScope },
      false,
    );
  });
  lane?.release();
  return (time * NANOSECONDS) / size;
}

function streamOf(values: Float32Array, lane: Lane | undefined): ValueStream {
  return {
    ...(lane === undefined ? {} : { lane }),
    forEach: async (visit) => {
      for (let from = 0; from < values.length; from += CHUNK_VALUES) {
        const chunk = values.subarray(from, from + CHUNK_VALUES);
        const target = lane?.values(chunk.length);
        target?.set(chunk);
        visit(target ?? chunk, from);
      }
    },
  };
}

async function timeRead(): Promise<number> {
  const lane = takeLane();
  const address = lane?.allocate(4 * READ_VALUES);
  if (lane === undefined || address === undefined) return Number.NaN;
  const time = await milliseconds(async () => {
    lane.code.countZeros(address, READ_VALUES);
  });
  lane.release();
  return (time * NANOSECONDS) / READ_VALUES;
}

/** Sums of four uniform values: quick to make. */
function bellShaped(count: number): Float32Array {
  const uniform = () => Math.random() - 0.5;
  return Float32Array.from({ length: count }, () => 1.7 * (uniform() + uniform() + uniform() + uniform()));
}
