import type { AssetReader } from './assets';

let askHost: AssetReader | undefined;

/**
 * Sets the reader of the extension's files. A worker that was started from a Blob has no folder, so the host reads
 * them.
 */
export function provideAssets(read: AssetReader): void {
  askHost = read;
}

export const readAsset: AssetReader = async (name) => {
  if (askHost === undefined) throw new Error('The host does not provide the files of the extension.');
  return askHost(name);
};
