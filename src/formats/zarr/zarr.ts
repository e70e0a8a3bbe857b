import { t } from '@vscode/l10n';
import type { ByteSource } from '../../io/byteSource';
import { containedFiles } from '../../io/containedFiles';
import type { FileSystem } from '../../io/fileSystem';
import type { OpenInflater } from '../../io/inflater';
import { type Problem, problemError } from '../../model/problem';
import { sequential } from '../slabs';
import type { FormatHints, TensorFile } from '../tensorFile';
import { registerCodecs } from './zarrCodecs';
import { undecodable, zarrPlan, zarrSource } from './zarrData';
import { listNodes, type ZarrNode } from './zarrNodes';

/** This bundle has its own copy of the translations, which its loader sets. */
export { setTranslations } from '../../model/translations';

/**
 * Opens a zarr store, version 2 or 3, which is a folder. Every numeric array is a tensor named by its path in the
 * store. zarrita reads and decodes chunks, a bounded slab at a time; missing chunks read as the fill value. Links that
 * point outside the store are not followed. `openInflater` is the platform's, because this bundle runs on Node and in
 * the web.
 */
export async function openZarr(
  files: FileSystem,
  uri: string,
  hints: FormatHints,
  openInflater: OpenInflater,
): Promise<TensorFile> {
  registerCodecs(openInflater);
  const fileSystem = containedFiles(files, uri);
  const { arrays, attributes, problems } = await listNodes(fileSystem, uri, hints);
  const unread: Problem[] = [];
  const read = new Map<string, ZarrNode>();
  for (const node of arrays) {
    const reason = undecodable(node.array);
    if (reason === undefined) read.set(node.name, node);
    else unread.push(problemError('unsupported', uri, reason, node.name).problem);
  }
  const opened = new Set<ByteSource>();
  let closed = false;
  return {
    path: uri,
    format: 'zarr',
    tensors: [...read.values()].map(({ name, array, attributes: own }) => {
      const plan = zarrPlan(array);
      return {
        name,
        dtype: array.dtype,
        // Chunks with either byte order are decoded to this machine's.
        littleEndian: true,
        shape: array.shape,
        strides: plan.strides,
        ...sequential(plan),
        ...(array.dimensions !== undefined && { dimensions: array.dimensions }),
        ...(own.size > 0 && { metadata: own }),
      };
    }),
    metadata: attributes,
    problems: [...problems, ...unread],
    openTensor: async (name) => {
      const node = read.get(name);
      if (node === undefined)
        throw problemError('not-found', uri, t('The store has no array with this name.'), name);
      if (closed) throw problemError('internal', uri, 'The store was read after it was closed.', name);
      const source = zarrSource(fileSystem, node.folder, node.array, uri, name);
      opened.add(source);
      return source;
    },
    close: async () => {
      closed = true;
      for (const source of opened) await source.close();
    },
  };
}
