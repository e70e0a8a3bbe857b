import { t } from '@vscode/l10n';
import { type ByteSource, readBytes } from '../io/byteSource';
import { sliceSource } from '../io/sliceSource';
import { problemError } from '../model/problem';
import { listedSummaries, readRecorderSummary } from './recorderSummary';
import { PACKED_BITS, readHeader } from './safetensorsHeader';
import type { TensorFile } from './tensorFile';
import { unpackedBits } from './unpackedSource';

/** Limit of the reference implementation. */
const MAX_HEADER = 100_000_000;
/**
 * Maximum bytes of a header to parse. Parsed JSON takes many times its size in memory, and 100,000 tensors need no
 * more.
 */
const MAX_READ = 16 * 2 ** 20;

/**
 * Opens a `.safetensors` file: eight bytes of header length, a JSON header, and the data. As the format requires, keys
 * must not repeat and the tensors must cover the data without overlaps or gaps [huggingface/safetensors, README
 * "Format"].
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const fail = (code: 'truncated' | 'malformed' | 'unsupported', message: string) =>
    problemError(code, source.path, message);
  if (source.size < 8)
    throw fail(
      'truncated',
      t('Expected a safetensors header of at least 8 bytes, found {0} bytes.', source.size),
    );
  const lengthBytes = await readBytes(source, 0, 8);
  const length = Number(new DataView(lengthBytes.buffer, lengthBytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER)
    throw fail(
      'malformed',
      t('The header size is {0} bytes; the format allows at most {1}.', length, MAX_HEADER),
    );
  if (8 + length > source.size) {
    throw fail(
      'truncated',
      t('The header should end at byte {0}, but the file has only {1} bytes.', 8 + length, source.size),
    );
  }
  if (length > MAX_READ)
    throw fail(
      'unsupported',
      t('The header has {0} bytes; the limit is {1}. Save fewer tensors per file.', length, MAX_READ),
    );
  const available = source.size - 8 - length;
  const header = await readBytes(source, 8, length);
  const { stored, tensors, metadata, problems } = await readHeader(source.path, header, available);
  const openTensor = async (name: string) => {
    const tensor = stored.get(name);
    if (tensor === undefined)
      throw problemError('not-found', source.path, t('The file has no tensor with this name.'), name);
    const bytes = sliceSource(source, 8 + length + tensor.begin, tensor.end - tensor.begin);
    const bits = PACKED_BITS.get(tensor.info.dtype);
    return bits === undefined ? bytes : unpackedBits(bytes, bits);
  };
  const summaries = listedSummaries(metadata).filter(({ name }) => stored.get(name)?.info.dtype === 'uint8');
  const summarized = new Set(summaries.map(({ name }) => name));
  return {
    path: source.path,
    format: 'safetensors',
    // The same list as in other files with this header, if nothing is skipped.
    tensors: summaries.length === 0 ? tensors : tensors.filter(({ name }) => !summarized.has(name)),
    metadata,
    problems,
    ...(tensors.some(({ dtype }) => PACKED_BITS.get(dtype) === 6) && {
      remarks: [
        t(
          '6-bit floats are read with the first element in the lowest bits, four in three bytes, because the format does not define their order.',
        ),
      ],
    }),
    openTensor,
    ...(summaries.length > 0 && {
      summaries,
      readSummary: async (name: string) =>
        readRecorderSummary(await openSafetensors(await openTensor(name)), name),
    }),
    close: () => source.close(),
  };
}
