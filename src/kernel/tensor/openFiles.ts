import { openTensorFile } from '../../formats/open';
import { ONE_BYTE_FLOATS } from '../../formats/rawTypes';
import type { FormatHints, TensorFile } from '../../formats/tensorFile';
import { aheadSource } from '../../io/aheadSource';
import type { FileSystem } from '../../io/fileSystem';
import type { RecordEntry } from '../../model/catalog';
import type { RecentTensors } from './recentTensors';

/**
 * Files held open at a time: the records of a layer are in neighboring steps' files, and so are those of the next layer.
 */
const HELD = 32;

/** The dump files of a computation under way; a header is parsed once for the records that follow each other. */
export interface OpenFiles {
  /** Recently read tensors; absent if none are kept. */
  readonly recent?: RecentTensors;
  /** The file of a record or of one of its parts. */
  fileOf(of: Pick<RecordEntry, 'file' | 'dtype'>): Promise<TensorFile>;
  closeAll(): Promise<void>;
}

/** Opens the files for one reader, who closes them. */
export type FilesOpener = () => OpenFiles;

/** For one reader at a time: a file may be closed as soon as another record's file is asked for. */
export function openFiles(fileSystem: FileSystem, recent?: RecentTensors): OpenFiles {
  const held = new Map<string, TensorFile>();
  const ahead: FileSystem = {
    ...fileSystem,
    open: async (uri) => aheadSource(await fileSystem.open(uri)),
  };
  return {
    ...(recent !== undefined && { recent }),
    fileOf: async ({ file: path, dtype }) => {
      const hints = HINTS.get(dtype);
      const key = hints === undefined ? path : `${path}\n${dtype}`;
      const file = held.get(key) ?? (await openTensorFile(ahead, path, hints));
      held.delete(key);
      held.set(key, file);
      for (const [oldest, other] of held) {
        if (held.size <= HELD) break;
        held.delete(oldest);
        await other.close();
      }
      return file;
    },
    closeAll: async () => {
      const files = [...held.values()];
      held.clear();
      for (const file of files) await file.close();
    },
  };
}

/** NumPy writes bfloat16 and floats of eight bits as raw elements; that the catalog says the type means the sidecar did. */
const HINTS: ReadonlyMap<RecordEntry['dtype'], FormatHints> = new Map<RecordEntry['dtype'], FormatHints>([
  ['bfloat16', { rawTwoByteIsBfloat16: true }],
  ...ONE_BYTE_FLOATS.map((dtype) => [dtype, { rawOneByte: dtype }] as const),
]);
