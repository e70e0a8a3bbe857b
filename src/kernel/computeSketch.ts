import type { RecordEntry } from '../protocol/catalog';
import { analyseRecord, type RecordSketch } from './analyseRecord';
import type { Knobs } from './knobs';
import type { OpenFiles } from './openFiles';
import { openValues } from './recordValues';
import { summarizedSketch } from './summarizedSketch';

/** Computes one record's sketch from its file. Throws the signal's reason once it is aborted. */
export async function computeSketch(
  files: OpenFiles,
  record: RecordEntry,
  knobs: Knobs,
  withUnits: boolean,
  signal: AbortSignal,
): Promise<RecordSketch> {
  if (record.summarized) return summarizedSketch(await files.fileOf(record), record, knobs);
  const { axes, stream, close } = await openValues(files, record, knobs.layout, signal);
  try {
    return await analyseRecord(axes, stream, knobs, withUnits);
  } finally {
    await close();
  }
}
