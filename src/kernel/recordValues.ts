import { decoder, fitsFloat32 } from '../formats/decode';
import { ITEM_SIZE } from '../formats/dtype';
import type { TensorInfo } from '../formats/tensorFile';
import { bufferSource } from '../io/bufferSource';
import { type ByteSource, readBytes } from '../io/byteSource';
import { throwIfAborted } from '../protocol/abort';
import type { DType, Layout, RecordEntry } from '../protocol/catalog';
import { problemError } from '../protocol/problem';
import type { ValueStream } from './analyseRecord';
import { CHUNK_VALUES, type Lane, takeLane } from './lane';
import { type LayoutAxes, layoutAxes } from './layoutAxes';
import type { Values } from './moments';
import type { OpenFiles } from './openFiles';

/** A compressed tensor up to this size is read once and kept for the second pass. */
const KEPT_BYTES = 1 << 24;
/** Milliseconds of work after which waiting messages, such as a cancellation, get their turn. */
const TURN = 25;

export interface RecordValues {
  readonly axes: LayoutAxes;
  readonly stream: ValueStream;
  close(): Promise<void>;
}

/**
 * Opens one record's tensor to be read chunk by chunk: memory is bounded by the chunk, not by the tensor.
 * Throws `changed` where the file no longer holds what the catalog was made from, `layout` where the layout does
 * not fit. The stream throws an AbortError once the signal is aborted.
 */
export async function openValues(
  files: OpenFiles,
  record: RecordEntry,
  layout: Layout,
  signal: AbortSignal,
): Promise<RecordValues> {
  throwIfAborted(signal);
  const file = await files.fileOf(record);
  const info = file.tensors.find(({ name }) => name === record.tensor);
  if (info === undefined || info.dtype !== record.dtype || info.shape.join() !== record.shape.join()) {
    throw problemError(
      'changed',
      record.file,
      `The file has changed since it was listed: expected ${record.dtype} [${record.shape.join(', ')}], found ${
        info === undefined ? 'no such tensor' : `${info.dtype} [${info.shape.join(', ')}]`
      }. Open the run again.`,
      record.tensor,
    );
  }
  const axes = layoutAxes(info.shape, info.strides, layout, record.file, record.tensor);
  const bytes = axes.size * ITEM_SIZE[info.dtype];
  const tensor = await file.openTensor(record.tensor);
  const source = tensor.isSequential === true && bytes <= KEPT_BYTES ? await kept(tensor, bytes) : tensor;
  const lane = fitsFloat32(info.dtype) ? takeLane() : undefined;
  const chunks = chunkReader(source, info, lane);
  return {
    axes,
    stream: {
      ...(lane === undefined ? {} : { lane }),
      forEach: (visit) => forEachChunk(axes.size, chunks, visit, signal),
    },
    close: () => {
      lane?.release();
      return source.close();
    },
  };
}

async function kept(source: ByteSource, length: number): Promise<ByteSource> {
  try {
    return bufferSource(source.path, await readBytes(source, 0, length));
  } finally {
    await source.close();
  }
}

/** Reads the values [from, from + count) of a tensor. They are good until the next call. */
type ChunkReader = (from: number, count: number) => Promise<Values>;

/** With a lane, values end up in its memory, as float32. */
function chunkReader(
  source: ByteSource,
  { dtype, littleEndian }: TensorInfo,
  lane: Lane | undefined,
): ChunkReader {
  const width = ITEM_SIZE[dtype];
  const decode = decoder(dtype, littleEndian);
  if (lane === undefined) {
    const buffer = new Uint8Array(CHUNK_VALUES * width);
    return async (from, count) => {
      const chunk = buffer.subarray(0, count * width);
      await source.read(from * width, chunk);
      return decode(chunk);
    };
  }
  if (dtype === 'float32' && littleEndian) {
    return async (from, count) => {
      const values = lane.values(count);
      await source.read(from * width, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return values;
    };
  }
  const decodeInLane = littleEndian ? LANE_DECODERS[dtype] : undefined;
  return async (from, count) => {
    const chunk = lane.bytes(count * width);
    await source.read(from * width, chunk);
    const values = lane.values(count);
    if (decodeInLane !== undefined) {
      lane.code[decodeInLane](chunk.byteOffset, values.byteOffset, count);
      return values;
    }
    values.set(decode(chunk));
    return values;
  };
}

const LANE_DECODERS: Partial<Record<DType, 'decodeFloat16' | 'decodeBfloat16'>> = {
  float16: 'decodeFloat16',
  bfloat16: 'decodeBfloat16',
};

async function forEachChunk(
  size: number,
  chunk: ChunkReader,
  visit: Parameters<ValueStream['forEach']>[0],
  signal: AbortSignal,
): Promise<void> {
  let turnStart = performance.now();
  for (let from = 0; from < size; from += CHUNK_VALUES) {
    throwIfAborted(signal);
    visit(await chunk(from, Math.min(CHUNK_VALUES, size - from)), from);
    if (performance.now() - turnStart > TURN) {
      await nextTurn();
      turnStart = performance.now();
    }
  }
}

/** Lets the event loop deliver messages: they are tasks, and awaiting settled promises alone never gets to them. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
