import type { Values } from '../statistics/moments';
import relaxedCode from './assembly/index.relaxed.wasm';
import plainCode from './assembly/index.wasm';

/** The functions of src/kernel/simd/assembly; addresses are bytes in the arena's memory. */
interface Assembly {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: WebAssembly.Global<'i32'>;
  rowMoments(x: number, n: number, rows: number, table: number): void;
  columnMoments(
    x: number,
    width: number,
    rows: number,
    shift: number,
    count: number,
    sum: number,
    squares: number,
    least: number,
    greatest: number,
  ): number;
  affineMoments(
    x: number,
    width: number,
    rows: number,
    segment: number,
    maps: number,
    table: number,
    columns: number,
  ): void;
  stretchMoments(x: number, n: number, units: number, moments: number): number;
  finishColumns(sums: number, units: number, moments: number): void;
  countZeros(x: number, n: number): number;
  measureBlocks(x: number, n: number, blocks: number, target: number, rows: number, cells: number): number;
  rebinBlocks(
    blocks: number,
    rows: number,
    cells: number,
    units: number,
    channels: number,
    kept: number,
    fill: number,
    outerOnly: boolean,
  ): void;
  mergeBlocks(
    blocks: number,
    order: number,
    keys: number,
    rows: number,
    cells: number,
    offsets: number,
    units: number,
    channels: number,
    fills: number,
    methods: number,
  ): void;
  coarsen(
    source: number,
    sources: number,
    width: number,
    target: number,
    targets: number,
    nStride: number,
    units: number,
    shifts: number,
    maps: number,
    mapStride: number,
    mapped: number,
  ): void;
  mergeUnits(
    source: number,
    sources: number,
    channels: number,
    target: number,
    units: number,
    nStride: number,
    channelUnit: number,
  ): void;
  deriveMethods(
    methods: number,
    many: number,
    channels: number,
    ascending: number,
    zeros: number,
    epsilon: number,
    sample: number,
    sampled: number,
  ): void;
  batchError(moments: number, samples: number, channels: number, result: number): void;
  pairMaps(shifts: number, scales: number, n: number, target: number): void;
  orderStatistic(values: number, n: number, rank: number): number;
  rankCounts(
    ranked: number,
    counts: number,
    cells: number,
    first: number,
    below: number,
    size: number,
    count: number,
    at: number,
  ): number;
  compareRanked(
    s: number,
    t: number,
    room: number,
    binMass: number,
    shapeError: number,
    result: number,
  ): number;
  loadRecord(packed: number, at: number, limit: number): number;
  compareRecords(
    s: number,
    t: number,
    room: number,
    binMass: number,
    shapeError: number,
    results: number,
  ): void;
  recordPercentiles(record: number, percentiles: number, many: number, results: number): void;
  countBelow(record: number, x: number): number;
  medianMagnitude(record: number, greatest: number, accuracy: number, most: number): number;
  gatherWindow(window: number, size: number, counts: number): void;
  decodeFloat16(from: number, to: number, n: number): void;
  decodeBfloat16(from: number, to: number, n: number): void;
  writePlaces(fill: number, scales: number, offsets: number, factor: number): void;
  fillRuns(x: number, n: number, runs: number, offset: number, roles: number, fill: number): void;
  endFill(fill: number): void;
  walkCounts(
    cells: number,
    even: number,
    odd: number,
    packed: number,
    room: number,
    binMass: number,
    result: number,
  ): number;
  walkTables(fill: number, packed: number, room: number, binMass: number, result: number): number;
  sketchRecord(program: number): number;
  sketchLength(): number;
}

/**
 * WebAssembly SIMD with its own memory, for one record at a time: the file is read into that memory, and the hot loops
 * run on it. Views of the memory are valid until the next `allocate` or `room`.
 */
export interface WasmArena {
  readonly code: Assembly;
  /** A view of `length` float32 values that a chunk is decoded to, at most CHUNK_VALUES; there are two slots. */
  values(length: number, slot?: Slot): Float32Array<ArrayBuffer>;
  /** A view of bytes that a chunk of another type is read to. */
  bytes(length: number, slot?: Slot): Uint8Array<ArrayBuffer>;
  /** Views of allocated memory. */
  float64(address: number, length: number): Float64Array;
  float32(address: number, length: number): Float32Array;
  uint32(address: number, length: number): Uint32Array;
  int32(address: number, length: number): Int32Array;
  uint16(address: number, length: number): Uint16Array;
  uint8(address: number, length: number): Uint8Array;
  /**
   * Address of this number of zeroed bytes, 16-byte aligned, valid until the arena is cleared or released; undefined if
   * there is no room.
   */
  allocate(bytes: number): number | undefined;
  /** The same, uninitialized, for memory that is written before it is read. */
  room(bytes: number): number | undefined;
  /** Address of an element of `values`, which is a view of this arena's memory; undefined for other values. */
  addressOf(values: Values, index: number): number | undefined;
  /** Where the allocations end, for {@link clear}. */
  mark(): number;
  /** Frees all allocations, or those after a mark; the slots keep their content. */
  clear(mark?: number): void;
  release(): void;
}

/** While one chunk is computed, the next is read into the other slot. */
export type Slot = 0 | 1;

/** Of fewer values the plain loops are done sooner than an arena's tables are laid out. */
export const MIN_VALUES = 1024;
/** Values per chunk, so that a chunk and the tables it is counted into stay in a core's cache. */
export const CHUNK_VALUES = 1 << 17;
/** A chunk as bytes of at most 8 each, and as float32; decoders may write a little past the end. */
const STAGING_BYTES = 8 * CHUNK_VALUES + 64;
const VALUES_BYTES = 4 * CHUNK_VALUES + 64;
const PAGE_BYTES = 1 << 16;
/** Maximum memory for one record's tables; beyond it, the plain kernel does the work. */
const MEMORY_LIMIT = 1 << 29;
/** A released arena with more memory is not kept: WebAssembly memory never shrinks. */
const KEPT_LIMIT = 1 << 25;

/** The loops' code: with relaxed SIMD (Chrome 114, Node 21, VS Code 1.82), which adds squares in one step, and without. */
export const SIMD_CODES = { relaxed: relaxedCode, plain: plainCode } as const;

let compiled: WebAssembly.Module | false | undefined;
const idle: WasmArena[] = [];

/** An arena for one record; undefined without WebAssembly SIMD. */
export function acquireArena(): WasmArena | undefined {
  const module = compiledCode();
  return idle.pop() ?? (module === false ? undefined : createArena(module, idle));
}

function compiledCode(): WebAssembly.Module | false {
  compiled ??= compile(SIMD_CODES.relaxed) || compile(SIMD_CODES.plain);
  return compiled;
}

/** An arena that its owner keeps, with memory of its own; undefined without WebAssembly SIMD. */
export function newArena(): WasmArena | undefined {
  const module = compiledCode();
  return module === false ? undefined : createArena(module, []);
}

/** A new arena with this code; undefined if the engine lacks a feature that the code needs. */
export function arenaOf(code: Uint8Array<ArrayBuffer>): WasmArena | undefined {
  const module = compile(code);
  return module === false ? undefined : createArena(module, []);
}

/** Address of an element of a chunk, which must be in the arena. */
export function addressIn(arena: WasmArena, values: Values, index: number): number {
  const address = arena.addressOf(values, index);
  if (address === undefined) throw new Error('The values of a chunk are not in the arena.');
  return address;
}

/** False if the engine lacks its instructions, or the page's policy forbids WebAssembly. */
function compile(code: Uint8Array<ArrayBuffer>): WebAssembly.Module | false {
  try {
    return WebAssembly.validate(code) && new WebAssembly.Module(code);
  } catch {
    return false;
  }
}

/** Once released, it is among the `idle` ones. */
function createArena(module: WebAssembly.Module, idle: WasmArena[]): WasmArena {
  const { exports } = new WebAssembly.Instance(module, {});
  const assembly = exports as unknown as Assembly;
  const { memory } = assembly;
  const staging = aligned(Number(assembly.heapBase.value));
  const values = aligned(staging + 2 * STAGING_BYTES);
  const start = aligned(values + 2 * VALUES_BYTES);
  let end = start;
  reserve(memory, end);
  // The memory's own property is a call out of the engine's code.
  let buffer = memory.buffer as ArrayBuffer;
  const arena: WasmArena = {
    code: assembly,
    values: (length, slot = 0) => new Float32Array(buffer, values + slot * VALUES_BYTES, length),
    bytes: (length, slot = 0) => new Uint8Array(buffer, staging + slot * STAGING_BYTES, length),
    float64: (address, length) => new Float64Array(buffer, address, length),
    float32: (address, length) => new Float32Array(buffer, address, length),
    uint32: (address, length) => new Uint32Array(buffer, address, length),
    int32: (address, length) => new Int32Array(buffer, address, length),
    uint16: (address, length) => new Uint16Array(buffer, address, length),
    uint8: (address, length) => new Uint8Array(buffer, address, length),
    allocate: (bytes) => {
      const address = arena.room(bytes);
      if (address !== undefined) arena.uint8(address, bytes).fill(0);
      return address;
    },
    room: (bytes) => {
      const address = end;
      const next = aligned(end + bytes);
      if (next > MEMORY_LIMIT) return undefined;
      if (next > buffer.byteLength) {
        if (!reserve(memory, next)) return undefined;
        buffer = memory.buffer as ArrayBuffer;
      }
      end = next;
      return address;
    },
    addressOf: (of, index) =>
      of instanceof Float32Array && of.buffer === buffer ? of.byteOffset + 4 * index : undefined,
    mark: () => end,
    clear: (mark = start) => {
      end = mark;
    },
    release: () => {
      end = start;
      if (buffer.byteLength <= KEPT_LIMIT) idle.push(arena);
    },
  };
  return arena;
}

/** Grows the memory to `end`; false if that is impossible. */
function reserve(memory: WebAssembly.Memory, end: number): boolean {
  const pages = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
  if (pages <= 0) return true;
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
