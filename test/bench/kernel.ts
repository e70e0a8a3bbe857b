/**
 * Times the kernel on a tensor in memory, in a process of its own: the engine optimizes a loop for what it has seen.
 * `kernel.mjs fast|plain` reads requests, a line of JSON each, and answers each with nanoseconds a value.
 */
import { createInterface } from 'node:readline';
import { bufferSource } from '../../src/io/bufferSource';
import type { FileSystem } from '../../src/io/fileSystem';
import { accumulator } from '../../src/kernel/accumulate';
import { computeSketch } from '../../src/kernel/computeSketch';
import { elementCounter } from '../../src/kernel/elementCounts';
import { knobsFor } from '../../src/kernel/knobs';
import { CHUNK_VALUES, takeLane } from '../../src/kernel/lane';
import { layoutAxes } from '../../src/kernel/layoutAxes';
import { finePartitions } from '../../src/kernel/methods';
import { openFiles } from '../../src/kernel/openFiles';
import { DEFAULT_OPTIONS } from '../../src/protocol/analysis';
import type { DType, LayerEntry, RecordEntry } from '../../src/protocol/catalog';
import { bytesOf, type Kind, sizeOf, valuesOf } from './data';
import { milliseconds } from './measure';

export interface KernelRequest {
  /** `statistics`: moments and counts alone; `read`: every value looked at once, to count the zeros. */
  readonly what: 'sketch' | 'statistics' | 'read';
  readonly layout: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly kind: Kind;
}

const NANOSECONDS = 1e6;
const DTYPE_NAMES: Partial<Record<DType, string>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };
const files = new Map<string, Uint8Array<ArrayBuffer>>();

// The plain loops are what runs where there is no WebAssembly.
if (process.argv[2] === 'plain') Object.assign(globalThis, { WebAssembly: undefined });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as KernelRequest;
  const time = request.what === 'sketch' ? await timeSketch(request) : await timeInLane(request);
  console.log((time * NANOSECONDS) / sizeOf(request.shape));
}

/** Every method's statistics and distributions, from the bytes of a safetensors file in memory. */
async function timeSketch(request: KernelRequest): Promise<number> {
  const { layout, shape, dtype } = request;
  const uri = `memory:///${JSON.stringify(request)}.safetensors`;
  const bytes = files.get(uri) ?? safetensors(request);
  if (!files.has(uri)) {
    // One tensor at a time: memory is not what is measured.
    files.clear();
    files.set(uri, bytes);
  }
  const layer: LayerEntry = {
    id: 0,
    name: 'x',
    fullName: 'x',
    layout,
    layoutGuessed: false,
    dtype,
    shape,
    steps: [0],
  };
  const record: RecordEntry = { id: 0, layer: 0, step: 0, variant: 0, shape, dtype, file: uri, tensor: 'x' };
  const signal = new AbortController().signal;
  return milliseconds(async () => {
    const open = openFiles({ open: async () => bufferSource(uri, bytes) } as unknown as FileSystem);
    await computeSketch(open, record, knobsFor(layer, shape, DEFAULT_OPTIONS), {}, signal);
  });
}

/** On values that lie in the kernel's own memory, so that nothing but the loops is measured. */
async function timeInLane({ what, layout, shape, kind }: KernelRequest): Promise<number> {
  const size = sizeOf(shape);
  const lane = takeLane();
  const address = lane?.allocate(4 * size);
  if (lane === undefined || address === undefined) return Number.NaN;
  lane.float32(address, size).set(valuesOf(kind, size));
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const axes = layoutAxes(shape, strides, layout, 'memory:', '');
  const layerScope = layout === 'NLC' ? 'position' : 'example';
  const run = async () => {
    if (what === 'read') {
      lane.code.countZeros(address, size);
      return;
    }
    const counter = elementCounter(axes, lane);
    const accumulators = [...finePartitions(axes, { groups: 32, layerScope }).values()].map((partition) =>
      accumulator(axes, partition, lane),
    );
    for (let from = 0; from < size; from += CHUNK_VALUES) {
      const chunk = lane.float32(address + 4 * from, Math.min(CHUNK_VALUES, size - from));
      counter.add(chunk, from);
      for (const each of accumulators) each.add(chunk, from);
    }
    for (const each of accumulators) each.finish();
  };
  // The best of a few: the values were just written, and the first round pays for that.
  const times: number[] = [];
  for (let i = 0; i < 3; i++) times.push(await milliseconds(run));
  lane.release();
  return Math.min(...times);
}

function safetensors({ shape, dtype, kind }: KernelRequest): Uint8Array<ArrayBuffer> {
  const data = bytesOf(valuesOf(kind, sizeOf(shape)), dtype);
  const entry = { dtype: DTYPE_NAMES[dtype], shape, data_offsets: [0, data.length] };
  const text = JSON.stringify({ x: entry });
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}
