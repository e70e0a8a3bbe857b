import type { Layout, RecordEntry } from '../../model/catalog';
import type { RecordComparison } from '../../model/comparison';
import { isDefect, toProblem } from '../../model/problem';
import { throwIfAborted } from '../../rpc/abort';
import type { OpenFiles } from '../tensor/openFiles';
import { chanceOf } from './chance';
import { elementDifference } from './elementDifference';

/** A record, the one of another run that belongs to it, and how both are read. */
export interface ComparedRecords {
  readonly record: RecordEntry;
  readonly layout: Layout;
  readonly other: RecordEntry;
  readonly otherLayout: Layout;
}

/** What is found about two records, apart from their ids. */
export type FoundComparison = Omit<RecordComparison, 'record' | 'other'>;

/**
 * Compares two records. `files` reads the record's files, and `otherFiles` those of the other. Records that cannot be read
 * are incomparable, and say why. Throws for a defect, or if aborted.
 */
export async function compareRecords(
  files: OpenFiles,
  otherFiles: OpenFiles,
  { record, layout, other, otherLayout }: ComparedRecords,
  signal: AbortSignal,
): Promise<FoundComparison> {
  try {
    const current = { files, record, layout };
    const partner = { files: otherFiles, record: other, layout: otherLayout };
    const difference = await elementDifference(current, partner, layout, signal);
    const hasValues = record.summarized !== true && other.summarized !== true;
    // Equal batches are not apart at all.
    if (difference.kind === 'equal' || !hasValues) return { difference };
    const chance = await chanceOf(current, partner, signal);
    return { difference, ...(chance !== undefined && { chance }) };
  } catch (error) {
    throwIfAborted(signal);
    if (isDefect(error)) throw error;
    return { difference: { kind: 'incomparable', reason: toProblem(error, record.file).message } };
  }
}
