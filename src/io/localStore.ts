import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Store, StoredFile } from './store';

/** Suffix of a file that is being written. */
const TEMPORARY = '.tmp';
/** Milliseconds after which a file that is still being written was left behind by a crash. */
const ABANDONED = 3_600_000;

/** A store in a local folder with this `file:` URI; the folder is created by the first write. */
export function localStore(folder: string): Store | undefined {
  const root = fileURLToPath(folder);
  let temporaries = 0;
  return {
    list: async () => {
      const names = await readdir(root).catch(() => []);
      const files: StoredFile[] = [];
      for (const name of names) {
        const found = await stat(join(root, name)).catch(() => undefined);
        if (found?.isFile() !== true) continue;
        if (!name.endsWith(TEMPORARY)) files.push({ name, size: found.size, used: found.mtimeMs });
        else if (Date.now() - found.mtimeMs > ABANDONED) await rm(join(root, name), { force: true });
      }
      return files;
    },
    read: async (name, offset, length) => {
      const handle = await open(join(root, name));
      try {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await handle.read(bytes, 0, length, offset);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    write: async (name, bytes) => {
      await mkdir(root, { recursive: true });
      const temporary = join(root, `${name}.${process.pid}-${temporaries++}${TEMPORARY}`);
      try {
        await writeFile(temporary, bytes);
        await rename(temporary, join(root, name));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    remove: (name) => rm(join(root, name), { force: true }),
    touch: async (name) => {
      const now = new Date();
      await utimes(join(root, name), now, now);
    },
  };
}
