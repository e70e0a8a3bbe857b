/**
 * Times the kernel on a tensor in memory, in a process of its own: the engine optimizes a loop for what it has seen.
 * `kernel.mjs fast|plain` reads requests, a line of JSON each, and answers each with nanoseconds a value.
 */
import { createInterface } from 'node:readline';
import { bufferSource } from '../../src/io/bufferSource';
import type { FileSystem } from '../../src/io/fileSystem';
import { finePartitions } from '../../src/kernel/methods/methodPlan';
import { optionsFor } from '../../src/kernel/methods/recordOptions';
import { computeSketch } from '../../src/kernel/record/computeSketch';
import { momentsPass } from '../../src/kernel/record/momentsPass';
import { releaseStatistics } from '../../src/kernel/record/sufficientStatistics';
import { acquireArena } from '../../src/kernel/simd/wasmArena';
import { releaseBuffer } from '../../src/kernel/statistics/bufferPool';
import { MOMENT_COLUMNS } from '../../src/kernel/statistics/moments';
import { layoutAxes } from '../../src/kernel/tensor/layoutAxes';
import { openFiles } from '../../src/kernel/tensor/openFiles';
import { chunkLength } from '../../src/kernel/tensor/traversal';
import { DEFAULT_OPTIONS } from '../../src/model/analysis';
import type { DType, LayerEntry, RecordEntry } from '../../src/model/catalog';
import { setRelaxedSimd } from '../relaxedSimd';
import { bytesOf, type Kind, sizeOf, valuesOf } from './data';
import { milliseconds } from './measure';

setRelaxedSimd(true);

export interface KernelRequest {
  /** `statistics`: moments and counts alone; `read`: every byte of as much memory looked at once. */
  readonly what: 'sketch' | 'statistics' | 'read';
  readonly layout: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly kind: Kind;
}

const NANOSECONDS = 1e6;
/** Bytes that no cache holds. */
const BEYOND_CACHES = 420e6;
const ROUNDS = 5;
/** What the loops have beside the values, at the most. */
const TABLES_BYTES = 1 << 20;
const DTYPE_NAMES: Partial<Record<DType, string>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };
const files = new Map<string, Uint8Array<ArrayBuffer>>();
let unfound: Buffer | undefined;
let drawn: { readonly key: string; readonly values: Float32Array } | undefined;

// The plain loops are what runs where there is no WebAssembly.
if (process.argv[2] === 'plain') Object.assign(globalThis, { WebAssembly: undefined });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as KernelRequest;
  const time = request.what === 'sketch' ? await timeSketch(request) : await timeInArena(request);
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
    const recordOptions = optionsFor(layer, shape, DEFAULT_OPTIONS);
    const { statistics } = await computeSketch(open, record, recordOptions, {}, signal);
    // As in a run: the next record takes the memory of one that is not looked at any more.
    if (statistics !== undefined) releaseStatistics(statistics);
  });
}

/**
 * On values that lie in the kernel's own memory, so that nothing but the loops is measured: the tensor again and again, one
 * after the other, until together they are larger than any cache; each is looked at once. The memory read is the C library's
 * search for a byte that is not there, which looks at every one.
 */
async function timeInArena({ what, layout, shape, kind }: KernelRequest): Promise<number> {
  const size = sizeOf(shape);
  const tensors = Math.max(1, Math.floor(BEYOND_CACHES / (4 * size)));
  if (what === 'read') {
    unfound ??= Buffer.alloc(BEYOND_CACHES, 1);
    const looked = unfound.subarray(0, 4 * size * tensors);
    return (await best(async () => void looked.indexOf(0))) / tensors;
  }
  const arena = acquireArena();
  const tables = arena?.allocate(TABLES_BYTES);
  const address = arena?.allocate(4 * size * tensors);
  if (arena === undefined || tables === undefined || address === undefined) return Number.NaN;
  const values = arena.float32(address, size * tensors);
  const key = `${kind} ${size}`;
  if (drawn?.key !== key) drawn = { key, values: valuesOf(kind, size) };
  for (let at = 0; at < values.length; at += size) values.set(drawn.values, at);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const axes = layoutAxes(shape, strides, layout, 'memory:', '');
  const step = chunkLength(axes);
  const layerScope = layout === 'NLC' ? 'position' : 'example';
  const partitions = finePartitions(axes, { groups: 32, layerScope });
  const time = await best(async () => {
    for (let tensor = 0; tensor < tensors; tensor++) {
      const pass = momentsPass(axes, partitions, arena);
      for (let from = 0; from < size; from += step) {
        const at = address + 4 * (tensor * size + from);
        pass.add(arena.float32(at, Math.min(step, size - from)), from);
      }
      // As in a run: the next record takes the memory of one that is not looked at any more.
      const columns = [...pass.finish().moments.values()].flatMap((each) =>
        MOMENT_COLUMNS.map((column) => each[column]),
      );
      // Adjacent columns share a buffer, which must not be released twice.
      for (const buffer of new Set(columns.map((column) => column.buffer))) releaseBuffer(buffer);
      // The next tables lie where these did, below the values.
      arena.clear();
    }
  });
  arena.release();
  return time / tensors;
}

/** Milliseconds of processor time in the best of a few rounds: the values were just written, and the first one pays for that. */
async function best(run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
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
