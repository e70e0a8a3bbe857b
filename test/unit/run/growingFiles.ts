import type { FileSystem } from '../../../src/io/fileSystem';
import type { FolderEntry } from '../../../src/protocol/kernelApi';
import { type Files, memoryFiles, ROOT } from './memoryFiles';

/** A file system in memory that changes while it is read; every write has a different time. */
export interface GrowingFiles {
  readonly fileSystem: FileSystem;
  /** How many files were opened so far. */
  opened(): number;
  write(files: Files): void;
  remove(...paths: readonly string[]): void;
}

export function growingFiles(initial: Files = {}): GrowingFiles {
  const files: Record<string, Files[string]> = {};
  const times = new Map<string, number>();
  let clock = 1;
  let opened = 0;
  const timed = (entry: FolderEntry): FolderEntry => {
    const modified = times.get(decodeURIComponent(entry.uri.slice(ROOT.length + 1)));
    return modified === undefined ? entry : { ...entry, modified };
  };
  const write = (more: Files) => {
    for (const [path, content] of Object.entries(more)) {
      files[path] = content;
      times.set(path, clock++);
    }
  };
  write(initial);
  return {
    fileSystem: {
      stat: async (uri) => timed(await memoryFiles(files).stat(uri)),
      list: async (uri) => (await memoryFiles(files).list(uri)).map(timed),
      open: (uri) => {
        opened++;
        return memoryFiles(files).open(uri);
      },
    },
    opened: () => opened,
    write,
    remove: (...paths) => {
      for (const path of paths) delete files[path];
    },
  };
}
