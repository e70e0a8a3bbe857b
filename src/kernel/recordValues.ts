import { decoder } from '../formats/decode';
import { ITEM_SIZE } from '../formats/dtype';
import { bufferSource } from '../io/bufferSource';
import { type ByteSource, readBytes } from '../io/byteSource';
import { throwIfAborted } from '../protocol/abort';
import type { Layout, RecordEntry } from '../protocol/catalog';
import { problemError } from '../protocol/problem';
import type { ValueStream } from './analyseRecord';
import { type LayoutAxes, layoutAxes } from './layoutAxes';
import type { OpenFiles } from './openFiles';

/** Bytes read and decoded at a time; a multiple of every element size. */
const CHUNK_BYTES = 1 << 20;
/** A tensor up to this size is read once and kept for the second pass. */
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
  const source = bytes <= KEPT_BYTES ? await kept(tensor, bytes) : tensor;
  return {
    axes,
    stream: {
      forEach: (visit) => forEachChunk(source, bytes, decoder(info.dtype, info.littleEndian), visit, signal),
    },
    close: () => source.close(),
  };
}

async function kept(source: ByteSource, length: number): Promise<ByteSource> {
  try {
    return bufferSource(source.path, await readBytes(source, 0, length));
  } finally {
    await source.close();
  }
}

async function forEachChunk(
  source: ByteSource,
  bytes: number,
  decode: ReturnType<typeof decoder>,
  visit: Parameters<ValueStream['forEach']>[0],
  signal: AbortSignal,
): Promise<void> {
  const buffer = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
  let turnStart = performance.now();
  let from = 0;
  for (let offset = 0; offset < bytes; offset += CHUNK_BYTES) {
    throwIfAborted(signal);
    const chunk = buffer.subarray(0, Math.min(CHUNK_BYTES, bytes - offset));
    await source.read(offset, chunk);
    const values = decode(chunk);
    visit(values, from);
    from += values.length;
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
