import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads a file that ships with the extension, such as a bundle or a library's WebAssembly. */
export type AssetReader = (name: string) => Promise<Uint8Array>;

/** The folder of the bundles, which the build defines. */
declare const ASSET_FOLDER: string;

export const assetPath = (name: string): string => join(ASSET_FOLDER, name);

export const readAsset: AssetReader = (name) => readFile(assetPath(name));

/** Used by the web twin, which has no folder of its own. */
export function provideAssets(_read: AssetReader): void {
  // The bundles are in the same folder as this one.
}
