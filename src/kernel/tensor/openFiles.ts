import { openTensorFile } from '../../formats/open';
import type { TensorFile } from '../../formats/tensorFile';
import type { FileSystem } from '../../io/fileSystem';
import type { RecordEntry } from '../../model/catalog';

/** Files held open at a time: neighboring records often share one. */
const HELD = 4;

/** The dump files of a computation under way; a header is parsed once for the records that follow each other. */
export interface OpenFiles {
  fileOf(record: RecordEntry): Promise<TensorFile>;
  closeAll(): Promise<void>;
}

/** For one reader at a time: a file may be closed as soon as another record's file is asked for. */
export function openFiles(fileSystem: FileSystem): OpenFiles {
  const held = new Map<string, TensorFile>();
  return {
    fileOf: async (record) => {
      // NumPy writes bfloat16 as raw two-byte elements; that the catalog says bfloat16 means the sidecar did.
      const hints = { rawTwoByteIsBfloat16: record.dtype === 'bfloat16' };
      const key = `${record.file}\n${hints.rawTwoByteIsBfloat16}`;
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
