import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { chainedSource } from '../../io/chainedSource';
import { containedFiles } from '../../io/containedFiles';
import type { FileSystem } from '../../io/fileSystem';
import { sliceSource } from '../../io/sliceSource';
import { stridedSource } from '../../io/stridedSource';
import { childUri } from '../../io/uri';
import { elementCount } from '../../model/elementCount';
import { ProblemError, problemError } from '../../model/problem';
import { ITEM_SIZE } from '../dtype';
import { cOrderStrides } from '../shape';
import { type Box, planSlabs, type SlabPlan, sequential, slabSource } from '../slabs';
import type { TensorFile } from '../tensorFile';
import { openTorch, plainValue } from '../torch/torch';
import {
  type CheckpointMetadata,
  readCheckpointMetadata,
  type Shard,
  type ShardedTensor,
  unreadable,
} from './checkpointMetadata';

export const CHECKPOINT_METADATA = '.metadata';
const MAX_METADATA = 256 * 2 ** 20;

/**
 * A folder written by `torch.distributed.checkpoint.save`: each tensor is assembled from its shards, which are
 * `torch.save` files inside `.distcp` files. Reads only files in the folder.
 */
export async function openDistributedCheckpoint(files: FileSystem, uri: string): Promise<TensorFile> {
  const fileSystem = containedFiles(files, uri);
  const { tensors, others, problems } = readCheckpointMetadata(await readMetadata(fileSystem, uri), uri);
  const metadata = await readOthers(fileSystem, uri, others);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const opened = new Set<ByteSource>();
  let closed = false;
  return {
    path: uri,
    format: 'distcp',
    tensors: tensors.map(({ name, dtype, shape, shards }) => {
      const plan = planOf({ name, dtype, shape, shards });
      return {
        name,
        dtype,
        littleEndian: true,
        shape,
        ...(plan === undefined
          ? { strides: cOrderStrides(shape) }
          : { strides: plan.strides, ...sequential(plan) }),
      };
    }),
    metadata,
    problems,
    openTensor: async (name) => {
      const tensor = byName.get(name);
      if (tensor === undefined)
        throw problemError('not-found', uri, t('The checkpoint has no tensor with this name.'), name);
      if (closed)
        throw problemError('internal', uri, t('The checkpoint was read after it was closed.'), name);
      const source = tensorSource(fileSystem, uri, tensor);
      opened.add(source);
      return source;
    },
    close: async () => {
      closed = true;
      for (const source of opened) await source.close();
    },
  };
}

async function readMetadata(fileSystem: FileSystem, uri: string): Promise<Uint8Array> {
  const source = await named(() => fileSystem.open(childUri(uri, CHECKPOINT_METADATA)), uri);
  try {
    if (source.size > MAX_METADATA) throw unreadable(uri);
    return await named(() => readBytes(source, 0, source.size), uri);
  } finally {
    await source.close();
  }
}

/** Maximum number of values other than tensors to read, and maximum bytes of each. */
const MAX_OTHERS = 64;
const MAX_OTHER_BYTES = 1 << 16;

/**
 * Reads plain values, such as the step, as texts. Ignores values that cannot be read, because they belong to the
 * training.
 */
async function readOthers(
  fileSystem: FileSystem,
  uri: string,
  others: CheckpointMetadata['others'],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const short = others.filter(({ length }) => length <= MAX_OTHER_BYTES);
  for (const { name, file, start, length } of short.slice(0, MAX_OTHERS)) {
    try {
      const source = await fileSystem.open(childUri(uri, file));
      try {
        const text = await plainValue(sliceSource(source, start, length));
        if (text !== undefined) texts.set(name, text);
      } finally {
        await source.close();
      }
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
    }
  }
  return texts;
}

/** Returns the plan for reading shards along axes other than the first together; undefined if they are contiguous. */
function planOf({ dtype, shape, shards }: ShardedTensor): SlabPlan | undefined {
  if (shards.every(({ sizes }) => sizes.slice(1).join() === shape.slice(1).join())) return undefined;
  const chunks = shape.map((_, axis) => Math.max(1, ...shards.map(({ sizes }) => sizes[axis])));
  return planSlabs(shape, chunks, ITEM_SIZE[dtype]);
}

function tensorSource(fileSystem: FileSystem, uri: string, tensor: ShardedTensor): ByteSource {
  const width = ITEM_SIZE[tensor.dtype];
  const plan = planOf(tensor);
  if (plan === undefined) {
    const inOrder = [...tensor.shards].sort((a, b) => (a.offsets[0] ?? 0) - (b.offsets[0] ?? 0));
    const links = inOrder.map((shard) => ({
      size: width * elementCount(shard.sizes),
      open: () => openShard(fileSystem, uri, tensor, shard),
    }));
    return chainedSource(uri, links, false);
  }
  return slabSource(uri, tensor.shape, width, plan, async (box) => {
    const bytes = new Uint8Array(width * elementCount(box.count));
    for (const shard of tensor.shards) await copyShard(fileSystem, uri, tensor, shard, box, bytes);
    return bytes;
  });
}

/** Opens the elements of a shard, in C order. Problems name the checkpoint and the tensor. */
async function openShard(
  fileSystem: FileSystem,
  uri: string,
  { name, dtype }: ShardedTensor,
  { file, start, length, sizes }: Shard,
): Promise<ByteSource> {
  const source = await named(() => fileSystem.open(childUri(uri, file)), uri, name);
  try {
    const opened = await named(() => openTorch(sliceSource(source, start, length)), uri, name);
    const [info] = opened.tensors;
    if (info === undefined || info.dtype !== dtype || info.shape.join() !== sizes.join())
      throw problemError(
        'malformed',
        uri,
        t('Expected {0} [{1}] in {2}, found another type or shape.', dtype, sizes.join(', '), file),
        name,
      );
    const stored = await opened.openTensor(info.name);
    const isInOrder = info.strides.join() === cOrderStrides(info.shape).join();
    const elements = isInOrder ? stored : stridedSource(stored, info, ITEM_SIZE[dtype]);
    return {
      ...elements,
      close: async () => {
        await elements.close();
        await source.close();
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Reports a problem with a file of the checkpoint as a problem with the checkpoint. */
async function named<T>(work: () => Promise<T>, uri: string, tensor?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, message } = error.problem;
    throw problemError(code === 'not-found' ? 'truncated' : code, uri, message, tensor, error);
  }
}

/** Copies the intersection of a shard and a box into the box's bytes, which are in C order. */
async function copyShard(
  fileSystem: FileSystem,
  uri: string,
  tensor: ShardedTensor,
  shard: Shard,
  { start, count }: Box,
  bytes: Uint8Array,
): Promise<void> {
  const width = ITEM_SIZE[tensor.dtype];
  const low = start.map((each, axis) => Math.max(each, shard.offsets[axis]));
  const high = start.map((each, axis) =>
    Math.min(each + count[axis], shard.offsets[axis] + shard.sizes[axis]),
  );
  if (low.some((each, axis) => each >= high[axis])) return;
  const source = await openShard(fileSystem, uri, tensor, shard);
  try {
    const from = cOrderStrides(shard.sizes);
    const to = cOrderStrides(count);
    const firstRow = low[0] - shard.offsets[0];
    const rows = await readBytes(source, firstRow * from[0] * width, (high[0] - low[0]) * from[0] * width);
    const last = start.length - 1;
    const run = (high[last] - low[last]) * width;
    const copy = (axis: number, at: number, into: number) => {
      if (axis === last) return bytes.set(rows.subarray(at * width, at * width + run), into * width);
      for (let i = 0; i < high[axis] - low[axis]; i++)
        copy(axis + 1, at + i * from[axis], into + i * to[axis]);
    };
    const origin = low.reduce(
      (sum, each, axis) => sum + (axis === 0 ? 0 : each - shard.offsets[axis]) * from[axis],
      0,
    );
    copy(
      0,
      origin,
      low.reduce((sum, each, axis) => sum + (each - start[axis]) * to[axis], 0),
    );
  } finally {
    await source.close();
  }
}
