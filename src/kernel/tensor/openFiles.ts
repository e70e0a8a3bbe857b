import { openTensorFile } from '../../formats/open';
import { ONE_BYTE_FLOATS } from '../../formats/rawTypes';
import type { FormatHints, TensorFile } from '../../formats/tensorFile';
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
  fileOf(record: RecordEntry): Promise<TensorFile>;
  closeAll(): Promise<void>;
}

/** Opens the files for one reader, who closes them. */
export type FilesOpener = () => OpenFiles;

/** For one reader at a time: a file may be closed as soon as another record's file is asked for. */
export function openFiles(fileSystem: FileSystem, recent?: RecentTensors): OpenFiles {
  const held = new Map<string, TensorFile>();
  return {
    ...(recent !== undefined && { recent }),
    fileOf: async (record) => {
      const hints = hintsFor(record);
      const key = `${record.file}\n${JSON.stringify(hints)}`;
      const file = held.get(key) ?? (await openTensorFile(fileSystem, record.file, hints));
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
function hintsFor({ dtype }: RecordEntry): FormatHints {
  if (dtype === 'bfloat16') return { rawTwoByteIsBfloat16: true };
  return dtype !== 'unknown' && ONE_BYTE_FLOATS.includes(dtype) ? { rawOneByte: dtype } : {};
}
