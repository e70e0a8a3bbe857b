import { pathToFileURL } from 'node:url';
import { translations } from '../model/translations';
import { assetPath } from './assets';

/** Readers in separate bundles, loaded when the first file of their format is opened. */
export interface LazyReaders {
  readonly hdf5: typeof import('./hdf5/hdf5');
  readonly zarr: typeof import('./zarr/zarr');
}

/** Loads a reader's bundle, in the current language. */
export async function loadReader<Name extends keyof LazyReaders>(name: Name): Promise<LazyReaders[Name]> {
  const bundle = await import(pathToFileURL(assetPath(`${name}.js`)).href);
  const reader: LazyReaders[Name] = bundle.default;
  reader.setTranslations(translations());
  return reader;
}
