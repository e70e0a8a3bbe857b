import type { Layout, RecordEntry } from '../../model/catalog';
import { groupPartition } from '../methods/partition';
import type { Moments } from '../statistics/moments';
import type { Extent } from '../tensor/layoutAxes';
import type { FilesOpener } from '../tensor/openFiles';
import { openFirstSamples } from './firstSamples';
import { momentsPass } from './momentsPass';

/** Moments of every sample and channel of a record, unit n·C + c. */
export interface SampleChannels {
  readonly moments: Moments;
  readonly samples: number;
  readonly channels: number;
  readonly positions: number;
  /** Samples of the record; more than `samples` if only the first were read. */
  readonly of: number;
}

/** Maximum number of samples to read. */
const MAX_SAMPLES = 1024;
/** Maximum number of units whose moments are kept. */
const MAX_UNITS = 2 ** 21;

/** Reads a record and returns the moments of its samples and channels; of a large record, those of its first samples. */
export async function readSampleChannels(
  open: FilesOpener,
  record: RecordEntry,
  layout: Layout,
  signal: AbortSignal,
): Promise<SampleChannels> {
  const most = ({ channels }: Extent) => Math.min(MAX_SAMPLES, Math.floor(MAX_UNITS / channels));
  const { axes, stream, of, close } = await openFirstSamples(open, record, layout, most, signal);
  try {
    const { samples, channels, positions } = axes;
    const partitions = new Map([['sampleChannel', groupPartition(axes, channels)]] as const);
    const pass = momentsPass(axes, partitions, stream.arena);
    await stream.forEach((values, from) => {
      pass.add(values, from);
    });
    const moments = pass.finish().moments.get('sampleChannel');
    if (moments === undefined) throw new Error('No moments were collected.');
    return { moments, samples, channels, positions, of: of.samples };
  } finally {
    await close();
  }
}
