import { t } from '@vscode/l10n';
import { decoder, fitsFloat32 } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { TensorInfo } from '../../formats/tensorFile';
import { tensorNamed } from '../../formats/tensorNamed';
import { tensorSlice } from '../../formats/tensorSlice';
import { widened } from '../../formats/widened';
import { bufferSource } from '../../io/bufferSource';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { chainedSource } from '../../io/chainedSource';
import type { AxisIndices, DType, Layout, RecordEntry, RecordPart } from '../../model/catalog';
import { type ProblemError, problemError } from '../../model/problem';
import { throwIfAborted } from '../../rpc/abort';
import { turns } from '../../rpc/turns';
import { acquireArena, CHUNK_VALUES, type Slot, type WasmArena } from '../simd/wasmArena';
import type { Values } from '../statistics/moments';
import { type LayoutAxes, layoutAxes, sampleRange, type TensorAxes } from './layoutAxes';
import { mergedAxes } from './mergedAxes';
import type { OpenFiles } from './openFiles';
import { chunkLength } from './traversal';
import type { ValueStream } from './valueStream';

/** A compressed tensor up to this size is read once and kept for the second pass. */
const KEPT_BYTES = 1 << 24;
export interface RecordValues {
  readonly axes: LayoutAxes;
  readonly stream: ValueStream;
  close(): Promise<void>;
}

/** Samples [from, to) of a tensor. */
export interface Samples {
  readonly from: number;
  readonly to: number;
}

/**
 * Opens one record's tensor to read it chunk by chunk: memory is bounded by the chunk, not by the tensor. Throws
 * `changed` if the file no longer matches the catalog, `layout` if the layout does not fit. The stream throws an
 * AbortError once the signal is aborted.
 */
export async function openValues(
  files: OpenFiles,
  record: RecordEntry,
  layout: Layout,
  signal: AbortSignal,
): Promise<RecordValues> {
  throwIfAborted(signal);
  return valuesOf(await openTensorOf(files, record, layout), signal);
}

/** The values of an open tensor; it is closed with them. */
export function valuesOf(opened: OpenTensor, signal: AbortSignal): Promise<RecordValues> {
  return rangeOf(opened, { axes: opened.axes, start: 0 }, signal);
}

/** Some of its samples; undefined if they are not contiguous. */
export async function openSamples(
  files: OpenFiles,
  record: RecordEntry,
  layout: Layout,
  signal: AbortSignal,
  { from, to }: Samples,
): Promise<RecordValues | undefined> {
  throwIfAborted(signal);
  const opened = await openTensorOf(files, record, layout);
  const range = sampleRange(opened.axes, from, to);
  if (range !== undefined) return rangeOf(opened, range, signal);
  await opened.tensor.close();
  return undefined;
}

async function rangeOf(
  { axes: whole, info, tensor }: OpenTensor,
  { axes, start }: { readonly axes: LayoutAxes; readonly start: number },
  signal: AbortSignal,
): Promise<RecordValues> {
  const bytes = whole.size * ITEM_SIZE[info.dtype];
  const source = tensor.isSequential === true && bytes <= KEPT_BYTES ? await kept(tensor, bytes) : tensor;
  const arena = fitsFloat32(info.dtype) ? acquireArena() : undefined;
  const chunks = chunkReader(source, info, arena);
  return {
    axes,
    stream: {
      ...(arena === undefined ? {} : { arena }),
      forEach: (visit) => forEachChunk(axes, start, chunks, visit, signal),
    },
    close: () => {
      arena?.release();
      return source.close();
    },
  };
}

/** A record's tensor, or those of all its parts as one. Throws like `openValues`; the caller closes `tensor`. */
export function openTensorOf(files: OpenFiles, record: RecordEntry, layout: Layout): Promise<OpenTensor> {
  return record.parts === undefined
    ? openPart(files, record, record, layout)
    : openParts(files, record, record.parts, layout);
}

export interface OpenTensor {
  readonly axes: LayoutAxes;
  readonly info: TensorInfo;
  readonly tensor: ByteSource;
}

/** One tensor of a record, checked against the catalog. */
async function openPart(
  files: OpenFiles,
  record: RecordEntry,
  part: RecordEntry | RecordPart,
  layout: Layout,
): Promise<OpenTensor> {
  const { file: path, tensor: name, shape, slice, stamp, dtype = record.dtype } = part;
  // A file without a stamp may be another one by now.
  const key = files.recent && stamp && JSON.stringify([path, name, slice, dtype, record.dtype, stamp]);
  const recent = key === undefined ? undefined : files.recent?.read(key, path);
  if (recent !== undefined) {
    const { info, tensor } = recent;
    return { axes: layoutAxes(info.shape, info.strides, layout, path, name), info, tensor };
  }
  const file = await files.fileOf({ file: path, dtype: record.dtype });
  const info = tensorNamed(file, name);
  if (info === undefined || info.dtype !== dtype || !isAsListed(info, shape, slice))
    throw changed(part, dtype, info);
  const tensor = await file.openTensor(name);
  try {
    const own = slice === undefined ? { info, source: tensor } : tensorSlice(info, tensor, slice);
    const axes = layoutAxes(own.info.shape, own.info.strides, layout, path, name);
    const isWide = record.dtype === 'float32' || record.dtype === 'float64';
    const read = isWide && dtype !== record.dtype ? widened(own.info, own.source, record.dtype) : own;
    const kept = key && files.recent?.keep(key, read.info, read.source);
    return { axes, info: read.info, tensor: kept || read.source };
  } catch (error) {
    await tensor.close();
    throw error;
  }
}

/** The tensor is not as it was listed: it is gone, or another one. */
function changed(
  { file, tensor, shape }: RecordEntry | RecordPart,
  dtype: RecordEntry['dtype'],
  found: TensorInfo | undefined,
): ProblemError {
  const message =
    found === undefined
      ? t('The file changed after it was listed and no longer contains this tensor. Refresh the run.')
      : t(
          'The file changed after it was listed: expected {0}, found {1}. Refresh the run.',
          `${dtype} [${shape.join(', ')}]`,
          `${found.dtype} [${found.shape.join(', ')}]`,
        );
  return problemError('changed', file, message, tensor);
}

/** Of a slice, the axes that it is at one index of may have become longer. */
function isAsListed(info: TensorInfo, shape: readonly number[], slice: AxisIndices | undefined): boolean {
  if (slice === undefined)
    return info.shape.length === shape.length && info.shape.every((length, axis) => length === shape[axis]);
  return (
    slice.length === info.shape.length &&
    slice.every((index, axis) => index === null || index < info.shape[axis]) &&
    info.shape.filter((_, axis) => slice[axis] === null).join() === shape.join()
  );
}

/** The tensors of all ranks, one after the other, as one tensor. */
async function openParts(
  files: OpenFiles,
  record: RecordEntry,
  parts: readonly RecordPart[],
  layout: Layout,
): Promise<OpenTensor> {
  const axes: LayoutAxes[] = [];
  let first: TensorInfo | undefined;
  let isSequential = false;
  for (const part of parts) {
    const opened = await openPart(files, record, part, layout);
    await opened.tensor.close();
    axes.push(opened.axes);
    first ??= opened.info;
    if (opened.info.littleEndian !== first.littleEndian) {
      const message = t(
        'The ranks cannot be merged, because they were written in different byte orders. Choose one rank.',
      );
      throw problemError('unsupported', part.file, message, part.tensor);
    }
    isSequential ||= opened.tensor.isSequential === true;
  }
  if (first === undefined) throw new Error('A record without parts.');
  const width = ITEM_SIZE[first.dtype];
  const links = parts.map((part, i) => ({
    size: axes[i].size * width,
    open: async () => (await openPart(files, record, part, layout)).tensor,
  }));
  return {
    axes: mergedAxes(axes, layout.indexOf('N'), record.file),
    info: first,
    tensor: chainedSource(record.file, links, isSequential),
  };
}

async function kept(source: ByteSource, length: number): Promise<ByteSource> {
  try {
    return bufferSource(source.path, await readBytes(source, 0, length));
  } finally {
    await source.close();
  }
}

/** Reads the values [from, from + count) of a tensor. They are valid until the next call with the same slot. */
type ChunkReader = (from: number, count: number, slot: Slot) => Promise<Values>;

/** With an arena, values end up in its memory, as float32. */
function chunkReader(
  source: ByteSource,
  { dtype, littleEndian }: TensorInfo,
  arena: WasmArena | undefined,
): ChunkReader {
  const width = ITEM_SIZE[dtype];
  if (arena === undefined) {
    const slots = [0, 1].map(() => ({
      buffer: new Uint8Array(CHUNK_VALUES * width),
      decode: decoder(dtype, littleEndian),
    }));
    return async (from, count, slot) => {
      const { buffer, decode } = slots[slot];
      const chunk = buffer.subarray(0, count * width);
      await source.read(from * width, chunk);
      return decode(chunk);
    };
  }
  if (dtype === 'float32' && littleEndian) {
    return async (from, count, slot) => {
      const values = arena.values(count, slot);
      await source.read(from * width, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return values;
    };
  }
  const decode = decoder(dtype, littleEndian);
  const decodeInArena = littleEndian ? ARENA_DECODERS[dtype] : undefined;
  return async (from, count, slot) => {
    const chunk = arena.bytes(count * width, slot);
    await source.read(from * width, chunk);
    const values = arena.values(count, slot);
    if (decodeInArena !== undefined) {
      arena.code[decodeInArena](chunk.byteOffset, values.byteOffset, count);
      return values;
    }
    decode(chunk, values);
    return values;
  };
}

const ARENA_DECODERS: Partial<Record<DType, 'decodeFloat16' | 'decodeBfloat16'>> = {
  float16: 'decodeFloat16',
  bfloat16: 'decodeBfloat16',
};

/** Reads a chunk ahead of the one that is visited. */
async function forEachChunk(
  axes: TensorAxes,
  start: number,
  chunk: ChunkReader,
  visit: Parameters<ValueStream['forEach']>[0],
  signal: AbortSignal,
): Promise<void> {
  const { size } = axes;
  const step = chunkLength(axes);
  const turn = turns();
  const read = (from: number, slot: Slot) => {
    const values = chunk(start + from, Math.min(step, size - from), slot);
    // The promise is awaited later; without this, its rejection would be unhandled if the visit throws first.
    values.catch(() => {});
    return values;
  };
  let slot: Slot = 0;
  let next = size > 0 ? read(0, slot) : undefined;
  try {
    for (let from = 0; next !== undefined; from += step) {
      throwIfAborted(signal);
      const values = await next;
      slot = slot === 0 ? 1 : 0;
      next = from + step < size ? read(from + step, slot) : undefined;
      visit(values, from);
      await turn();
    }
  } finally {
    // The memory that a read fills must not be given to another record before it ends.
    await next?.catch(() => {});
  }
}
