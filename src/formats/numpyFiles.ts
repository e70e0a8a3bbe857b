import type { ByteSource } from '../io/byteSource';
import { endingWith } from '../io/endingWith';
import { ProblemError } from '../model/problem';
import { openNpy } from './numpy/npy';
import { openNpz } from './numpy/npz';
import { openObjectArray } from './objectArray';
import type { FormatHints, TensorFile } from './tensorFile';

/** Opens an `.npy` file: one tensor without a name, or the tensors of a dict or list that `np.save` pickled. */
export async function openNpyFile(source: ByteSource, hints: FormatHints): Promise<TensorFile> {
  try {
    return await openNpy(source, hints);
  } catch (error) {
    const isUnsupported = error instanceof ProblemError && error.problem.code === 'unsupported';
    const objects = isUnsupported ? await openObjectArray(source, '') : undefined;
    if (objects === undefined) throw error;
    return {
      ...objects,
      format: 'npy',
      openTensor: async (name) => endingWith(source, await objects.openTensor(name)),
      close: async () => {
        await objects.close();
        await source.close();
      },
    };
  }
}

/** Opens an `.npz` archive, the dicts and lists in its members included. */
export function openNpzFile(source: ByteSource, hints: FormatHints): Promise<TensorFile> {
  return openNpz(source, hints, openObjectArray);
}
