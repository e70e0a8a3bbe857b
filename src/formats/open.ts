import { t } from '@vscode/l10n';
import type { ByteSource } from '../io/byteSource';
import type { FileSystem } from '../io/fileSystem';
import { openInflater } from '../io/inflater';
import { baseName } from '../io/uri';
import { type ProblemCode, ProblemError, problemError } from '../model/problem';
import { readAsset } from './assets';
import { readerByContent } from './byContent';
import { openDistributedCheckpoint } from './distributed/distributedCheckpoint';
import { DUMP_SUFFIXES, type DumpSuffix, dumpSuffix, isDistributedCheckpoint } from './dumpSuffixes';
import { loadReader } from './lazyReaders';
import { openNpyFile, openNpzFile } from './numpyFiles';
import { openSafetensors } from './safetensors';
import { openTensorBoard } from './tensorboard/tensorBoard';
import type { FormatHints, TensorFile } from './tensorFile';
import { openTorch, openTorchBin } from './torch/torch';

/** The reader for each suffix. A new format needs one reader, one suffix, and one line here. */
const READERS: Readonly<Record<DumpSuffix, (source: ByteSource, hints: FormatHints) => Promise<TensorFile>>> =
  {
    '.npy': openNpyFile,
    '.npz': openNpzFile,
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

/** Opens an HDF5 file; HDF5's library is in a separate bundle. */
async function openHdf5(source: ByteSource, hints: FormatHints): Promise<TensorFile> {
  const reader = await loadReader('hdf5');
  return reader.openHdf5(source, hints, readAsset);
}

/** Opens a zarr store; zarrita is in a separate bundle. */
async function openZarr(fileSystem: FileSystem, uri: string, hints: FormatHints): Promise<TensorFile> {
  const reader = await loadReader('zarr');
  return reader.openZarr(fileSystem, uri, hints, openInflater);
}

const NO_HINTS: FormatHints = {};

/**
 * Opens a dump file, or a folder that is a dump (a zarr store, a distributed checkpoint), and reads and checks only its
 * headers. If a file's content does not match its suffix, the content decides. Throws a ProblemError that names the
 * file.
 */
export async function openTensorFile(
  fileSystem: FileSystem,
  uri: string,
  hints: FormatHints = NO_HINTS,
): Promise<TensorFile> {
  const suffix = dumpSuffix(baseName(uri));
  if (suffix === undefined && (await isFolder(fileSystem, uri))) return openFolder(fileSystem, uri, hints);
  if (suffix === undefined) return opened(fileSystem, uri, (source) => openUnnamed(source, hints));
  const named = READERS[suffix];
  try {
    return await opened(fileSystem, uri, (source) => named(source, hints));
  } catch (error) {
    if (!(error instanceof ProblemError) || !MISNAMED.has(error.problem.code)) throw error;
    return opened(fileSystem, uri, async (source) => {
      const reader = await readerByContent(source, openHdf5);
      if (reader === undefined || reader === named || (reader === openTorch && named === openTorchBin))
        throw error;
      return reader(source, hints);
    });
  }
}

/** Problems that a reader may report for a file of another kind. */
const MISNAMED: ReadonlySet<ProblemCode> = new Set(['malformed', 'unsupported', 'truncated', 'unrecognized']);

/** Opens a file, and closes it if it cannot be read. */
async function opened(
  fileSystem: FileSystem,
  uri: string,
  read: (source: ByteSource) => Promise<TensorFile>,
): Promise<TensorFile> {
  const source = await fileSystem.open(uri);
  try {
    return await read(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Opens a zarr store, or a distributed checkpoint of PyTorch. */
async function openFolder(fileSystem: FileSystem, uri: string, hints: FormatHints): Promise<TensorFile> {
  return isDistributedCheckpoint(await fileSystem.list(uri))
    ? openDistributedCheckpoint(fileSystem, uri)
    : openZarr(fileSystem, uri, hints);
}

/** Suffixes of files that `numpy.memmap` and `array.tofile` usually get. */
const RAW = /\.(?:dat|mmap|memmap|raw)$/i;

/** Opens a file with no known suffix. Throws `unrecognized` for anything but a dump. */
async function openUnnamed(source: ByteSource, hints: FormatHints): Promise<TensorFile> {
  const reader = await readerByContent(source, openHdf5);
  if (reader === undefined)
    throw problemError(
      'unrecognized',
      source.path,
      RAW.test(source.path)
        ? t(
            'The file seems to contain raw numbers, without their type and shape. Write it with numpy.lib.format.open_memmap or numpy.save instead of numpy.memmap.',
          )
        : t('Unsupported file type. Normscope reads {0}.', DUMP_SUFFIXES.join(', ')),
    );
  return reader(source, hints);
}

async function isFolder(fileSystem: FileSystem, uri: string): Promise<boolean> {
  const entry = await fileSystem.stat(uri).catch(() => undefined);
  return entry?.kind === 'folder';
}
