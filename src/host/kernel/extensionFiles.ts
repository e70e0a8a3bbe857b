import { t } from '@vscode/l10n';
import { Uri, workspace } from 'vscode';
import { problemError } from '../../model/problem';
import type { KernelHostApi } from '../../protocol/kernelApi';
import type { Handlers } from '../../rpc/channel';

/** Gives the kernel files of the extension: bundles that it loads only when it needs them. */
export function extensionFiles(extensionUri: Uri): Pick<Handlers<KernelHostApi>, 'readAsset'> {
  return {
    readAsset: async ({ name }) => {
      const uri = Uri.joinPath(extensionUri, 'dist', name);
      try {
        return await workspace.fs.readFile(uri);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw problemError(
          'internal',
          uri.toString(),
          t('A part of Normscope cannot be loaded: {0}', why),
          undefined,
          error,
        );
      }
    },
  };
}
