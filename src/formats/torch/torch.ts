import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../../io/byteSource';
import { openZipEntry, readZipDirectory, type ZipDirectory, type ZipEntry } from '../../io/zipDirectory';
import { problemError } from '../../model/problem';
import type { TensorFile } from '../tensorFile';
import { readPickle } from './pickle';
import { plainText } from './pickleScalars';
import type { TorchStorages } from './storedTensor';
import { torchFile } from './torchFile';
import { isLegacyTorch, openLegacyTorch } from './torchLegacy';

/** Maximum bytes of `data.pkl`, which describes tensors and contains only NumPy's. */
const MAX_PICKLE = 256 * 2 ** 20;
/** Maximum bytes of a deflated `data.pkl`. PyTorch does not deflate; a repacked file could be a zip bomb. */
const MAX_DEFLATED_PICKLE = 16 * 2 ** 20;

/**
 * Opens a file of `torch.save`: since 1.6, a zip archive of a pickle and one stored entry per storage
 * [pytorch/torch/serialization.py; caffe2/serialize/inline_container.h]; before that, a sequence of pickles. Reads the
 * pickle as data, and imports and calls nothing.
 */
export async function openTorch(source: ByteSource): Promise<TensorFile> {
  if (await isLegacyTorch(source)) return openLegacyTorch(source);
  const start = await readBytes(source, 0, Math.min(4, source.size));
  if (source.size >= 4 && !(start[0] === 0x50 && start[1] === 0x4b)) {
    throw problemError(
      'malformed',
      source.path,
      t('Not a file written by torch.save: expected a zip archive, or the format used before PyTorch 1.6.'),
    );
  }
  const directory = await readZipDirectory(source);
  const prefix = archivePrefix(directory, source.path);
  const entries = new Map(directory.entries.map((entry) => [entry.name, entry]));
  const unread = new Map(directory.problems.map(({ name, error }) => [name, error]));
  if (
    entries.has(`${prefix}constants.pkl`) ||
    directory.entries.some(({ name }) => name.startsWith(`${prefix}code/`))
  ) {
    throw problemError(
      'unsupported',
      source.path,
      t('The file is a TorchScript program, not a dump. Save its tensors with torch.save.'),
    );
  }
  const read = async (name: string, most: number) => {
    const error = unread.get(prefix + name);
    if (error !== undefined) throw error;
    const entry = entries.get(prefix + name);
    return entry === undefined ? undefined : readEntry(source, entry, most);
  };
  const byteOrder = await read('byteorder', 16);
  const order = byteOrder === undefined ? 'little' : new TextDecoder().decode(byteOrder);
  if (order !== 'little' && order !== 'big')
    throw problemError(
      'malformed',
      source.path,
      t('Expected byte order "little" or "big", found {0}.', JSON.stringify(order)),
    );
  const pickle = await read('data.pkl', MAX_PICKLE);
  if (pickle === undefined)
    throw problemError(
      'malformed',
      source.path,
      t('The archive has no data.pkl, so torch.save did not write it.'),
    );
  const storages: TorchStorages = {
    littleEndian: order === 'little',
    sizeOf: (key) => {
      const error = unread.get(`${prefix}data/${key}`);
      if (error !== undefined) throw problemError(error.problem.code, source.path, error.problem.message);
      return entries.get(`${prefix}data/${key}`)?.size;
    },
  };
  return torchFile(source, 'torch', readPickle(pickle, source.path).value, storages, async (key) => {
    const entry = entries.get(`${prefix}data/${key}`);
    if (entry === undefined)
      throw problemError(
        'not-found',
        source.path,
        t('The file does not contain the storage of this tensor.'),
      );
    return openZipEntry(source, entry);
  });
}

/**
 * Returns, as a text, the plain value that a file of `torch.save` contains instead of tensors; undefined if it is
 * another value.
 */
export async function plainValue(source: ByteSource): Promise<string | undefined> {
  const directory = await readZipDirectory(source);
  const name = `${archivePrefix(directory, source.path)}data.pkl`;
  const entry = directory.entries.find((each) => each.name === name);
  return entry && plainText(readPickle(await readEntry(source, entry, MAX_PICKLE), source.path).value);
}

/**
 * Opens a `.bin` file, which the Hugging Face libraries write with PyTorch. Throws `unrecognized` for other `.bin`
 * files.
 */
export async function openTorchBin(source: ByteSource): Promise<TensorFile> {
  const start = await readBytes(source, 0, Math.min(4, source.size));
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  if (!isZip && !(await isLegacyTorch(source))) {
    const message = t(
      'Not a file written by torch.save. Other .bin files do not describe their content. Write raw numbers with numpy.lib.format.open_memmap or numpy.save instead.',
    );
    throw problemError('unrecognized', source.path, message);
  }
  return openTorch(source);
}

/** Returns the archive's folder, which has the file's original name, with its slash. */
function archivePrefix({ entries, problems }: ZipDirectory, path: string): string {
  const names = [...entries.map(({ name }) => name), ...problems.map(({ name }) => name)];
  const found = names.find((name) => /^(?:[^/]*\/)?data\.pkl$/.test(name));
  if (found === undefined) {
    throw problemError(
      'unsupported',
      path,
      t('Not a file written by torch.save: the zip archive has no data.pkl.'),
    );
  }
  return found.slice(0, -'data.pkl'.length);
}

async function readEntry(source: ByteSource, entry: ZipEntry, atMost: number): Promise<Uint8Array> {
  const most = entry.method === 'deflated' ? Math.min(atMost, MAX_DEFLATED_PICKLE) : atMost;
  if (entry.size > most)
    throw problemError(
      'unsupported',
      source.path,
      t('Archive member {0} has {1} bytes; the limit is {2}.', entry.name, entry.size, most),
    );
  const bytes = await openZipEntry(source, entry);
  try {
    return await readBytes(bytes, 0, bytes.size);
  } finally {
    await bytes.close();
  }
}
