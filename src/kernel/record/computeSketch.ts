import type { RecordEntry } from '../../model/catalog';
import type { RecordOptions } from '../methods/recordOptions';
import type { OpenFiles } from '../tensor/openFiles';
import { openSamples, openValues, type Samples } from '../tensor/recordValues';
import { type DeriveOptions, deriveSketch } from './deriveSketch';
import { KEPT_LIMIT, measureRecord } from './measureRecord';
import type { RecordSketch } from './recordSketch';
import { streamRecord } from './streamRecord';
import { areManyRows, streamRows } from './streamRows';
import { ownedStatistics, releaseStatistics, type SufficientStatistics } from './sufficientStatistics';
import { summarizedSketch } from './summarizedSketch';

/**
 * Computes one record's sketch from its file, through its statistics unless they would be too large. Returns the
 * statistics too, unless `keeps` is false. Throws the
 * signal's reason once it is aborted.
 */
export async function computeSketch(
  files: OpenFiles,
  record: RecordEntry,
  recordOptions: RecordOptions,
  options: DeriveOptions & { readonly keeps?: boolean },
  signal: AbortSignal,
): Promise<{ readonly sketch: RecordSketch; readonly statistics?: SufficientStatistics }> {
  if (record.summarized)
    return { sketch: await summarizedSketch(await files.fileOf(record), record, recordOptions) };
  const { axes, stream, close } = await openValues(files, record, recordOptions.layout, signal);
  try {
    const statistics = await measureRecord(axes, stream, recordOptions.layerScope, KEPT_LIMIT, true);
    if (statistics !== undefined) {
      const sketch = deriveSketch(statistics, recordOptions, options, stream.arena);
      if (options.keeps !== false) return { sketch, statistics: ownedStatistics(statistics) };
      releaseStatistics(statistics);
      return { sketch };
    }
    const sketch =
      options.withUnits !== true && areManyRows(axes, recordOptions)
        ? await streamRows(axes, stream, recordOptions, options.parameters)
        : await streamRecord(axes, stream, recordOptions, options);
    return { sketch };
  } finally {
    await close();
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
