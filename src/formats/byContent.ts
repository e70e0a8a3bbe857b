import { t } from '@vscode/l10n';
import type { ByteSource } from '../io/byteSource';
import { readZipDirectory } from '../io/zipDirectory';
import { problemError } from '../model/problem';
import { type Content, contentOf } from './content';
import { openNpyFile, openNpzFile } from './numpyFiles';
import { openSafetensors } from './safetensors';
import { openTensorBoard } from './tensorboard/tensorBoard';
import type { FormatHints, TensorFile } from './tensorFile';
import { openPickle } from './torch/pickleFile';
import { openTorch } from './torch/torch';
import { isLegacyTorch } from './torch/torchLegacy';

type Reader = (source: ByteSource, hints: FormatHints) => Promise<TensorFile>;

/**
 * Returns the reader for a file's content, whatever its suffix; undefined if the content is unknown. Throws
 * `unsupported`, with advice, for known containers that are not supported.
 */
export async function readerByContent(source: ByteSource, openHdf5: Reader): Promise<Reader | undefined> {
  const content = await contentOf(source);
  switch (content) {
    case undefined:
      return undefined;
    case 'npy':
      return openNpyFile;
    case 'hdf5':
      return openHdf5;
    case 'safetensors':
      return openSafetensors;
    case 'events':
      return openTensorBoard;
    case 'pickle':
      return (await isLegacyTorch(source)) ? openTorch : openPickle;
    case 'zip':
      return zipReader(source);
    default:
      throw problemError('unsupported', source.path, adviceOn(content));
  }
}

/** Returns the reader for an archive of `torch.save` or NumPy; other archives are unsupported. */
async function zipReader(source: ByteSource): Promise<Reader | undefined> {
  const { entries } = await readZipDirectory(source);
  if (entries.some(({ name }) => /^(?:[^/]*\/)?data\.pkl$/.test(name))) return openTorch;
  if (entries.some(({ name }) => name.endsWith('.npy'))) return openNpzFile;
  if (entries.some(({ name }) => name === 'model.weights.h5'))
    throw problemError(
      'unsupported',
      source.path,
      t(
        'The file is a Keras model, which is not a dump of activations. Save the outputs of its layers with numpy.savez.',
      ),
    );
  return undefined;
}

function adviceOn(
  content: Exclude<Content, 'npy' | 'zip' | 'pickle' | 'hdf5' | 'safetensors' | 'events'>,
): string {
  switch (content) {
    case 'tar':
      return t('The file is a tar archive. Extract it, and open the folder.');
    case 'joblib':
      return t('The file was written by joblib, which is not supported. Save its arrays with numpy.savez.');
    case 'gguf':
      return t('The file is a GGUF model: weights, not activations. Save the outputs of its layers instead.');
    case 'parquet':
      return t('The file is a Parquet table, which is not supported. Save its columns with numpy.savez.');
    default:
      return t('The file is compressed with {0}. Decompress it first.', content);
  }
}
