import type { FileSystem } from '../../io/fileSystem';
import type { BatchSizeFigures, BatchSizes } from '../../model/batchSizes';
import { medianOf, sampleWorths, subBatchFigures } from '../figures/subBatches';
import { optionsFor } from '../methods/recordOptions';
import { readSampleChannels } from '../record/sampleChannels';
import { randomSubsets } from '../statistics/randomSubsets';
import { openFiles } from '../tensor/openFiles';
import type { ReadRun } from './sketchStore';

/** Batches of each size, at least and at most, and units that they merge in all. */
const [FEWEST, MOST, WORK] = [16, 200, 2 ** 24];

/**
 * Returns what batch normalization of a record does in batches of 2, 4, 8, … samples, up to half of its samples: larger
 * ones are nearly the whole batch. Reads the record.
 */
export async function batchSizes(
  fileSystem: FileSystem,
  { catalog, options, recent }: ReadRun,
  id: number,
  signal: AbortSignal,
): Promise<BatchSizes> {
  const open = () => openFiles(fileSystem, recent);
  const record = catalog.records[id];
  const shape = record.parts?.[0].shape ?? record.shape;
  const { layout, epsilon } = optionsFor(catalog.layers[record.layer], shape, options);
  const read = await readSampleChannels(open, record, layout, signal);
  const { moments, samples, channels, positions, of } = read;
  const worths = sampleWorths(moments, read);
  const sizes: BatchSizeFigures[] = [];
  if (worths.length > 0) {
    const count = Math.min(MOST, Math.max(FEWEST, Math.floor(WORK / (2 * samples * channels))));
    for (let size = 2; size <= samples / 2; size *= 2)
      sizes.push({ size, ...subBatchFigures(moments, read, epsilon, randomSubsets(samples, size, count)) });
  }
  return { record: id, samples, of, channels: worths.length, worth: medianOf(worths), positions, sizes };
}
