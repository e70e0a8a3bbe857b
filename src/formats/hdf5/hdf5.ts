import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { sliceSource } from '../../io/sliceSource';
import type { DType } from '../../model/catalog';
import { type Problem, problemError, toProblem } from '../../model/problem';
import type { AssetReader } from '../assets';
import { byteLengthOf, ITEM_SIZE } from '../dtype';
import { checkedByteLength, cOrderStrides } from '../shape';
import { type Box, planSlabs, type SlabPlan, sequential, slabSource } from '../slabs';
import type { FormatHints, TensorFile, TensorInfo } from '../tensorFile';
import { installFilters, missingFilter } from './hdf5Filters';
import { readDatasetHeader, readSuperblock, type Superblock } from './hdf5Header';
import { type Hdf5File, openInLibrary } from './hdf5Library';
import { type Hdf5Dataset, listObjects } from './hdf5Objects';
import { hdf5DType } from './hdf5Types';

/** This bundle has its own copy of the translations, which its loader sets. */
export { setTranslations } from '../../model/translations';

/** Maximum bytes of one chunk, which HDF5 holds as a whole, compressed and decompressed. */
const MAX_CHUNK = 256 * 2 ** 20;
/** Maximum ratio of a dataset's size to the file's size. Data that was never written reads as the fill value. */
const MAX_EXPANSION = 1024;
const FREE_EXPANSION = 2 ** 20;

interface Hdf5Tensor {
  readonly info: TensorInfo;
  readonly dataset: Hdf5Dataset;
  readonly bytes: number;
  /** Position of the data in the file if it is contiguous; undefined if HDF5 must gather it. */
  readonly dataOffset: number | undefined;
  readonly plan: SlabPlan;
}

/**
 * Opens an HDF5 file. Every numeric dataset is a tensor named by its path. Contiguous data is read directly from the
 * file; HDF5's library assembles and decompresses chunks, a bounded slab at a time.
 */
export async function openHdf5(
  source: ByteSource,
  hints: FormatHints,
  readAsset: AssetReader,
): Promise<TensorFile> {
  const superblock = await readSuperblock(source);
  const file = await openInLibrary(source, readAsset);
  try {
    return await hdf5Tensors(source, superblock, file, hints);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function hdf5Tensors(
  source: ByteSource,
  superblock: Superblock,
  file: Hdf5File,
  hints: FormatHints,
): Promise<TensorFile> {
  const { path } = source;
  const objects = await listObjects(file);
  const problems: Problem[] = [...objects.problems];
  const tensors = new Map<string, Hdf5Tensor>();
  for (const dataset of objects.datasets) {
    try {
      tensors.set(dataset.name, await readTensor(source, superblock, dataset, hints));
    } catch (error) {
      problems.push(toProblem(error, path, dataset.name));
    }
  }
  const opened = new Set<ByteSource>();
  return {
    path,
    format: 'hdf5',
    tensors: [...tensors.values()].map(({ info }) => info),
    metadata: objects.attributes,
    problems,
    openTensor: async (name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined)
        throw problemError('not-found', path, t('The file has no dataset with this name.'), name);
      const bytes = await openData(source, file, tensor);
      opened.add(bytes);
      return bytes;
    },
    close: async () => {
      for (const each of opened) await each.close();
      await file.close();
    },
  };
}

/** Checks the claims of a dataset. Throws `unsupported` and `malformed`. */
async function readTensor(
  source: ByteSource,
  superblock: Superblock,
  dataset: Hdf5Dataset,
  hints: FormatHints,
): Promise<Hdf5Tensor> {
  const { name, metadata, filters, address } = dataset;
  const fail = (code: Problem['code'], message: string) => problemError(code, source.path, message, name);
  const header = await readDatasetHeader(source, superblock, address);
  if (metadata.virtual_sources !== undefined)
    throw fail(
      'unsupported',
      t(
        'The dataset is virtual: its data is in other datasets, which Normscope does not follow. Open the files of those datasets.',
      ),
    );
  if (header.isExternal)
    throw fail('unsupported', t('The data is in external files, which Normscope does not follow.'));
  if (metadata.shape === null) throw fail('unsupported', t('The dataset is empty (null dataspace).'));
  const type = hdf5DType(metadata, header.fields, hints);
  if (!('dtype' in type)) throw fail('unsupported', type.reason);
  const missing = missingFilter(filters);
  if (missing !== undefined) throw fail('unsupported', missing);
  const { dtype } = type;
  const shape = [...metadata.shape];
  const bytes = checkedByteLength(shape, dtype, source.path, name);
  if (bytes > FREE_EXPANSION + MAX_EXPANSION * source.size)
    throw fail(
      'malformed',
      t(
        'Invalid shape: {0} [{1}] takes {2} bytes, but the file has only {3}.',
        dtype,
        shape.join(', '),
        bytes,
        source.size,
      ),
    );
  const dataOffset = placeInFile(source, dataset, header.dataOffset, bytes);
  const plan = planFor(dataset, dtype, shape, bytes, fail);
  const strides = dataOffset === undefined ? plan.strides : cOrderStrides(shape);
  // Data from HDF5's library is in this machine's byte order.
  const littleEndian =
    dataOffset === undefined || metadata.littleEndian || ITEM_SIZE[dtype] === 1 || dtype === 'bfloat16';
  const { attributes, dimensions } = dataset;
  const info: TensorInfo = {
    name,
    dtype,
    littleEndian,
    shape,
    strides,
    ...(dataOffset === undefined && sequential(plan)),
    ...(dimensions !== undefined && { dimensions }),
    ...(attributes.size > 0 && { metadata: attributes }),
  };
  return { info, dataset, bytes, dataOffset, plan };
}

function placeInFile(
  source: ByteSource,
  { metadata, filters }: Hdf5Dataset,
  offset: number | undefined,
  bytes: number,
): number | undefined {
  const isPlain = metadata.chunks === null && filters.length === 0;
  return isPlain && offset !== undefined && bytes > 0 && offset + bytes <= source.size ? offset : undefined;
}

function planFor(
  { metadata }: Hdf5Dataset,
  dtype: DType,
  shape: readonly number[],
  bytes: number,
  fail: (code: Problem['code'], message: string) => Error,
): SlabPlan {
  const chunks = metadata.chunks ?? shape;
  const chunkBytes = metadata.chunks === null ? 0 : byteLengthOf(chunks, dtype);
  if (chunks.length !== shape.length || (chunks.some((length) => !(length >= 1)) && bytes > 0))
    throw fail(
      'malformed',
      t('The chunk shape [{0}] does not match the shape [{1}].', chunks.join(', '), shape.join(', ')),
    );
  if (chunkBytes > MAX_CHUNK)
    throw fail(
      'unsupported',
      t(
        'Each chunk has {0} bytes; the limit is {1}. Save the data in smaller chunks.',
        chunkBytes,
        MAX_CHUNK,
      ),
    );
  return planSlabs(shape, chunks, ITEM_SIZE[dtype]);
}

async function openData(
  source: ByteSource,
  file: Hdf5File,
  { info, dataset, bytes, dataOffset, plan }: Hdf5Tensor,
): Promise<ByteSource> {
  if (dataOffset !== undefined) return sliceSource(source, dataOffset, bytes);
  await installFilters(file, dataset.filters, info.name);
  return slabSource(source.path, info.shape, ITEM_SIZE[info.dtype], plan, async (box) => {
    // Bytes in HDF5's memory must also become unreadable when the file ends.
    await readBytes(source, source.size - 1, 1);
    return readBox(file, info, dataset.metadata.chunks ?? info.shape, box);
  });
}

/** Reads a box of a dataset through HDF5, whose return code states whether the bytes in memory are valid. */
async function readBox(
  file: Hdf5File,
  { name, dtype, shape }: TensorInfo,
  chunks: readonly number[],
  { start, count }: Box,
): Promise<Uint8Array> {
  const bytes = byteLengthOf(count, dtype);
  const found = await file.call(
    (module, id) => {
      const pointer = module._malloc(bytes);
      if (pointer === 0) return 'no-memory';
      // A scalar has no axes to select from.
      const [counts, starts, ones] =
        shape.length === 0 ? [null, null, null] : [count.map(BigInt), start.map(BigInt), shape.map(() => 1n)];
      const status = module.get_dataset_data(id, `/${name}`, counts, starts, ones, BigInt(pointer));
      const data = status < 0 ? 'damaged' : module.HEAPU8.slice(pointer, pointer + bytes);
      module._free(pointer);
      return data;
    },
    unpackedBytes(chunks, { start, count }, ITEM_SIZE[dtype]),
  );
  if (found === 'no-memory')
    throw problemError(
      'unsupported',
      file.path,
      t('The HDF5 library does not have enough memory to read {0} bytes.', bytes),
      name,
    );
  if (found === 'damaged')
    throw problemError('malformed', file.path, file.damaged(t('The data cannot be read')).message, name);
  return found;
}

/** Returns the bytes of all chunks that a box intersects. */
function unpackedBytes(chunks: readonly number[], { start, count }: Box, itemSize: number): number {
  return chunks.reduce((product, length, axis) => {
    const last = Math.floor((start[axis] + count[axis] - 1) / length);
    return product * (last - Math.floor(start[axis] / length) + 1) * length;
  }, itemSize);
}
