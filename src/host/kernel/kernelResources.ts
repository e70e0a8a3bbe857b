import { type ExtensionContext, Uri, window } from 'vscode';
import { translations } from '../../model/translations';
import type { KernelResources } from '../../protocol/kernelApi';
import { settings } from '../settings';
import type { KernelLink } from './kernelLink';

/** What the kernel may use, by the person's settings. The cache is the workspace's, where there is one. */
export function kernelResources({ storageUri, globalStorageUri }: ExtensionContext): KernelResources {
  const { memoryBudget, workers, cacheSize } = settings();
  const texts = translations();
  const resources = { memoryBudget, workers, ...(texts !== undefined && { translations: texts }) };
  if (cacheSize === 0) return resources;
  const folder = Uri.joinPath(storageUri ?? globalStorageUri, 'sketches').toString();
  return { ...resources, cache: { folder, limit: cacheSize } };
}

/** *Clear Cache*: says how much was freed. */
export async function clearCache(kernel: KernelLink): Promise<void> {
  const freed = await kernel.call('clearCache', undefined);
  void window.showInformationMessage(
    freed === 0
      ? 'The cache of this workspace is empty.'
      : `Freed ${(freed / 1e6).toFixed(1)} MB: runs are computed from their files when they are opened next.`,
  );
}
