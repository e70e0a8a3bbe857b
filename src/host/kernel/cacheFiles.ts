import { Uri, workspace } from 'vscode';
import { problemError } from '../../model/problem';
import type { KernelHostApi } from '../../protocol/kernelApi';
import type { Handlers } from '../../rpc/channel';

/**
 * Writes and removes the kernel's own files in the cache's folder, for kernels that have no disk. A name is one
 * segment of a path, so that nothing outside the folder is reached.
 */
export function cacheFiles(
  folder: string | undefined,
): Pick<Handlers<KernelHostApi>, 'writeCached' | 'removeCached'> {
  const uriOf = (name: string): Uri => {
    if (folder === undefined || !/^[\w-]+\.\w+$/.test(name))
      throw problemError('internal', folder ?? '', `${name} is no file of the cache.`);
    return Uri.joinPath(Uri.parse(folder, true), name);
  };
  return {
    writeCached: async ({ name, bytes }) => {
      const target = uriOf(name);
      const temporary = uriOf(`${name.replace('.', '-')}.tmp`);
      // Creates the folders around it, too.
      await workspace.fs.writeFile(temporary, bytes);
      await workspace.fs.rename(temporary, target, { overwrite: true });
    },
    removeCached: async ({ name }) => workspace.fs.delete(uriOf(name)),
  };
}
