import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Readers that are bundles of their own: they are loaded when the first file of their kind is opened. */
export interface LazyReaders {
  readonly hdf5: typeof import('./hdf5');
  readonly zarr: typeof import('./zarr');
}

/** Reads a file that came with the extension: a bundle, a library's WebAssembly. */
export type AssetReader = (name: string) => Promise<Uint8Array>;

/** The folder of the bundles; the build says where. */
declare const ASSET_FOLDER: string;

/** Loads a reader's bundle. */
export async function loadReader<Name extends keyof LazyReaders>(name: Name): Promise<LazyReaders[Name]> {
  const bundle = await import(pathToFileURL(join(ASSET_FOLDER, `${name}.js`)).href);
  return bundle.default;
}

export const readAsset: AssetReader = (name) => readFile(join(ASSET_FOLDER, name));

/** For the web, which has no folder of its own. */
export function provideAssets(_read: AssetReader): void {
  // The bundles lie beside this one.
}
