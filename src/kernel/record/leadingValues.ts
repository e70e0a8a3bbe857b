import type { Layout, RecordEntry } from '../../model/catalog';
import type { Extent } from '../tensor/layoutAxes';
import type { FilesOpener } from '../tensor/openFiles';
import { forEachElement } from '../tensor/traversal';
import { openFirstSamples } from './firstSamples';

/** Values [n][c][p] at the beginning of a record. */
export interface LeadingValues extends Extent {
  readonly values: Float64Array;
  /** Values of the record. */
  readonly of: number;
}

/** Reads about as many values as `most`: whole samples, or the first positions of the first sample. */
export async function readLeadingValues(
  open: FilesOpener,
  record: RecordEntry,
  layout: Layout,
  most: number,
  signal: AbortSignal,
): Promise<LeadingValues> {
  const samplesOf = ({ channels, positions }: Extent) =>
    Math.max(1, Math.floor(most / (channels * positions)));
  const { axes, stream, of, close } = await openFirstSamples(open, record, layout, samplesOf, signal);
  try {
    const samples = Math.min(of.samples, samplesOf(of));
    const { channels } = axes;
    const positions = Math.min(of.positions, Math.max(1, Math.floor(most / (samples * channels))));
    const values = new Float64Array(samples * channels * positions);
    await stream.forEach((chunk, from) => {
      forEachElement(
        axes,
        chunk,
        from,
        (n) => n < samples,
        (x, n, c, p) => {
          if (n < samples && p < positions) values[(n * channels + c) * positions + p] = x;
        },
      );
    });
    return { values, samples, channels, positions, of: of.samples * of.channels * of.positions };
  } finally {
    await close();
  }
}
