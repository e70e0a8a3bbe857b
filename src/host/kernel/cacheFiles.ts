import { t } from '@vscode/l10n';
import { Uri, workspace } from 'vscode';
import { problemError } from '../../model/problem';
import type { KernelHostApi } from '../../protocol/kernelApi';
import type { Handlers } from '../../rpc/channel';

/**
 * Writes and removes the kernel's own files in the cache folder, for kernels without a disk. A name is one segment of a
 * path, so that nothing outside the folder can be reached.
 */
export function cacheFiles(
  folder: string | undefined,
): Pick<Handlers<KernelHostApi>, 'writeCached' | 'removeCached'> {
  const uriOf = (name: string): Uri => {
    if (folder === undefined || !/^[\w-]+\.\w+$/.test(name))
      throw problemError('internal', folder ?? '', t('{0} is not a file of the cache.', name));
    return Uri.joinPath(Uri.parse(folder, true), name);
  };
  return {
    writeCached: async ({ name, bytes }) => {
      const target = uriOf(name);
      const temporary = uriOf(`${name.replace('.', '-')}.tmp`);
      // This also creates the folder.
      await workspace.fs.writeFile(temporary, bytes);
      await workspace.fs.rename(temporary, target, { overwrite: true });
    },
    removeCached: async ({ name }) => workspace.fs.delete(uriOf(name)),
  };
}
