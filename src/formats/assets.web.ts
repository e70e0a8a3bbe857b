import type { AssetReader } from './assets';

let askHost: AssetReader | undefined;

/** A worker that was started from a Blob has no folder: the host reads the extension's files for it. */
export function provideAssets(read: AssetReader): void {
  askHost = read;
}

export const readAsset: AssetReader = async (name) => {
  if (askHost === undefined) throw new Error('The host does not provide the files of the extension.');
  return askHost(name);
};
