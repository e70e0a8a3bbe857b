import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads a file that came with the extension: a bundle, a library's WebAssembly. */
export type AssetReader = (name: string) => Promise<Uint8Array>;

/** The folder of the bundles; the build says where. */
declare const ASSET_FOLDER: string;

export const assetPath = (name: string): string => join(ASSET_FOLDER, name);

export const readAsset: AssetReader = (name) => readFile(assetPath(name));

/** Used by the web twin, which has no folder of its own. */
export function provideAssets(_read: AssetReader): void {
  // The bundles are next to this one.
}
