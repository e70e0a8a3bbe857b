import { type ExtensionContext, Uri, window } from 'vscode';
import type { KernelResources } from '../../protocol/kernelApi';
import { settings } from '../settings';
import type { KernelLink } from './kernelLink';

/** What the kernel may use, by the person's settings. The cache is the workspace's, where there is one. */
export function kernelResources({ storageUri, globalStorageUri }: ExtensionContext): KernelResources {
  const { memoryBudget, workers, cacheSize } = settings();
  if (cacheSize === 0) return { memoryBudget, workers };
  const folder = Uri.joinPath(storageUri ?? globalStorageUri, 'sketches').toString();
  return { memoryBudget, workers, cache: { folder, limit: cacheSize } };
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
