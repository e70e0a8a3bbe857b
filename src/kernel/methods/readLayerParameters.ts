import { decoder } from '../../formats/decode';
import { ITEM_SIZE } from '../../formats/dtype';
import type { TensorFile } from '../../formats/tensorFile';
import { tensorNamed } from '../../formats/tensorNamed';
import { readBytes } from '../../io/byteSource';
import type { RecordEntry } from '../../model/catalog';
import { elementCount } from '../../model/elementCount';
import type { OpenFiles } from '../tensor/openFiles';
import type { LayerParameters } from './layerParameters';
import { hasParameterKeys, type RecordOptions } from './recordOptions';

/**
 * Reads the parameters that the options request from the record's file. If one is missing, or does not have one element
 * per channel, it is skipped and its key is removed from the returned options.
 */
export async function readLayerParameters(
  files: OpenFiles,
  record: RecordEntry,
  asked: RecordOptions,
): Promise<{ readonly parameters: LayerParameters; readonly recordOptions: RecordOptions }> {
  const { layout, epsilon, groups, layerScope, gamma, beta, runningMean, runningVariance } = asked;
  const recordOptions: Mutable<RecordOptions> = { layout, epsilon, groups, layerScope };
  const parameters: Mutable<LayerParameters> = {};
  if (!hasParameterKeys(asked) || record.summarized === true) return { parameters, recordOptions };
  const file = await files.fileOf(record);
  const channels = (record.parts?.[0].shape ?? record.shape)[layout.indexOf('C')];
  const scale = gamma === undefined ? undefined : await readVector(file, gamma, channels);
  const shift = beta === undefined ? undefined : await readVector(file, beta, channels);
  const mean = runningMean === undefined ? undefined : await readVector(file, runningMean, channels);
  const variance =
    runningVariance === undefined ? undefined : await readVector(file, runningVariance, channels);
  // γ of another size would leave β alone to be applied.
  const isAffine =
    (gamma === undefined || scale !== undefined) && (beta === undefined || shift !== undefined);
  if (isAffine && scale !== undefined) {
    recordOptions.gamma = gamma;
    parameters.gamma = scale;
  }
  if (isAffine && shift !== undefined) {
    recordOptions.beta = beta;
    parameters.beta = shift;
  }
  if (mean !== undefined && variance !== undefined) {
    recordOptions.runningMean = runningMean;
    recordOptions.runningVariance = runningVariance;
    parameters.mean = mean;
    parameters.variance = variance;
  }
  return { parameters, recordOptions };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Undefined if there is no such tensor, or its size differs. */
export async function readVector(
  file: TensorFile,
  key: string,
  length: number,
): Promise<Float64Array | undefined> {
  const info = tensorNamed(file, key);
  if (info === undefined || elementCount(info.shape) !== length) return undefined;
  const source = await file.openTensor(info.name);
  try {
    const bytes = await readBytes(source, 0, length * ITEM_SIZE[info.dtype]);
    return Float64Array.from(decoder(info.dtype, info.littleEndian)(bytes));
  } finally {
    await source.close();
  }
}
