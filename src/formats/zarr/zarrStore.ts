import { t } from '@vscode/l10n';
import type { AbsolutePath, RangeQuery } from 'zarrita';
import { type ByteSource, readBytes } from '../../io/byteSource';
import type { FileSystem } from '../../io/fileSystem';
import { childUri } from '../../io/uri';
import { isNotFound, ProblemError, problemError } from '../../model/problem';

/**
 * The chunk files of one array. zarrita requests them by numbers alone, so that it cannot reach files outside the
 * array's folder.
 */
export interface ZarrStore {
  get(key: AbsolutePath): Promise<Uint8Array | undefined>;
  getRange(key: AbsolutePath, range: RangeQuery): Promise<Uint8Array | undefined>;
  /** Returns the number of chunks found so far. */
  found(): number;
  close(): Promise<void>;
}

/** `/0.0`, `/0/0`, `/c/0/0`, `/c.0.0`, and `/c` of an array without axes. */
const CHUNK_KEY = /^\/(?:c|(?:c[./])?\d+(?:[./]\d+)*)$/;

/**
 * Makes a store. `folder` is the URI of the array; `limit` is the maximum bytes of one chunk. Problems name `path` and
 * `name`.
 */
export function zarrStore(
  fileSystem: FileSystem,
  folder: string,
  limit: number,
  path: string,
  name: string,
): ZarrStore {
  let shard: { readonly key: string; readonly source: ByteSource } | undefined;
  let found = 0;
  const fail = (message: string) => problemError('malformed', path, message, name);

  const open = async (key: string): Promise<ByteSource | undefined> => {
    if (!CHUNK_KEY.test(key)) throw fail(t('"{0}" is not a chunk name.', key.slice(0, 100)));
    try {
      return await fileSystem.open(key.slice(1).split('/').reduce(childUri, folder));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!(error instanceof ProblemError)) throw error;
      const { code, message } = error.problem;
      throw problemError(code, path, t('Chunk {0}: {1}', key.slice(1), message), name, error);
    }
  };

  const read = async (source: ByteSource, key: string, offset: number, length: number) => {
    if (length > limit)
      throw fail(t('Chunk {0} has {1} bytes, expected at most {2}.', key.slice(1), length, limit));
    if (!(offset >= 0 && length >= 0 && offset + length <= source.size))
      throw fail(
        t(
          'Chunk {0} should have {1} bytes at byte {2}, but its file has only {3}.',
          key.slice(1),
          length,
          offset,
          source.size,
        ),
      );
    return readBytes(source, offset, length);
  };

  return {
    get: async (key) => {
      const source = await open(key);
      if (source === undefined) return undefined;
      try {
        found++;
        return await read(source, key, 0, source.size);
      } finally {
        await source.close();
      }
    },
    getRange: async (key, range) => {
      if (shard?.key !== key) {
        await shard?.source.close();
        shard = undefined;
        const source = await open(key);
        if (source === undefined) return undefined;
        shard = { key, source };
      }
      const { source } = shard;
      if ('suffixLength' in range)
        return read(source, key, source.size - range.suffixLength, range.suffixLength);
      found++;
      return read(source, key, range.offset, range.length);
    },
    found: () => found,
    close: async () => {
      await shard?.source.close();
      shard = undefined;
    },
  };
}
