import { decoder } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { TensorFile } from '../../formats/tensorFile';
import { tensorNamed } from '../../formats/tensorNamed';
import { readBytes } from '../../io/byteSource';
import type { RecordEntry } from '../../model/catalog';
import { elementCount } from '../../model/elementCount';
import type { OpenFiles } from '../tensor/openFiles';
import type { LayerParameters } from './layerParameters';
import { hasParameterKeys, type LayerParameterKeys, type RecordOptions } from './recordOptions';

/**
 * Reads the parameters that the options request from the record's file. If one is missing, or does not have one element
 * per channel, it is skipped and its key is removed from the returned options.
 */
export async function readLayerParameters(
  files: OpenFiles,
  record: RecordEntry,
  asked: RecordOptions,
): Promise<{ readonly parameters: LayerParameters; readonly recordOptions: RecordOptions }> {
  const { gamma, beta, runningMean, runningVariance, ...recordOptions } = asked;
  if (!hasParameterKeys(asked) || record.summarized === true) return { parameters: {}, recordOptions };
  const file = await files.fileOf(record);
  const channels = (record.parts?.[0].shape ?? record.shape)[recordOptions.layout.indexOf('C')];
  const read = (key: string | undefined) => readVector(file, key, channels);
  const scale = await read(gamma);
  const shift = await read(beta);
  const mean = await read(runningMean);
  const variance = await read(runningVariance);
  // γ of another size would leave β alone to be applied.
  const isAffine =
    (gamma === undefined || scale !== undefined) && (beta === undefined || shift !== undefined);
  const keys: LayerParameterKeys = {
    ...(isAffine && gamma !== undefined && { gamma }),
    ...(isAffine && beta !== undefined && { beta }),
    ...(mean !== undefined && variance !== undefined && { runningMean, runningVariance }),
  };
  return {
    parameters: {
      ...(isAffine && scale !== undefined && { gamma: scale }),
      ...(isAffine && shift !== undefined && { beta: shift }),
      ...(mean !== undefined && variance !== undefined && { mean, variance }),
    },
    recordOptions: { ...recordOptions, ...keys },
  };
}

/** Undefined if there is no such tensor, or its size differs. */
export async function readVector(
  file: TensorFile,
  key: string | undefined,
  length: number,
): Promise<Float64Array | undefined> {
  const info = key === undefined ? undefined : tensorNamed(file, key);
  if (info === undefined || elementCount(info.shape) !== length) return undefined;
  const source = await file.openTensor(info.name);
  try {
    const bytes = await readBytes(source, 0, length * ITEM_SIZE[info.dtype]);
    return Float64Array.from(decoder(info.dtype, info.littleEndian)(bytes));
  } finally {
    await source.close();
  }
}
