import type { RecordEntry } from '../../model/catalog';
import { throwIfAborted } from '../../rpc/abort';
import type { RecordOptions } from '../methods/recordOptions';
import type { OpenFiles } from '../tensor/openFiles';
import { type OpenTensor, openSamples, openTensorOf, type Samples, valuesOf } from '../tensor/recordValues';
import { type DeriveOptions, deriveSketch } from './deriveSketch';
import { KEPT_LIMIT, measureRecord } from './measureRecord';
import { packSketch, type SentSketch } from './packedSketch';
import { sketchInOneCall } from './sketchInOneCall';
import { streamRecord } from './streamRecord';
import { areManyRows, streamRows } from './streamRows';
import { ownedStatistics, releaseStatistics, type SufficientStatistics } from './sufficientStatistics';
import { summarizedSketch } from './summarizedSketch';

/** A sketch to be sent, and the statistics that it follows from if they are kept. */
export interface SketchResult {
  readonly sketch: SentSketch;
  readonly statistics?: SufficientStatistics;
}

/** What is computed of a record besides its options. */
type SketchOptions = DeriveOptions & { readonly keeps?: boolean };

/**
 * Computes one record's sketch from its file: in one call if that is possible, otherwise through its statistics unless
 * they would be too large. Returns the statistics too, unless `keeps` is false, or it takes less time to read them again. Throws the signal's reason once it is aborted.
 */
export async function computeSketch(
  files: OpenFiles,
  record: RecordEntry,
  recordOptions: RecordOptions,
  options: SketchOptions,
  signal: AbortSignal,
): Promise<SketchResult> {
  if (record.summarized)
    return {
      sketch: packSketch(await summarizedSketch(await files.fileOf(record), record, recordOptions)),
    };
  throwIfAborted(signal);
  const opened = await openTensorOf(files, record, recordOptions.layout);
  const inOneCall = await tryInOneCall(opened, record, recordOptions, options);
  if (inOneCall !== undefined) return inOneCall;
  const { axes, stream, close } = await valuesOf(opened, signal);
  try {
    const statistics = await measureRecord(axes, stream, recordOptions.layerScope, KEPT_LIMIT, true);
    if (statistics !== undefined) {
      const sketch = deriveSketch(statistics, recordOptions, options, stream.arena);
      if (options.keeps !== false)
        return { sketch: packSketch(sketch), statistics: ownedStatistics(statistics) };
      releaseStatistics(statistics);
      return { sketch: packSketch(sketch) };
    }
    const sketch =
      options.withUnits !== true && areManyRows(axes, recordOptions)
        ? await streamRows(axes, stream, recordOptions, options.parameters)
        : await streamRecord(axes, stream, recordOptions, options);
    return { sketch: packSketch(sketch) };
  } finally {
    await close();
  }
}

/** Undefined if that is not possible. Closes the tensor, unless it is still to be read. */
async function tryInOneCall(
  { axes, info, tensor }: OpenTensor,
  { file }: RecordEntry,
  recordOptions: RecordOptions,
  { withUnits, only, keeps = true }: SketchOptions,
): Promise<SketchResult | undefined> {
  if (withUnits === true) return undefined;
  // To read a small record of a local file again takes less time than to keep its values.
  const isSlow = tensor.isSequential === true || !file.startsWith('file:');
  let isNeeded = false;
  try {
    const result = await sketchInOneCall(axes, info, tensor, recordOptions, { keeps: keeps && isSlow, only });
    isNeeded = result === undefined;
    return result;
  } finally {
    if (!isNeeded) await tensor.close();
  }
}

/**
 * Measures some of a record's samples from its file. Undefined if that is not possible: the statistics would be too
 * large, the samples are not contiguous, or the file contains histograms instead of values.
 */
export async function computeStatistics(
  files: OpenFiles,
  record: RecordEntry,
  { layout, layerScope }: Pick<RecordOptions, 'layout' | 'layerScope'>,
  signal: AbortSignal,
  samples: Samples,
): Promise<SufficientStatistics | undefined> {
  if (record.summarized) return undefined;
  const opened = await openSamples(files, record, layout, signal, samples);
  if (opened === undefined) return undefined;
  const { axes, stream, close } = opened;
  try {
    return await measureRecord(axes, stream, layerScope);
  } finally {
    await close();
  }
}
