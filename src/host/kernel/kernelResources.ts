import { t } from '@vscode/l10n';
import { type ExtensionContext, Uri, window } from 'vscode';
import { translations } from '../../model/translations';
import type { KernelResources } from '../../protocol/kernelApi';
import { settings } from '../settings';
import type { KernelLink } from './kernelLink';

/** The resources of the kernel, from the settings. The cache is in the workspace's storage, if there is a workspace. */
export function kernelResources({ storageUri, globalStorageUri }: ExtensionContext): KernelResources {
  const { memoryBudget, workers, cacheSize } = settings();
  const texts = translations();
  const resources = { memoryBudget, workers, ...(texts !== undefined && { translations: texts }) };
  if (cacheSize === 0) return resources;
  const folder = Uri.joinPath(storageUri ?? globalStorageUri, 'sketches').toString();
  return { ...resources, cache: { folder, limit: cacheSize } };
}

/** *Clear Cache*: shows how much space was freed. */
export async function clearCache(kernel: KernelLink): Promise<void> {
  const freed = await kernel.call('clearCache', undefined);
  void window.showInformationMessage(
    freed === 0
      ? t('The cache of this workspace is empty.')
      : t(
          'Freed {0} MB. The next time you open a run, it is computed from its files.',
          (freed / 1e6).toFixed(1),
        ),
  );
}
