import { t } from '@vscode/l10n';
import type { ByteSource } from '../io/byteSource';
import type { FileSystem } from '../io/fileSystem';
import { openInflater } from '../io/inflater';
import { baseName } from '../io/uri';
import { problemError } from '../model/problem';
import { readAsset } from './assets';
import { DUMP_SUFFIXES, type DumpSuffix, dumpSuffix } from './dumpSuffixes';
import { loadReader } from './lazyReaders';
import { openNpy } from './numpy/npy';
import { openNpz } from './numpy/npz';
import { openSafetensors } from './safetensors';
import { openTensorBoard } from './tensorboard/tensorBoard';
import type { FormatHints, TensorFile } from './tensorFile';
import { openTorch, openTorchBin } from './torch/torch';

/** How a file of each suffix is opened. A new format is one reader, one suffix and one line here. */
const READERS: Readonly<Record<DumpSuffix, (source: ByteSource, hints: FormatHints) => Promise<TensorFile>>> =
  {
    '.npy': openNpy,
    '.npz': openNpz,
    '.safetensors': openSafetensors,
    '.pt': openTorch,
    '.pth': openTorch,
    '.bin': openTorchBin,
    '.tfevents': openTensorBoard,
    '.h5': openHdf5,
    '.hdf5': openHdf5,
    '.hdf': openHdf5,
    '.he5': openHdf5,
    '.nc': openHdf5,
    '.nc4': openHdf5,
  };

/** HDF5's library is in a separate bundle. */
async function openHdf5(source: ByteSource, hints: FormatHints): Promise<TensorFile> {
  const reader = await loadReader('hdf5');
  return reader.openHdf5(source, hints, readAsset);
}

/** So is zarrita. */
async function openZarr(fileSystem: FileSystem, uri: string, hints: FormatHints): Promise<TensorFile> {
  const reader = await loadReader('zarr');
  return reader.openZarr(fileSystem, uri, hints, openInflater);
}

/**
 * Opens a dump file, or a folder that is a dump (a zarr store): reads and checks only its headers. Throws a
 * ProblemError that names the file if its content does not match its suffix.
 */
export async function openTensorFile(
  fileSystem: FileSystem,
  uri: string,
  hints: FormatHints = {},
): Promise<TensorFile> {
  const suffix = dumpSuffix(baseName(uri));
  if (suffix === undefined) {
    if (await isFolder(fileSystem, uri)) return openZarr(fileSystem, uri, hints);
    throw problemError(
      'unsupported',
      uri,
      t('Unsupported file name. Supported suffixes: {0}.', DUMP_SUFFIXES.join(', ')),
    );
  }
  const source = await fileSystem.open(uri);
  try {
    return await READERS[suffix](source, hints);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function isFolder(fileSystem: FileSystem, uri: string): Promise<boolean> {
  const entry = await fileSystem.stat(uri).catch(() => undefined);
  return entry?.kind === 'folder';
}
