import type { BatchSizes } from '../../model/batchSizes';
import type { RecordEntry } from '../../model/catalog';
import { randomSubsets, sampleWorths, subBatchFigures } from '../figures/subBatches';
import { groupPartition } from '../methods/partition';
import type { RecordOptions } from '../methods/recordOptions';
import { momentsPass } from '../record/momentsPass';
import type { Moments } from '../statistics/moments';
import type { LayoutAxes } from '../tensor/layoutAxes';
import type { OpenFiles } from '../tensor/openFiles';
import { openSamples, openTensorOf, openValues } from '../tensor/recordValues';

/** Samples to draw batches from, at most. */
const MAX_SAMPLES = 1024;
/** Units whose moments are kept, at most: samples times channels. */
const MAX_UNITS = 2 ** 21;
/** Batches of each size, at least and at most, and units that they merge in all. */
const [FEWEST, MOST, WORK] = [16, 200, 2 ** 24];

/**
 * Returns what batch normalization of a record does in batches of 2, 4, 8, … samples, up to half of its samples: larger ones
 * are nearly the whole batch. Reads the record, of a large one only its first samples.
 */
export async function batchSizes(
  files: OpenFiles,
  record: RecordEntry,
  { layout, epsilon }: Pick<RecordOptions, 'layout' | 'epsilon'>,
  signal: AbortSignal,
): Promise<BatchSizes> {
  const { axes, moments, of } = await sampleChannelMoments(files, record, layout, signal);
  const { samples, channels, positions } = axes;
  const count = Math.min(MOST, Math.max(FEWEST, Math.floor(WORK / (2 * samples * channels))));
  const worths = samples < 2 ? new Float64Array(0) : sampleWorths(moments, axes).sort();
  const sizes = [];
  if (worths.length > 0)
    for (let size = 2; size <= samples / 2; size *= 2)
      sizes.push({ size, ...subBatchFigures(moments, axes, epsilon, randomSubsets(samples, size, count)) });
  return {
    record: record.id,
    samples,
    of,
    channels: worths.length,
    worth: worths[worths.length >> 1] ?? Number.NaN,
    positions,
    sizes,
  };
}

/** Reads the moments of each sample and channel, and how many samples the record has. */
async function sampleChannelMoments(
  files: OpenFiles,
  record: RecordEntry,
  layout: string,
  signal: AbortSignal,
): Promise<{ axes: LayoutAxes; moments: Moments; of: number }> {
  const { axes: whole, tensor } = await openTensorOf(files, record, layout);
  await tensor.close();
  const most = Math.max(1, Math.min(MAX_SAMPLES, Math.floor(MAX_UNITS / whole.channels)));
  const some =
    whole.samples > most
      ? await openSamples(files, record, layout, signal, { from: 0, to: most })
      : undefined;
  const { axes, stream, close } = some ?? (await openValues(files, record, layout, signal));
  try {
    const partition = groupPartition(axes, axes.channels);
    const pass = momentsPass(axes, new Map([['sampleChannel', partition]]), stream.arena);
    await stream.forEach((values, from) => {
      pass.add(values, from);
    });
    const moments = pass.finish().moments.get('sampleChannel');
    if (moments === undefined) throw new Error('No moments were collected.');
    return { axes, moments, of: whole.samples };
  } finally {
    await close();
  }
}
