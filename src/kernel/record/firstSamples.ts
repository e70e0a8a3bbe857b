import type { Layout, RecordEntry } from '../../model/catalog';
import type { Extent } from '../tensor/layoutAxes';
import type { FilesOpener } from '../tensor/openFiles';
import { openSamples, openTensorOf, openValues, type RecordValues } from '../tensor/recordValues';

/** A record, or its first samples. */
export interface FirstSamples extends RecordValues {
  /** Extent of the whole record. */
  readonly of: Extent;
}

/**
 * Opens the first samples of a record: as many as `most` of its extent, at least one. Opens all of them if these are not
 * contiguous. Throws like `openValues`.
 */
export async function openFirstSamples(
  open: FilesOpener,
  record: RecordEntry,
  layout: Layout,
  most: (of: Extent) => number,
  signal: AbortSignal,
): Promise<FirstSamples> {
  const files = open();
  try {
    const { axes: of, tensor } = await openTensorOf(files, record, layout);
    await tensor.close();
    const to = Math.max(1, most(of));
    const some =
      of.samples > to ? await openSamples(files, record, layout, signal, { from: 0, to }) : undefined;
    const values = some ?? (await openValues(files, record, layout, signal));
    return {
      ...values,
      of,
      close: async () => {
        await values.close();
        await files.closeAll();
      },
    };
  } catch (error) {
    await files.closeAll();
    throw error;
  }
}
