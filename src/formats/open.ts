import type { ByteSource } from '../io/byteSource';
import type { FileSystem } from '../io/fileSystem';
import { baseName } from '../io/uri';
import { problemError } from '../protocol/problem';
import { openNpy } from './npy';
import { openNpz } from './npz';
import { openSafetensors } from './safetensors';
import type { FormatHints, TensorFile } from './tensorFile';

/** How a file of each suffix is opened. A new format is one reader and one line here. */
const READERS: ReadonlyMap<string, (source: ByteSource, hints: FormatHints) => Promise<TensorFile>> = new Map(
  [
    ['.npy', openNpy],
    ['.npz', openNpz],
    ['.safetensors', openSafetensors],
  ],
);

/** Suffixes of the dump files that can be read, in lower case with their dot. */
export const DUMP_SUFFIXES: readonly string[] = [...READERS.keys()];

export function isDumpFile(name: string): boolean {
  return DUMP_SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix));
}

/**
 * Opens a dump file: reads and checks its headers, and nothing else.
 * Throws a ProblemError that names the file where it is not what its suffix says.
 */
export async function openTensorFile(
  fileSystem: FileSystem,
  uri: string,
  hints: FormatHints = {},
): Promise<TensorFile> {
  const name = baseName(uri).toLowerCase();
  const reader = [...READERS].find(([suffix]) => name.endsWith(suffix))?.[1];
  if (reader === undefined) {
    throw problemError('unsupported', uri, `Expected a file that ends in ${DUMP_SUFFIXES.join(', ')}.`);
  }
  const source = await fileSystem.open(uri);
  try {
    return await reader(source, hints);
  } catch (error) {
    await source.close();
    throw error;
  }
}
