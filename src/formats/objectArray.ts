import { t } from '@vscode/l10n';
import { bufferSource } from '../io/bufferSource';
import { type ByteSource, readBytes } from '../io/byteSource';
import { problemError } from '../model/problem';
import { readNpyHeader } from './numpy/npy';
import type { TensorFile } from './tensorFile';
import { openPickle } from './torch/pickleFile';

/** Maximum bytes of the pickle in an object array, which is held in memory as a whole. */
const MAX_PICKLE = 256 * 2 ** 20;
/** The same if it is compressed, because it could be a bomb. */
const MAX_DEFLATED_PICKLE = 16 * 2 ** 20;

/**
 * Opens an `.npy` stream of Python objects, as `np.save` writes a dict or a list of arrays: a pickle after the header,
 * which is read as data, and nothing in it is imported or called. Undefined if the stream has another type. Throws
 * `unsupported` if the objects contain no tensors. Closing the result does not close the source.
 */
export async function openObjectArray(source: ByteSource, name: string): Promise<TensorFile | undefined> {
  const { header, dataOffset } = await readNpyHeader(source, name);
  if (!/^\|?O\d*$/.test(header.descr)) return undefined;
  const size = source.size - dataOffset;
  const limit = source.isSequential ? MAX_DEFLATED_PICKLE : MAX_PICKLE;
  if (size > limit)
    throw problemError(
      'unsupported',
      source.path,
      t(
        'The Python objects in the array have {0} bytes; the limit is {1}. Save each tensor as an array of numbers.',
        size,
        limit,
      ),
      name,
    );
  const file = await openPickle(bufferSource(source.path, await readBytes(source, dataOffset, size)));
  if (file.tensors.length === 0 && file.problems.length === 0)
    throw problemError(
      'unsupported',
      source.path,
      t('The array contains Python objects without tensors. Save each tensor as an array of numbers.'),
      name,
    );
  return file;
}
