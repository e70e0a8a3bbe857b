import { t } from '@vscode/l10n';
import { bufferSource } from '../../io/bufferSource';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { endingWith } from '../../io/endingWith';
import { problemError } from '../../model/problem';
import type { TensorFile } from '../tensorFile';
import { readPickle } from './pickle';
import { pickledBytes } from './pickledNumpy';
import { globalName, isKind, type PickleValue, tupleItems } from './pickleValues';
import { torchFile } from './torchFile';
import { parseLegacy } from './torchLegacy';
import type { StorageId } from './torchStorage';

/** Maximum bytes of a pickle, which contains the arrays and is held in memory as a whole. */
const MAX_PICKLE = 256 * 2 ** 20;

/** Returns whether the file starts like a pickle of protocol 2 to 5. */
export function isPickle(start: Uint8Array): boolean {
  return start.length >= 2 && start[0] === 0x80 && start[1] >= 2 && start[1] <= 5;
}

/**
 * Opens a file of `pickle.dump`. NumPy arrays are in the pickle, and so are the storages of PyTorch's tensors, each as
 * a file in the format before PyTorch 1.6. Imports and calls nothing.
 */
export async function openPickle(source: ByteSource): Promise<TensorFile> {
  if (source.size > MAX_PICKLE)
    throw problemError(
      'unsupported',
      source.path,
      t(
        'The pickle has {0} bytes; the limit is {1}. Save its tensors with torch.save.',
        source.size,
        MAX_PICKLE,
      ),
    );
  const { value } = readPickle(await readBytes(source, 0, source.size), source.path);
  const stored = new Map<string, Uint8Array>();
  const storages = {
    littleEndian: true,
    sizeOf: (key: string) => stored.get(key)?.length,
    inline: (call: PickleValue | undefined) => {
      const found = inlineStorage(call, source.path);
      if (found === undefined) return undefined;
      const key = `inline:${stored.size}`;
      stored.set(key, found.bytes);
      return { ...found.id, key };
    },
  };
  return torchFile(source, 'pickle', value, storages, async (key) => {
    const bytes = stored.get(key);
    if (bytes === undefined)
      throw problemError(
        'not-found',
        source.path,
        t('The file does not contain the storage of this tensor.'),
      );
    return endingWith(source, bufferSource(source.path, bytes));
  });
}

/** `torch.storage._load_from_bytes(…)` [torch/storage.py, _StorageBase.__reduce__]. */
function inlineStorage(
  call: PickleValue | undefined,
  path: string,
): { readonly id: StorageId; readonly bytes: Uint8Array } | undefined {
  if (!isKind(call, 'object') || globalName(call.callee) !== 'torch.storage._load_from_bytes')
    return undefined;
  const bytes = pickledBytes(tupleItems(call.args)?.[0]);
  return bytes && parseLegacy(bytes, path);
}
