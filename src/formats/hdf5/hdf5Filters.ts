import { t } from '@vscode/l10n';
import type { H5Filter } from 'h5wasm/module';
import { problemError } from '../../model/problem';
import type { Hdf5File } from './hdf5Library';

/** HDF5's built-in filters: deflate, shuffle, fletcher32, szip, nbit, scaleoffset. */
const BUILT_IN: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6]);

/**
 * Registered filters that ship with the extension, by number [HDF5 filter registry], with their h5wasm-plugins names.
 */
const PLUGINS: ReadonlyMap<number, string> = new Map([
  [307, 'bz2'],
  [32000, 'lzf'],
  [32001, 'blosc'],
  [32004, 'lz4'],
  [32008, 'bshuf'],
  [32013, 'zfp'],
  [32015, 'zstd'],
  [32026, 'blosc2'],
]);

/** Files of the build that {@link installFilters} may load. */
export const PLUGIN_NAMES: readonly string[] = [...PLUGINS.values()];

/** Returns the message for the first unsupported filter. Without this check, HDF5 would return compressed data. */
export function missingFilter(filters: readonly H5Filter[]): string | undefined {
  const missing = filters.find(({ id }) => !BUILT_IN.has(id) && !PLUGINS.has(id));
  if (missing === undefined) return undefined;
  const name = missing.name === '' ? '' : ` (${missing.name.slice(0, 80)})`;
  return t(
    'HDF5 filter {0}{1} is not supported. Supported compressions: gzip, szip, lzf, lz4, zstd, bzip2, zfp, blosc, blosc2, and bitshuffle.',
    missing.id,
    name,
  );
}

/** Registers the filters of a dataset with HDF5. Throws `unsupported` if one is missing. */
export async function installFilters(
  file: Hdf5File,
  filters: readonly H5Filter[],
  tensor: string,
): Promise<void> {
  const missing = missingFilter(filters);
  if (missing !== undefined) throw problemError('unsupported', file.path, missing, tensor);
  for (const { id } of filters) {
    const plugin = PLUGINS.get(id);
    if (plugin !== undefined) await file.installPlugin(plugin);
  }
}
