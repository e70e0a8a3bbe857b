import type { FileSystem } from '../../io/fileSystem';
import { layoutOf } from '../../model/analysis';
import type { RecordCoordinates } from '../../model/coordinates';
import { problemError } from '../../model/problem';
import { coordinateReader } from '../record/coordinates';
import type { RunOptions } from './sketchStore';

/**
 * Reads how large the elements of records are, and how far they have moved since the record `first` of their layer: one
 * record after the other, chunk by chunk. Rejects if a file cannot be read, or with the signal's reason.
 */
export async function coordinates(
  fileSystem: FileSystem,
  { catalog, options }: Pick<RunOptions, 'catalog' | 'options'>,
  { first, records }: { readonly first: number; readonly records: readonly number[] },
  signal: AbortSignal,
): Promise<readonly RecordCoordinates[]> {
  const reader = coordinateReader(fileSystem, signal);
  const found: RecordCoordinates[] = [];
  const from = catalog.records[first];
  try {
    for (const id of records) {
      const record = catalog.records[id];
      const { layer } = record;
      const { summarized } = catalog.layers[layer];
      if (record.summarized === true)
        throw problemError('unsupported', record.file, summarized ?? '', record.tensor);
      found.push(await reader.read(record, from, layoutOf(catalog.layers[layer], options)));
    }
    return found;
  } finally {
    await reader.close();
  }
}
